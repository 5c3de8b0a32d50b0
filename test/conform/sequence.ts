import { Random } from "../support/random.ts";
import { splitWords } from "../support/transcript.ts";
import { Grammar } from "./grammar.ts";
import { makeNonsense } from "./nonsense.ts";
import { QUIET, SCENES } from "./scenes.ts";
import { COMMON } from "./vocabulary/common.ts";
import { ADDRESSES, LINKS } from "./vocabulary/ip.ts";
import { SOCKETS } from "./vocabulary/ss.ts";
import { SYSCTLS } from "./vocabulary/sysctl.ts";
import { FILTERS, QDISCS } from "./vocabulary/tc.ts";

/** A command as both kernels get it. */
export interface Command {
  /** The tool and its arguments. */
  readonly words: readonly string[];
  /** Lines of standard input; a batch when there are any. */
  readonly stdin: readonly string[];
}

/** Commands that run one after another on a kernel in which nothing was done yet. */
export type Sequence = readonly Command[];

/** The whole vocabulary. */
export const GRAMMAR: Grammar = new Grammar({
  ...COMMON,
  ...LINKS,
  ...ADDRESSES,
  ...QDISCS,
  ...FILTERS,
  ...SYSCTLS,
  ...SOCKETS,
});

/** What a sequence is mostly about: rules, each as often as it stands here. */
const THEMES: readonly (readonly string[])[] = [
  ["makeLink", "setLink", "setLink", "deleteLink", "showLink", "netns", "netns", "showAddress"],
  ["address", "address", "route", "route", "showAddress", "showRoute", "setLink", "deleteLink"],
  ["neigh", "showNeigh", "address", "setLink", "route", "showRoute", "sysctl"],
  ["qdisc", "qdisc", "class", "class", "class", "showQdisc", "showClass"],
  ["filter", "filter", "filter", "filter", "showFilter", "qdisc", "deleteLink"],
  ["sysctl", "sysctl", "showSysctl", "makeLink", "netns", "setLink", "ss", "ss"],
];
const EVERYTHING = THEMES.flat();

/** One command in so many is a batch, or has its words shuffled. */
const ODDS = { batch: 8, nonsense: 12 };
const BATCH_LINES_MAX = 8;

/**
 * Makes a sequence.
 *
 * @param seed Which one; the same for the same number.
 * @returns 10 to 60 commands, those of a scene not counted.
 */
export function makeSequence(seed: number): Sequence {
  const random = new Random(seed);
  const scene = random.pick(SCENES).map((line) => commandOf(line));
  const theme = random.below(3) === 0 ? EVERYTHING : random.pick(THEMES);
  const count = random.between(10, 60);
  const commands = Array.from({ length: count }, () => {
    if (random.below(ODDS.batch) === 0) return makeBatch(theme, random);
    const command = commandOf(GRAMMAR.write(random.pick(theme), random));
    return random.below(ODDS.nonsense) === 0 ? makeNonsense(command, random) : command;
  });
  return [...scene, ...commands.flatMap((command) => [command, ...quietAfter(command)])];
}

/** A new namespace is made quiet, as the first ones of a scene are. */
function quietAfter({ words, stdin }: Command): Command[] {
  return [words.join(" "), ...stdin].flatMap((line) => {
    const name = /netns add (\w+)$/.exec(line)?.[1];
    return name === undefined ? [] : [commandOf(`ip netns exec ${name} ${QUIET}`)];
  });
}

/**
 * Reads a command.
 *
 * @param line As a transcript has it.
 * @param stdin Lines of its standard input.
 */
export function commandOf(line: string, stdin: readonly string[] = []): Command {
  return { words: splitWords(line), stdin };
}

/**
 * Lines that no batch may have: a program that one starts shares its input, neighbours are listed
 * in no order, and states of links and the ends of namespaces are told a moment late.
 */
const UNFIT_FOR_BATCHES =
  /^(netns (exec|d)|[lanr]\w*$|[lanr]\w* (l|s|sh|sho|show|lst?|li|lis|list)\b)/;

/** A batch of one tool's commands; the options before the object are the batch's own. */
function makeBatch(theme: readonly string[], random: Random): Command {
  const lines: string[][] = [];
  const tool = random.pick(["ip", "tc"]);
  const wanted = random.between(2, BATCH_LINES_MAX);
  for (let tries = 0; lines.length < wanted && tries < 10 * wanted; tries++) {
    const [name, ...words] = splitWords(GRAMMAR.write(random.pick(theme), random));
    const object = words.findIndex((word) => !word.startsWith("-"));
    const isUsable = name === tool && object === 0;
    if (isUsable && !UNFIT_FOR_BATCHES.test(words.join(" "))) lines.push(words);
  }
  const options = random.below(3) === 0 ? ["-force"] : [];
  const where = random.below(4) === 0 ? ["-n", random.pick(["a", "b", "nope"])] : [];
  return {
    words: [tool, ...where, ...options, "-batch", "-"],
    stdin: lines.map((words) => words.map((word) => quote(word)).join(" ")),
  };
}

/** Writes a command as a transcript has it. */
export function lineOf({ words }: Command): string {
  return words.map((word) => quote(word)).join(" ");
}

function quote(word: string): string {
  return word === "" || /[\s"']/.test(word) ? `"${word}"` : word;
}

/** How many commands a tool was given: the lines of a batch, or one. */
export function countCommands(commands: Sequence): number {
  return commands.reduce((sum, { stdin }) => sum + Math.max(1, stdin.length), 0);
}
