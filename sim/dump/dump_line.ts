/** A text that needs no quotes. */
const BARE = /^[^\s"\\\[]+$/;

/**
 * Writes words as a line of a dump.
 *
 * @param words The words; those with blanks or quotes are written as JSON writes them.
 */
export function dumpLine(...words: readonly (string | number)[]): string {
  return words.map((word) => {
    const text = String(word);
    return BARE.test(text) ? text : JSON.stringify(text);
  }).join(" ");
}

/**
 * Reads a line of a dump.
 *
 * @param line The line.
 * @returns Its words.
 * @throws {SyntaxError} If a quote has no end.
 */
export function dumpWords(line: string): string[] {
  const words = line.match(/"(?:[^"\\]|\\.)*"?|\S+/g) ?? [];
  return words.map((word) => word.startsWith('"') ? String(JSON.parse(word)) : word);
}
