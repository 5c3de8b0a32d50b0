/** Permissions of the task `berth`, so that tests run the command with no others. */
const PERMISSIONS = await berthPermissions();

const MAIN = new URL("../../src/cli/main.ts", import.meta.url).pathname;

async function berthPermissions(): Promise<string[]> {
  const config = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
  const task: string = JSON.parse(config).tasks.berth;
  return task.split(" ").filter((word) => word.startsWith("--"));
}

/** How a run of the command ended. */
export interface BerthResult {
  /** Exit status. */
  readonly status: number;
  /** All of standard output. */
  readonly stdout: string;
  /** All of standard error. */
  readonly stderr: string;
}

/**
 * Gives the words that start the command as its task does.
 *
 * @param words The command line, without the program's name.
 */
export function berthWords(words: readonly string[]): string[] {
  return [Deno.execPath(), "run", ...PERMISSIONS, MAIN, ...words];
}

/**
 * Starts the command.
 *
 * @param words The command line, without the program's name.
 */
export function startBerth(words: readonly string[]): Deno.ChildProcess {
  const [program = "", ...args] = berthWords(words);
  const options = { args, stdin: "null", stdout: "piped", stderr: "piped" } as const;
  return new Deno.Command(program, options).spawn();
}

/**
 * Runs the command to its end.
 *
 * @param words The command line, without the program's name.
 */
export async function berth(...words: readonly string[]): Promise<BerthResult> {
  return await finished(startBerth(words));
}

/**
 * Waits for a started command to end.
 *
 * @param child The command.
 */
export async function finished(child: Deno.ChildProcess): Promise<BerthResult> {
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { status: code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/**
 * Waits until something is so.
 *
 * @param what What is waited for, for the error.
 * @param isSo Looks.
 * @param seconds How long it may take; 10 when left out.
 * @throws {Error} If it is not so by then.
 */
export async function until(
  what: string,
  isSo: () => Promise<boolean>,
  seconds = 10,
): Promise<void> {
  for (let attempt = 0; attempt < 20 * seconds; attempt++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} did not come about within ${seconds} s`);
}
