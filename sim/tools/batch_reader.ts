import type { Console } from "./console.ts";

/** One command of a batch. */
export interface BatchCommand {
  /** Number of its (last) line, from 1. */
  readonly line: number;
  readonly words: readonly string[];
}

/** The tools take at most this many words in a line. */
const WORDS_MAX = 511;

/**
 * Reads a batch line by line, as the tools do: comments, continued lines, quotes.
 *
 * @param text The whole input.
 * @param console Where a broken line is reported; that ends the tool.
 */
export function* batchCommands(text: string, console: Console): Generator<BatchCommand> {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (let number = 0; number < lines.length;) {
    let line = withoutComment(lines[number++] ?? "");
    while (line.endsWith("\\")) {
      const next = lines[number++];
      if (next === undefined) {
        console.complain("Missing continuation line\n");
        return;
      }
      line = line.slice(0, -1) + withoutComment(next);
    }
    const words = splitWords(line, console);
    if (words.length > 0) yield { line: number, words };
  }
}

function withoutComment(line: string): string {
  const at = line.indexOf("#");
  return at === -1 ? line : line.slice(0, at);
}

/** A quote opens a quoted word only at a word's beginning; there is no escape. */
function splitWords(line: string, console: Console): string[] {
  const words: string[] = [];
  let at = 0;
  while (true) {
    while (at < line.length && " \t\r\n".includes(line.charAt(at))) at += 1;
    if (at >= line.length) return words;
    if (words.length >= WORDS_MAX) console.exit("Too many arguments to command\n", 1);
    const quote = line.charAt(at);
    if (quote === '"' || quote === "'") {
      const end = line.indexOf(quote, at + 1);
      if (end === -1) console.exit("Unterminated quoted string\n", 1);
      words.push(line.slice(at + 1, end));
      at = end + 1;
    } else {
      let end = at;
      while (end < line.length && !" \t\r\n".includes(line.charAt(end))) end += 1;
      words.push(line.slice(at, end));
      at = end + 1;
    }
  }
}
