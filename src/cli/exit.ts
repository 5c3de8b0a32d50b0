/** Exit statuses of every command. */
export const EXIT = {
  /** It did what it was asked. */
  ok: 0,
  /** It could not; one sentence on standard error says why. */
  failed: 1,
  /** It was asked in the wrong way. */
  usage: 2,
  /** The program of a container cannot be executed. */
  notExecutable: 126,
  /** There is no such program. */
  noProgram: 127,
  /** Added to a signal's number where a signal ended the program. */
  signalBase: 128,
} as const;

/** The command was used in the wrong way. */
export class UsageError extends Error {
  /**
   * Makes an error of what to do instead.
   *
   * @param message One sentence that says what to do.
   * @param options The error behind this one, if any.
   */
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "UsageError";
  }
}

/** Ends the command with a status that a program gave. */
export class ExitWith extends Error {
  /** The status. */
  readonly status: number;

  /**
   * Makes an error of a status and what to say.
   *
   * @param status The status, 0 to 255.
   * @param message What to say on standard error; nothing when left out.
   */
  constructor(status: number, message = "") {
    super(message);
    this.name = "ExitWith";
    this.status = status;
  }
}

/**
 * Runs a reader of what a user typed, and takes its complaints for wrong usage.
 *
 * @param what What is read, as the user knows it: `--ports`; empty where the reader says so itself.
 * @param read The reader.
 * @throws {UsageError} If the text is malformed or out of range.
 */
export function readingArgument<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError || error instanceof TypeError) {
      const prefix = what === "" ? "" : `${what}: `;
      throw new UsageError(prefix + error.message, { cause: error });
    }
    throw error;
  }
}

/**
 * Gives the exit status of an error.
 *
 * @param error What was thrown.
 */
export function statusOfError(error: unknown): number {
  if (error instanceof ExitWith) return error.status;
  return error instanceof UsageError ? EXIT.usage : EXIT.failed;
}
