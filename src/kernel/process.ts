/**
 * The only door to a process: tools through dax, and the program of a container.
 *
 * @module
 */

import { CommandBuilder } from "dax";

/** Where tools are looked for, whatever the caller's own PATH says. */
const TOOL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** dax answers this status, and says so on standard error, when there is no such program. */
const STATUS_NOT_FOUND = 127;

/** dax answers this status when it ends a program that exceeds its time. */
const STATUS_TIMED_OUT = 124;

/** How a tool ended. */
export interface ToolResult {
  /** Exit status. */
  readonly status: number;
  /** All of standard output. */
  readonly stdout: string;
  /** All of standard error. */
  readonly stderr: string;
  /** Why the tool gave no answer of its own; absent where it did. */
  readonly failure?: "not-found" | "timed-out";
}

/**
 * Runs a tool to its end, in the C locale and with an environment of its own.
 *
 * @param words The program and its arguments; none passes through a shell.
 * @param options `stdin` is its input; `timeoutMs` its time limit in milliseconds; `env` what its
 *   environment has besides.
 * @returns Its status and text.
 */
export async function runTool(
  words: readonly string[],
  options: {
    readonly stdin: string;
    readonly timeoutMs: number;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<ToolResult> {
  const result = await new CommandBuilder()
    .command([...words])
    .clearEnv()
    .env({ ...options.env, LC_ALL: "C", PATH: TOOL_PATH })
    .stdinText(options.stdin)
    .stdout("piped")
    .stderr("piped")
    .timeout(options.timeoutMs)
    .noThrow();
  const answer = { status: result.code, stdout: result.stdout, stderr: result.stderr };
  if (result.code === STATUS_TIMED_OUT) {
    return { ...answer, failure: "timed-out" };
  }
  if (result.code === STATUS_NOT_FOUND && answer.stderr.startsWith("dax:")) {
    return { ...answer, failure: "not-found" };
  }
  return answer;
}

/**
 * Starts a program that shares the caller's terminal, environment and standard streams.
 *
 * @param words The program and its arguments; none passes through a shell.
 * @returns The running program.
 * @throws {TypeError} If `words` is empty.
 */
export function startProgram(words: readonly string[]): Deno.ChildProcess {
  const [program, ...args] = words;
  if (program === undefined) throw new TypeError("There is no program to start");
  return new Deno.Command(program, {
    args,
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
}

/**
 * Starts a program that this process talks to through its standard input and output.
 *
 * @param words The program and its arguments; none passes through a shell.
 * @returns The running program.
 * @throws {TypeError} If `words` is empty.
 */
export function startPeer(words: readonly string[]): PipedProcess {
  const [program, ...args] = words;
  if (program === undefined) throw new TypeError("There is no program to start");
  return new Deno.Command(program, { args, stdin: "piped", stdout: "piped", stderr: "inherit" })
    .spawn();
}

/** A running program with pipes to it. */
export interface PipedProcess {
  /** Its process id. */
  readonly pid: number;
  /** Its standard input. */
  readonly stdin: WritableStream<Uint8Array>;
  /** Its standard output. */
  readonly stdout: ReadableStream<Uint8Array>;
  /** Settles when it has ended. */
  readonly status: Promise<unknown>;
  /**
   * Sends it a signal.
   *
   * @param signal The signal.
   */
  kill(signal: Deno.Signal): void;
}
