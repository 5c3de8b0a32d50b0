/**
 * Writes words as a line that a person can paste into a shell. Nothing here is ever run.
 *
 * @param words The words.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(shellWords(["echo", "two words"]), "echo 'two words'");
 * ```
 */
export function shellWords(words: readonly string[]): string {
  return words.map((word) => /^[\w.,:=/@%+-]+$/.test(word) ? word : quote(word)).join(" ");
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
