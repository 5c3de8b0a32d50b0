/** A bug to plant: one piece of text of one file, and what takes its place. */
export interface Mutant<Check extends string> {
  /** What is wrong then. */
  readonly name: string;
  /** The file, from the top of the tree. */
  readonly file: string;
  /** Text that the file holds once. */
  readonly from: string;
  /** What it holds instead. */
  readonly to: string;
  /** Checks that may catch it, in the order in which they are tried. */
  readonly checks: readonly Check[];
}

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
async function plant(
  folder: string,
  { file, from, to }: Mutant<string>,
): Promise<() => Promise<void>> {
  const path = `${folder}/${file}`;
  const text = await Deno.readTextFile(path);
  if (text.split(from).length !== 2) {
    throw new RangeError(`${file} has not exactly one "${from}"; mend the table of mutants`);
  }
  await Deno.writeTextFile(path, text.replace(from, to));
  return () => Deno.writeTextFile(path, text);
}

async function hunt<Check extends string>(
  folder: string,
  mutant: Mutant<Check>,
  checks: Readonly<Record<Check, readonly string[]>>,
): Promise<boolean> {
  const beganMs = performance.now();
  const mend = await plant(folder, mutant);
  try {
    for (const name of mutant.checks) {
      const words = ["timeout", `${TIME_LIMIT_SECONDS}`, Deno.execPath(), ...checks[name]];
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

/**
 * Plants bugs, one after the other, in a copy of the tree.
 *
 * @param mutants The bugs.
 * @param checks Arguments for `deno` at the top of the tree, by the names of checks.
 * @returns 0 where each was caught, otherwise 1.
 */
export async function plantAll<Check extends string>(
  mutants: readonly Mutant<Check>[],
  checks: Readonly<Record<Check, readonly string[]>>,
): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "berth-mutants-" });
  try {
    for (const part of PARTS) await run(["cp", "-r", `${ROOT}${part}`, folder], ROOT);
    for (const name of new Set(mutants.flatMap(({ checks }) => checks))) {
      if (await run([Deno.execPath(), ...checks[name]], folder) === 0) continue;
      say(`${name} fails without any bug planted, so it can catch none: mend that first`);
      return 1;
    }
    let missed = 0;
    for (const mutant of mutants) if (!await hunt(folder, mutant, checks)) missed++;
    say(`${mutants.length - missed} of ${mutants.length} planted bugs were caught in time`);
    return missed === 0 ? 0 : 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
