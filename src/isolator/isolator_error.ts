/** What was wrong with a call or with the host, in words that a program can test. */
export type IsolatorErrorCode =
  | "already-isolated"
  | "already-prepared"
  | "bad-interface"
  | "bad-limit"
  | "bad-namespace"
  | "bad-ports"
  | "bad-rates"
  | "bad-resources"
  | "cleanup-incomplete"
  | "flow-ids-exhausted"
  | "foreign-qdisc"
  | "missing-privileges"
  | "missing-tool"
  | "no-such-process"
  | "not-isolated"
  | "not-prepared"
  | "not-provable"
  | "pid-in-use"
  | "ports-taken"
  | "priority-taken"
  | "settings-refused"
  | "table-full"
  | "table-taken"
  | "unknown-container"
  | "unmanaged-container"
  | "unsupported-kernel";

/**
 * The isolator refuses: something about the request, its options or the host is not as it must be.
 */
export class IsolatorError extends Error {
  /** What is wrong. */
  readonly code: IsolatorErrorCode;

  /**
   * Makes an error of what is wrong and what to do.
   *
   * @param code What is wrong.
   * @param message One sentence that says what is wrong and what to do.
   * @param options The errors behind this one, if any.
   */
  constructor(code: IsolatorErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "IsolatorError";
    this.code = code;
  }
}
