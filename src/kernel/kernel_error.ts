import { type Errno, errnoFromStderr } from "./errno.ts";

/** What a {@linkcode KernelError} carries. */
export interface KernelErrorData {
  /** The command line or file operation that was refused, one word an element. */
  readonly command: readonly string[];
  /** The reason; read from `stderr` when left out. */
  readonly errno?: Errno;
  /** Network namespace the command worked in; absent for the kernel's own. */
  readonly namespace?: string | undefined;
  /** Exit status of the tool; absent where none ran to its end. */
  readonly status?: number;
  /** What the tool wrote to standard error. */
  readonly stderr?: string;
  /** The line of the batch that failed: its number, from 1, and its words. */
  readonly batchLine?: { readonly number: number; readonly words: readonly string[] };
  /** What the operator can do about it, as a sentence. */
  readonly hint?: string;
  /** The exception behind this one. */
  readonly cause?: unknown;
}

/**
 * The kernel, or a tool that speaks for it, refused.
 *
 * Callers ask {@linkcode isNotFound} and its siblings; the text is for people.
 */
export class KernelError extends Error {
  /** The command line or file operation that was refused. */
  readonly command: readonly string[];
  /** The reason. */
  readonly errno: Errno;
  /** Network namespace the command worked in; undefined for the kernel's own. */
  readonly namespace: string | undefined;
  /** Exit status of the tool; undefined where none ran to its end. */
  readonly status: number | undefined;
  /** What the tool wrote to standard error. */
  readonly stderr: string;
  /** The line of the batch that failed. */
  readonly batchLine: KernelErrorData["batchLine"];
  /** What the operator can do about it. */
  readonly hint: string | undefined;

  /**
   * Makes an error of what was asked and what came back.
   *
   * @param data What was asked, and what came back.
   */
  constructor(data: KernelErrorData) {
    super(describe(data), data.cause === undefined ? undefined : { cause: data.cause });
    this.name = "KernelError";
    this.command = data.command;
    this.stderr = data.stderr ?? "";
    this.errno = data.errno ?? errnoFromStderr(this.stderr);
    this.namespace = data.namespace;
    this.status = data.status;
    this.batchLine = data.batchLine;
    this.hint = data.hint;
  }
}

function describe(data: KernelErrorData): string {
  const words = data.batchLine?.words ?? data.command;
  const where = data.namespace === undefined ? "" : ` in namespace ${data.namespace}`;
  const said = data.stderr?.split("\n").find((line) => line.trim() !== "")?.trim();
  const reason = said ?? data.errno ?? "it failed without a word";
  const hint = data.hint === undefined ? "" : `; ${data.hint}`;
  return `"${words.join(" ")}"${where} was refused: ${reason}${hint}`;
}

function hasErrno(error: unknown, reasons: readonly Errno[]): error is KernelError {
  return error instanceof KernelError && reasons.includes(error.errno);
}

/**
 * Tells whether the kernel refused because the object is not there.
 *
 * @param error What was thrown.
 */
export function isNotFound(error: unknown): error is KernelError {
  return hasErrno(error, ["ENOENT", "ENODEV", "ESRCH"]);
}

/**
 * Tells whether the kernel refused because the object is there already.
 *
 * @param error What was thrown.
 */
export function isExists(error: unknown): error is KernelError {
  return hasErrno(error, ["EEXIST"]);
}

/**
 * Tells whether the kernel refused because the object is in use.
 *
 * @param error What was thrown.
 */
export function isBusy(error: unknown): error is KernelError {
  return hasErrno(error, ["EBUSY"]);
}

/**
 * Tells whether the kernel refused because it was built without the feature.
 *
 * @param error What was thrown.
 */
export function isUnsupported(error: unknown): error is KernelError {
  return hasErrno(error, ["ENOTSUP"]);
}

/**
 * Tells whether the kernel refused for want of privileges.
 *
 * @param error What was thrown.
 */
export function isNotPermitted(error: unknown): error is KernelError {
  return hasErrno(error, ["EPERM", "EACCES"]);
}
