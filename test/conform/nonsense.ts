import type { Random } from "../support/random.ts";
import type { Command } from "./sequence.ts";

/** Words that stand where no grammar would put them. */
const STRAY = [
  "dev",
  "v0",
  "add",
  "show",
  "0",
  "-1",
  "",
  "parent",
  "x",
  "handle",
  "type",
  "10.0.0.1",
];

/** Ways to spoil a list of words, whose first two stay. */
const SPOILERS: readonly ((words: string[], at: number, random: Random) => void)[] = [
  (words, at) => words.splice(at, 1),
  (words, at) => words.splice(at, 0, words[at] ?? ""),
  (words, at) => words.splice(at, 2, ...words.slice(at, at + 2).reverse()),
  (words, at, random) => words.splice(at, 1, random.pick(STRAY)),
  (words, at, random) => words.splice(at, 0, random.pick(STRAY)),
  (words, at) => words.splice(at),
  (words, at, random) => {
    const word = words[at] ?? "";
    words[at] = word.slice(0, random.below(word.length + 1));
  },
];

/**
 * Spoils a command: a word too many, too few, in the wrong place, or cut short.
 *
 * @param command A command.
 * @param random Chooses how.
 */
export function makeNonsense(command: Command, random: Random): Command {
  const words = [...command.words];
  if (words.length > 2) random.pick(SPOILERS)(words, random.between(2, words.length - 1), random);
  return { ...command, words };
}
