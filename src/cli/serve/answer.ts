import { IsolatorError, type IsolatorErrorCode } from "../../isolator/isolator_error.ts";
import { EphemeralPortsExhaustedError } from "../../ports/mod.ts";
import { ExitWith, UsageError } from "../exit.ts";
import { toJson } from "../print.ts";

/** A request that is answered with a refusal. */
export class HttpError extends Error {
  /** Status of the answer. */
  readonly status: number;
  /** Headers of the answer besides its type. */
  readonly headers: Readonly<Record<string, string>>;

  /**
   * Makes an error of a status and what to do instead.
   *
   * @param status Status of the answer, 400 to 599.
   * @param message One sentence that says what to do.
   * @param headers Headers of the answer besides its type.
   */
  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = "HttpError";
    this.status = status;
    this.headers = headers;
  }
}

/**
 * Answers with data.
 *
 * @param value The data; counters are written exactly.
 * @param status Status of the answer; 200 when left out.
 * @param headers Headers besides the type.
 */
export function json(
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(`${toJson(value)}\n`, {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

/** Statuses of what the isolator refuses; whatever is not here is the caller's mistake. */
const STATUS_OF_CODE: Partial<Record<IsolatorErrorCode, number>> = {
  "already-isolated": 409,
  "already-prepared": 409,
  "cleanup-incomplete": 500,
  "pid-in-use": 409,
  "ports-taken": 409,
  "flow-ids-exhausted": 409,
  "table-full": 409,
  "table-taken": 409,
  "unknown-container": 404,
  "unmanaged-container": 404,
};

/**
 * Gives the status of an error.
 *
 * @param error What was thrown.
 */
export function statusOf(error: unknown): number {
  if (error instanceof HttpError) return error.status;
  if (error instanceof UsageError) return 400;
  if (error instanceof IsolatorError) return STATUS_OF_CODE[error.code] ?? 400;
  if (error instanceof EphemeralPortsExhaustedError) return 409;
  if (error instanceof ExitWith) return 503;
  return 500;
}

/**
 * Answers with an error as `{"error": "…"}`, and the isolator's code where there is one.
 *
 * @param error What was thrown.
 */
export function refusal(error: unknown): Response {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof IsolatorError ? { code: error.code } : {};
  const headers = error instanceof HttpError ? error.headers : {};
  return json({ error: message, ...code }, statusOf(error), headers);
}
