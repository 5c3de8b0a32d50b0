/**
 * Plants known bugs in a copy of the simulator, one after the other, and tells which comparison
 * with a real kernel's answers catches each. A bug that nothing catches fails the run.
 *
 * ```text
 * deno task conform:mutants
 * ```
 *
 * @module
 */

import { CHECKS, type Mutant, MUTANTS } from "./mutant_table.ts";

/** What of the tree a check needs. */
const PARTS = ["sim", "src", "test", "types", "mod.ts", "deno.json", "deno.lock"];

const ROOT = new URL("../../", import.meta.url).pathname;

/** Longest time in which a bug must be caught, in seconds. */
const TIME_LIMIT_SECONDS = 120;

/** Status of `timeout` when it ended what it ran. */
const STATUS_TIMED_OUT = 124;

// deno-lint-ignore no-console
const say = (text: string) => console.log(text);

async function run(words: readonly string[], cwd: string): Promise<number> {
  const [program = "", ...args] = words;
  const child = new Deno.Command(program, { args, cwd, stdout: "null", stderr: "null" });
  return (await child.output()).code;
}

/** Puts the bug into a copy of the tree, and gives back what takes it out again. */
async function plant(folder: string, { file, from, to }: Mutant): Promise<() => Promise<void>> {
  const path = `${folder}/${file}`;
  const text = await Deno.readTextFile(path);
  if (text.split(from).length !== 2) {
    throw new RangeError(`${file} has not exactly one "${from}"; mend the table of mutants`);
  }
  await Deno.writeTextFile(path, text.replace(from, to));
  return () => Deno.writeTextFile(path, text);
}

async function hunt(folder: string, mutant: Mutant): Promise<boolean> {
  const beganMs = performance.now();
  const mend = await plant(folder, mutant);
  try {
    for (const name of mutant.checks) {
      const words = ["timeout", `${TIME_LIMIT_SECONDS}`, Deno.execPath(), ...CHECKS[name]];
      const status = await run(words, folder);
      // A check that ran out of time has caught nothing.
      if (status === 0 || status === STATUS_TIMED_OUT) continue;
      const seconds = (performance.now() - beganMs) / 1000;
      const isInTime = seconds <= TIME_LIMIT_SECONDS;
      say(`${mutant.name}: caught by ${name} in ${seconds.toFixed(1)} s`);
      return isInTime;
    }
    say(`${mutant.name}: caught by nothing`);
    return false;
  } finally {
    await mend();
  }
}

async function main(): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "berth-mutants-" });
  try {
    for (const part of PARTS) await run(["cp", "-r", `${ROOT}${part}`, folder], ROOT);
    for (const name of new Set(MUTANTS.flatMap(({ checks }) => checks))) {
      if (await run([Deno.execPath(), ...CHECKS[name]], folder) === 0) continue;
      say(`${name} fails without any bug planted, so it can catch none: mend that first`);
      return 1;
    }
    let missed = 0;
    for (const mutant of MUTANTS) if (!await hunt(folder, mutant)) missed++;
    say(`${MUTANTS.length - missed} of ${MUTANTS.length} planted bugs were caught in time`);
    return missed === 0 ? 0 : 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main());
