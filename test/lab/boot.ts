import { memoryFolder, type UserModeLinux } from "./user_mode_linux.ts";

/** What a run of the lab is given. */
export interface LabOptions {
  /** The command's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Its working folder; the lab has the same files as this machine. */
  readonly folder: string;
  /** Its standard input. */
  readonly stdin: Uint8Array;
  /** Memory of the lab in MiB. */
  readonly memoryMb: number;
  /** Time that it may take, from start to end, in milliseconds. */
  readonly timeoutMs: number;
}

/** How a run ended; what the command wrote has gone to this process's own output by then. */
export type LabEnd =
  | { readonly kind: "exited"; readonly status: number }
  | { readonly kind: "timed-out" }
  /** The kernel ended before its command did, having said this. */
  | { readonly kind: "died"; readonly log: string };

const HERE = new URL(".", import.meta.url).pathname.replace(/\/$/, "");

/**
 * Boots a kernel, runs one command in it, and switches it off.
 *
 * @param kernel The kernel.
 * @param words The command and its arguments; none passes through a shell.
 * @param options What it is given.
 * @param signal Ends the run early, as if its time were over.
 */
export async function runInLab(
  kernel: UserModeLinux,
  words: readonly string[],
  options: LabOptions,
  signal?: AbortSignal,
): Promise<LabEnd> {
  const run = await Deno.makeTempDir({ prefix: "berth-lab-" });
  try {
    await writeRun(run, words, options);
    const memory = await memoryFolder(options.memoryMb, run);
    const isOver = await keep(run, bootWords(kernel, run, options.memoryMb), memory, {
      ...options,
      ...(signal === undefined ? {} : { signal }),
    });
    if (isOver) return { kind: "timed-out" };
    return await endOf(run);
  } finally {
    await removeIfThere(run); // Where it was stopped, its keeper has removed it.
  }
}

/** Writes down what the command is given, for the lab's process 1 to read. */
async function writeRun(run: string, words: readonly string[], options: LabOptions): Promise<void> {
  const variables = Object.entries(options.environment).map(([name, value]) => `${name}=${value}`);
  const ended = (texts: readonly string[]) => texts.map((text) => `${text}\0`).join("");
  await Deno.writeTextFile(`${run}/command`, ended(words));
  await Deno.writeTextFile(`${run}/environment`, ended(variables));
  await Deno.writeTextFile(`${run}/folder`, options.folder);
  await Deno.writeFile(`${run}/stdin`, options.stdin);
}

/**
 * The kernel's command line. Its first console is the log; serial lines 0 and 1 are the command's
 * output and error. Words of the form NAME=value that it does not know become the environment of
 * process 1.
 */
function bootWords(kernel: UserModeLinux, run: string, memoryMb: number): string[] {
  return [
    kernel.program,
    `mem=${memoryMb}M`,
    ...["root=/dev/root", "rootfstype=hostfs", "rootflags=/", "rw", "init=/bin/sh"],
    ...["con=null", "con0=null,fd:1", "ssl=null", "ssl0=null,fd:3", "ssl1=null,fd:4"],
    ...["quiet", "loglevel=3", `uml_dir=${run}/uml`],
    ...[`BERTH_LAB=${HERE}`, `BERTH_RUN=${run}`, `BERTH_MODULES=${kernel.modules}`],
    ...["--", `${HERE}/init.sh`],
  ];
}

/** @returns Whether it was stopped before the kernel ended. */
async function keep(
  run: string,
  words: readonly string[],
  memory: string,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<boolean> {
  const child = new Deno.Command("setsid", {
    args: ["/bin/sh", `${HERE}/keeper.sh`, run, ...words],
    env: { TMPDIR: memory },
    stdin: "piped",
  }).spawn();
  let isStopped = false;
  const stop = () => {
    isStopped = true;
    child.stdin.close().catch(() => {}); // Then its keeper kills all of it.
  };
  const timer = setTimeout(stop, timeoutMs);
  signal?.addEventListener("abort", stop);
  await child.status;
  clearTimeout(timer);
  signal?.removeEventListener("abort", stop);
  if (!isStopped) await child.stdin.close().catch(() => {});
  return isStopped;
}

async function endOf(run: string): Promise<LabEnd> {
  const status = await readIfThere(`${run}/status`);
  if (/^\d+\n$/.test(status)) return { kind: "exited", status: Number(status) };
  return { kind: "died", log: await readIfThere(`${run}/kernel.log`) };
}

async function readIfThere(path: string): Promise<string> {
  return await unlessGone(Deno.readTextFile(path)) ?? "";
}

async function removeIfThere(path: string): Promise<void> {
  await unlessGone(Deno.remove(path, { recursive: true }));
}

async function unlessGone<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
