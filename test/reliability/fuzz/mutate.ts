import type { Random } from "../../support/random.ts";

/** Numbers at the bounds of what types hold, and beyond; and what only looks like a number. */
const NUMBERS = [
  ...["0", "-1", "00", "-0", "1.5", "1,5", "1e3", "1e309", "-1e309", "0x10", "NaN", "Infinity"],
  ...["255", "256", "4095", "4096", "65535", "65536", "4294967295", "4294967296"],
  ...["9007199254740992", "9007199254740993", "18446744073709551615", "18446744073709551616"],
  ...["9".repeat(40), "-9223372036854775809", "１２", "٣", "1_000", "1 000", "+5"],
];

/** Words from elsewhere: other languages, control characters, and what means something to tools. */
const STRAY = [
  ...["\0", "\n", "\r\n", "\t", " ", "\\", '"', "'", "#", ":", "/", "-", "--", "..", "../../etc"],
  ...["null", "true", "[]", "{}", "[", "]", "{", "}", ",", "__proto__", "constructor", "\u2028"],
  ...["Gerät nicht gefunden", "Нет такого файла", "デバイスがありません", "\ufeff", "\ud800", "é"],
  ...["filter ", "qdisc ", "class htb 1:1 ", "  match ", "Command failed -:1", "$(reboot)", "*"],
];

/** One way to spoil a text. */
type Spoiler = (text: string, random: Random, others: readonly string[]) => string;

const SPOILERS: readonly Spoiler[] = [
  function replaceNumber(text, random) {
    const numbers = [...text.matchAll(/-?\d+/g)];
    if (numbers.length === 0) return text + random.pick(NUMBERS);
    const { index, 0: digits } = random.pick(numbers);
    return splice(text, index, digits.length, random.pick(NUMBERS));
  },
  function replaceWord(text, random) {
    const words = [...text.matchAll(/\w+/g)];
    if (words.length === 0) return text;
    const { index, 0: word } = random.pick(words);
    return splice(text, index, word.length, random.pick(STRAY));
  },
  (text, random) => splice(text, random.below(text.length + 1), 0, random.pick(STRAY)),
  (text, random) => splice(text, random.below(text.length + 1), 1 + random.below(8), ""),
  (text, random) => text.slice(0, random.below(text.length + 1)),
  (text, random) => text.slice(random.below(text.length + 1)),
  (text, random) => {
    const at = random.below(text.length + 1);
    return splice(text, at, 1, String.fromCharCode(random.below(0x10000)));
  },
  (text, random) => splice(text, random.below(text.length + 1), 1, random.pick([..." 0a:.-\n"])),
  function moveLine(text, random) {
    const lines = text.split("\n");
    const [line = ""] = lines.splice(random.below(lines.length), 1);
    lines.splice(random.below(lines.length + 1), 0, line);
    return lines.join("\n");
  },
  function repeatLine(text, random) {
    const lines = text.split("\n");
    const at = random.below(lines.length);
    lines.splice(at, 0, ...Array<string>(1 + random.below(4)).fill(lines[at] ?? ""));
    return lines.join("\n");
  },
  function dropLine(text, random) {
    const lines = text.split("\n");
    lines.splice(random.below(lines.length), 1);
    return lines.join("\n");
  },
  function joinWithOther(text, random, others) {
    const other = random.pick(others);
    return text.slice(0, random.below(text.length + 1)) +
      other.slice(random.below(other.length + 1));
  },
];

/** Length of what stands where nobody expects so much. */
const HUGE_LENGTH = 10_000_000;

/** One input in this many has a line of ten million characters. */
const HUGE_ONE_IN = 20_000;

/**
 * Makes an input: a sample that was spoiled a few times, seldom one as it is, random characters, or
 * a line of ten million characters.
 *
 * @param samples Texts as they ought to be.
 * @param random Chooses how.
 */
export function makeInput(samples: readonly string[], random: Random): string {
  const sample = samples.length === 0 ? "" : random.pick(samples);
  if (random.below(HUGE_ONE_IN) === 0) return hugeInput(sample, random);
  const kind = random.below(100);
  if (kind === 0) return sample;
  if (kind < 5) return randomText(random);
  let text = sample;
  for (let times = 1 + random.below(5); times > 0; times--) {
    text = random.pick(SPOILERS)(text, random, samples);
  }
  return text;
}

function randomText(random: Random): string {
  const limit = random.pick([0x80, 0x100, 0x10000]);
  const codes = Array.from({ length: random.below(200) }, () => random.below(limit));
  return String.fromCharCode(...codes);
}

/** A sample with one part of it, or one character, repeated until it is huge. */
function hugeInput(sample: string, random: Random): string {
  const at = random.below(sample.length + 1);
  const part = random.below(2) === 0
    ? random.pick([..."0a -:.,[{\"'\\\n"])
    : sample.slice(at, at + 1 + random.below(200)) || "x";
  const repeated = part.repeat(Math.ceil(HUGE_LENGTH / part.length));
  return splice(sample, at, 0, repeated);
}

function splice(text: string, at: number, length: number, insert: string): string {
  return text.slice(0, at) + insert + text.slice(at + length);
}
