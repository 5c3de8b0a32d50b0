import { commandLine } from "./command_line.ts";
import { KernelError } from "./kernel_error.ts";
import type { Invocation, KernelNetwork, Output } from "./kernel_network.ts";

/** Many commands for one process of `ip` or `tc`. */
export interface Batch {
  /** The tool that reads the lines. */
  readonly tool: "ip" | "tc";
  /** Name of the network namespace to work in; the kernel's own when left out. */
  readonly namespace?: string;
  /** Options of the tool that hold for every line, such as `-j`. */
  readonly options?: readonly string[];
  /** The commands, one array of words each, without the tool's name. */
  readonly lines: readonly (readonly string[])[];
  /** Whether the lines may alter the kernel; `"change"` when left out. */
  readonly effect?: Invocation["effect"];
}

/**
 * Added to a signal's number where a signal ended a tool. Its own statuses are 1 and 2, or 255
 * where it gave up.
 */
const STATUS_SIGNAL_BASE = 128;
const STATUS_GAVE_UP = 255;

/** What became of a forced batch. */
export interface BatchFailure {
  /** Number of the line that failed, from 1. */
  readonly number: number;
  /** The failure itself. */
  readonly error: KernelError;
}

/**
 * Writes one batch line so that the tools read back the same words.
 *
 * The tools split lines at blanks, know both quotes, take `#` for a comment and a backslash at the
 * end for a continuation; they have no escape. Words that cannot be written are refused.
 *
 * @param words The command, one word an element.
 * @returns The line, without a line break.
 * @throws {TypeError} If a word is empty or holds a quote, a backslash or a control character.
 */
export function batchLine(words: readonly string[]): string {
  return words.map((word) => {
    // deno-lint-ignore no-control-regex
    if (word === "" || /["'\\#\x00-\x1f\x7f]/.test(word)) {
      throw new TypeError(`A batch cannot hold the word ${JSON.stringify(word)}`);
    }
    return word.includes(" ") ? `"${word}"` : word;
  }).join(" ");
}

/**
 * Spells a batch as one invocation.
 *
 * @param batch The lines and where they work.
 * @param options `force` goes on past a failing line, as the tools' own `-force` does.
 * @returns The invocation, with the lines as its standard input.
 * @throws {TypeError} If a word cannot be written in a batch.
 */
export function batchInvocation(batch: Batch, options: { force?: boolean } = {}): Invocation {
  return {
    tool: batch.tool,
    args: [...(batch.options ?? []), ...(options.force ? ["-force"] : []), "-batch", "-"],
    ...(batch.namespace === undefined ? {} : { namespace: batch.namespace }),
    stdin: batch.lines.map((words) => batchLine(words) + "\n").join(""),
    effect: batch.effect ?? "change",
  };
}

/**
 * Runs a batch up to its first failure. Lines before that one have taken effect.
 *
 * @param kernel Where to run it.
 * @param batch The lines; none at all starts no process.
 * @returns All that the lines printed.
 * @throws {KernelError} If a line fails, with that line in `batchLine`.
 * @throws {TypeError} If a word cannot be written in a batch.
 */
export async function runBatch(kernel: KernelNetwork, batch: Batch): Promise<string> {
  if (batch.lines.length === 0) return "";
  const invocation = batchInvocation(batch);
  const output = await kernel.execute(invocation);
  if (output.status === 0) return output.stdout;
  const { failures, rest } = failuresOf(batch, invocation, output);
  throw failures[0]?.error ?? new KernelError({ ...rest, stderr: output.stderr });
}

/**
 * Runs every line of a batch, going on past those that fail.
 *
 * @param kernel Where to run it.
 * @param batch The lines; none at all starts no process.
 * @returns The lines that failed, ascending.
 * @throws {KernelError} If the tool gave up, which it does at a line whose words it cannot read, or
 *   was killed: what follows that line has not been tried.
 * @throws {TypeError} If a word cannot be written in a batch.
 */
export async function runBatchForced(kernel: KernelNetwork, batch: Batch): Promise<BatchFailure[]> {
  if (batch.lines.length === 0) return [];
  const invocation = batchInvocation(batch, { force: true });
  const output = await kernel.execute(invocation);
  const { failures, rest } = failuresOf(batch, invocation, output);
  const hasSpoken = rest.stderr.trim() !== "" || failures.length === 0;
  const isKilled = output.status > STATUS_SIGNAL_BASE && output.status !== STATUS_GAVE_UP;
  if (isKilled || (output.status !== 0 && hasSpoken)) throw new KernelError(rest);
  return failures;
}

/**
 * Cuts standard error at the tools' "Command failed -:N", which ends the text about line N. What
 * stands after the last of them belongs to no line.
 */
function failuresOf(batch: Batch, invocation: Invocation, output: Output) {
  const command = commandLine(invocation);
  const { namespace } = batch;
  const { status, stderr } = output;
  const failures: BatchFailure[] = [];
  let begin = 0;
  for (const match of stderr.matchAll(/^Command failed -:(\d+)$/gm)) {
    const number = Number(match[1]);
    const batchLine = { number, words: [batch.tool, ...(batch.lines[number - 1] ?? [])] };
    const text = stderr.slice(begin, match.index);
    failures.push({
      number,
      error: new KernelError({ command, namespace, status, stderr: text, batchLine }),
    });
    begin = match.index + match[0].length;
  }
  return { failures, rest: { command, namespace, status, stderr: stderr.slice(begin) } };
}
