import { IntervalSet } from "../ports/mod.ts";

const encoder = new TextEncoder();

/**
 * Writes data to standard output.
 *
 * @param text The text; a line break is added.
 */
export function printLine(text: string): void {
  writeAll(Deno.stdout, encoder.encode(text + "\n"));
}

/**
 * Writes a remark to standard error, where it does not mix with data.
 *
 * @param text The text; a line break is added.
 */
export function remark(text: string): void {
  writeAll(Deno.stderr, encoder.encode(text + "\n"));
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) {
    written += stream.writeSync(bytes.subarray(written));
  }
}

/**
 * Writes a value as JSON, counters exact to 64 bits and port sets as text.
 *
 * @param value The value.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(toJson({ bytes: 18446744073709551615n }), '{"bytes":18446744073709551615}');
 * ```
 */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, replace, indent);
}

function replace(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return rawNumber(value);
  return value instanceof IntervalSet ? value.toString() : value;
}

/** A number's digits as they are: JSON knows no bound, only JavaScript's own number does. */
function rawNumber(value: bigint): unknown {
  return "rawJSON" in JSON && typeof JSON.rawJSON === "function"
    ? JSON.rawJSON(value.toString())
    : Number(value);
}

/**
 * Lays rows out in columns.
 *
 * @param head Names of the columns.
 * @param rows The rows, as many cells each, of characters one column wide.
 * @returns Lines without blanks at their ends.
 */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) =>
    Math.max(...all.map((cells) => cells[column]?.length ?? 0))
  );
  return all.map((cells) =>
    cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()
  );
}
