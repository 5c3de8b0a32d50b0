import { Random } from "../../support/random.ts";
import { SETTINGS } from "../setting.ts";
import { createGround, type Ground } from "./ground.ts";
import { Life } from "./life.ts";
import { LIFE_STEPS, type LifeStep } from "./life_steps.ts";

/** A life as it can be lived again: a setting, and what happens, each with chance of its own. */
export interface Script {
  /** On which kernel. */
  readonly kind: "sim" | "host";
  /** Number of the setting that it begins with, from 0. */
  readonly setting: number;
  /** What happens, by name, and the seed of its chance. */
  readonly steps: readonly { readonly name: string; readonly seed: number }[];
}

/** How a life ended. */
export interface Ending {
  /** Steps that were lived. */
  readonly steps: number;
  /** What was not as it must be; undefined where all was. */
  readonly violation?: string;
}

const BY_NAME: ReadonlyMap<string, LifeStep> = new Map(
  LIFE_STEPS.map((step) => [step.name, step]),
);

/** What happens on each kernel. */
const STEPS: Readonly<Record<Script["kind"], readonly LifeStep[]>> = {
  sim: LIFE_STEPS,
  host: LIFE_STEPS.filter(({ needsSpeech = false }) => !needsSpeech),
};

/**
 * Writes a random life.
 *
 * @param kind On which kernel.
 * @param seed Its seed.
 * @param length How many steps it has.
 */
export function writeScript(kind: Script["kind"], seed: number, length: number): Script {
  const random = new Random(seed);
  const usable = SETTINGS.flatMap(({ hasUniqueFlows }, i) =>
    kind === "sim" || !hasUniqueFlows ? [i] : []
  );
  return {
    kind,
    setting: random.pick(usable),
    steps: Array.from(
      { length },
      () => ({ name: pickStep(STEPS[kind], random), seed: random.uint32() }),
    ),
  };
}

function pickStep(steps: readonly LifeStep[], random: Random): string {
  let at = random.below(steps.reduce((sum, { weight }) => sum + weight, 0));
  for (const { name, weight } of steps) {
    if (at < weight) return name;
    at -= weight;
  }
  return "a packet comes";
}

/**
 * Lives a life.
 *
 * @param script The life.
 * @param told Told of each step before it is taken.
 */
export async function play(
  script: Script,
  told: (name: string) => void = () => {},
): Promise<Ending> {
  const ground = await createGround(script.kind);
  let steps = 0;
  try {
    const setting = SETTINGS[script.setting];
    if (setting === undefined) throw new RangeError(`there is no setting ${script.setting}`);
    const life = await Life.begin(ground, setting);
    for (const { name, seed } of script.steps) {
      const step = BY_NAME.get(name);
      if (step === undefined) throw new RangeError(`nothing is called "${name}"`);
      told(name);
      await step.run(life, new Random(seed));
      steps++;
      if (step.isChange) await life.check();
    }
    await endLife(life, ground);
    return { steps };
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { steps, violation: reason };
  } finally {
    await ground[Symbol.asyncDispose]();
  }
}

/** Everybody leaves, and nothing may be left of them. */
async function endLife(life: Life, ground: Ground): Promise<void> {
  for (const tenant of life.tenants.all) {
    await tenant.process.kill();
    tenant.isAlive = false;
  }
  await life.restart(life.setting);
  await life.check();
  const place = ["filter", "show", "dev", "eth0", "parent", "ffff:"];
  for (const link of ["eth0", "lo"]) {
    const args = place.map((word) => word === "eth0" ? link : word);
    const { stdout } = await ground.kernel.execute({ tool: "tc", args, effect: "read" });
    if (/mesos\d|device \*/.test(stdout)) throw new Error(`a filter of ${link} is left: ${stdout}`);
  }
}
