/** How much a line of the log matters. */
export type LogLevel = "info" | "warning" | "error";

/** Writes lines of a structured log. */
export type Log = (
  level: LogLevel,
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

/**
 * Makes a log of one JSON object a line: `time`, `level`, `message`, and whatever else belongs.
 *
 * @param write Takes each line, without its break.
 * @param now Gives the time; the machine's own when left out.
 */
export function jsonLog(write: (line: string) => void, now = () => new Date()): Log {
  return (level, message, fields = {}) =>
    write(JSON.stringify({ time: now().toISOString(), level, message, ...fields }));
}
