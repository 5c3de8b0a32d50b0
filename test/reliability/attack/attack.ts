/**
 * Attacks a host and its containers with random hostile frames, from the outside, the host and
 * containers, and compares who sees each with who should.
 *
 * ```text
 * deno task attack --seed 1 --packets 100000 --kernel sim
 * ```
 *
 * @module
 */

import { parseArgs } from "node:util";
import { enterSandboxWith } from "../../../src/cli/demo/enter_sandbox.ts";
import { findSandbox, prepareMounts } from "../../../src/cli/demo/sandbox.ts";
import { LAYOUTS } from "../../support/isolated.ts";
import { writeFigures } from "../report.ts";
import { attack, newTally, type Tally } from "./campaign.ts";
import { formatEntry, keep, readCorpus } from "./corpus.ts";
import type { Field } from "./field.ts";
import { HostField } from "./host_field.ts";
import { SimField } from "./sim_field.ts";

/** First argument of the second start, inside the sandbox. */
const INSIDE = "--inside-sandbox";

const OPTIONS = {
  seed: { type: "string", default: "1" },
  packets: { type: "string", default: "20000" },
  kernel: { type: "string", default: "sim" },
  report: { type: "boolean", default: false },
} as const;

/** Escapes after which an attack gives up. */
const ESCAPES_MAX = 5;

/** What each kernel is called, and how a host on it is made. */
const KERNELS: Readonly<
  Record<string, { readonly name: string; readonly open: (layout: Layout) => Promise<Field> }>
> = {
  sim: { name: "the simulator", open: SimField.open },
  host: { name: "a real kernel", open: HostField.open },
};

type Layout = typeof LAYOUTS[number];

// deno-lint-ignore no-console
const say = (text: string) => console.log(text.replace(/\n$/, ""));

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: args.filter((arg) => arg !== INSIDE), options: OPTIONS });
  const [seed, packets] = [numberOf("seed", values.seed), numberOf("packets", values.packets)];
  const kernel = KERNELS[values.kernel];
  if (kernel === undefined) {
    say(`There is no kernel "${values.kernel}" to attack; give --kernel sim or host`);
    return 2;
  }
  if (values.kernel === "host") {
    if (args[0] !== INSIDE) return await startInSandbox(args);
    await prepareMounts();
  }
  const tally = newTally();
  const beganMs = performance.now();
  for (const layout of LAYOUTS) {
    await using field = await kernel.open(layout);
    const limits = { seed, packets: Math.ceil(packets / LAYOUTS.length), escapes: ESCAPES_MAX };
    const before = tally.escapes.length;
    await attack(field, await readCorpus(), limits, tally);
    for (const escape of tally.escapes.slice(before)) {
      say(formatEntry(escape, layout));
      await keep(escape, layout);
    }
  }
  const seconds = (performance.now() - beganMs) / 1000;
  const figures = figuresOf(tally, seed);
  for (const [what, figure] of figures) say(`${what}: ${figure}`);
  say(`${Math.round(tally.judged / seconds)} frames a second on ${kernel.name}`);
  if (values.report) {
    const command = `deno task attack --kernel ${values.kernel} --seed ${seed} ` +
      `--packets ${packets} --report`;
    await writeFigures(`Hostile packets on ${kernel.name}`, command, figures);
  }
  if (tally.judged === 0 || tally.delivered === 0) {
    say("Nothing was attacked, so nothing is known: give --packets more than 0");
    return 1;
  }
  return tally.escapes.length === 0 ? 0 : 1;
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (/^\d{1,9}$/.test(text)) return number;
  throw new RangeError(`--${name} takes a number from 0, not "${text}"`);
}

async function startInSandbox(args: readonly string[]): Promise<number> {
  const sandbox = await findSandbox();
  if ("missing" in sandbox) {
    say(`Nothing was attacked: no sandbox can be made here (${sandbox.missing})`);
    return 1;
  }
  return await enterSandboxWith(import.meta.filename ?? "", [INSIDE, ...args]);
}

function figuresOf(tally: Tally, seed: number): (readonly [string, string | number])[] {
  return [
    ["Seed", seed],
    ["Hostile frames, half of them in each layout", tally.judged],
    ["Frames of the corpus, in each layout", tally.corpus],
    ["Frames that containers' links saw", tally.delivered],
    ["Arrivals at links", tally.arrivals],
    ["Frames without a whole header, not judged", tally.headerless],
    ["Frames that were put on again", tally.repeated],
    ["Escapes", tally.escapes.length],
  ];
}

if (import.meta.main) Deno.exit(await main(Deno.args));
