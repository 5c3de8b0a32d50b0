import { containerId } from "../isolator/container.ts";
import { IntervalSet, parsePorts } from "../ports/mod.ts";
import { readingArgument, UsageError } from "./exit.ts";

/**
 * Reads a container id that a user typed.
 *
 * @param text The text.
 * @throws {UsageError} If it is none.
 */
export function idArgument(text: string): string {
  return readingArgument("ID", () => containerId(text));
}

/**
 * Reads a list of ports that a user typed.
 *
 * @param text The text, such as `31000-31007,31020`; undefined for no ports.
 * @throws {UsageError} If it is none.
 */
export function portsArgument(text: string | undefined): IntervalSet {
  if (text === undefined) return IntervalSet.of();
  return readingArgument("--ports", () => parsePorts(text));
}

/**
 * Reads a number of CPUs that a user typed.
 *
 * @param text The text; undefined where none was given.
 * @throws {UsageError} If it is not above 0.
 */
export function cpusArgument(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const cpus = Number(text);
  if (/^\d{1,6}(\.\d{1,6})?$/.test(text) && cpus > 0) return cpus;
  throw new UsageError(`--cpus: "${text}" is no number of CPUs; write it like 2 or 0.5`);
}

/** Highest process id that Linux gives out, plus one: PID_MAX_LIMIT on 64-bit machines. */
const PID_LIMIT = 4_194_304;

/**
 * Reads a process id that a user typed.
 *
 * @param text The text.
 * @param option What it was given as, for the error.
 * @throws {UsageError} If it is none.
 */
export function pidArgument(text: string, option = "--pid"): number {
  const pid = Number(text);
  if (/^\d{1,7}$/.test(text) && pid > 0 && pid <= PID_LIMIT) return pid;
  throw new UsageError(`${option}: "${text}" is no process id; write it like 4711`);
}
