/**
 * Splits what a tool printed, or a file holds, into whole lines.
 *
 * What stands behind the last line break was cut off, and a number cut short is a wrong number; so
 * it is left out.
 *
 * @param text The text.
 * @returns Its lines without their breaks; empty ones are left out.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(wholeLines("mem 12\nmem 34"), ["mem 12"]);
 * ```
 */
export function wholeLines(text: string): string[] {
  return text.split("\n").slice(0, -1).filter((line) => line.trim() !== "");
}
