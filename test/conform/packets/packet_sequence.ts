import { Random } from "../../support/random.ts";
import { type Command, commandOf, type Sequence } from "../sequence.ts";
import { makeFilters } from "./filters.ts";
import { makeFrame } from "./frames.ts";
import { COUNTS, ENTRANCES, LINKS, NAMESPACES, PAIRS } from "./topology.ts";

/** Frames of a sequence. */
export const FRAMES_PER_SEQUENCE = 1000;

/**
 * Makes a topology with filters, frames that are put on it, and listings that tell where they went.
 *
 * @param seed Which one; the same for the same number.
 */
export function makePacketSequence(seed: number): Sequence {
  const random = new Random(seed);
  const filters = PAIRS.flat().flatMap((end) => makeFilters(end, random));
  const lines = Array.from({ length: FRAMES_PER_SEQUENCE }, () => {
    const entrance = random.below(ENTRANCES);
    const [near] = PAIRS[entrance] ?? [];
    return `${near?.name} ${makeFrame(entrance, random).toHex()}`;
  });
  const send: Command = { words: ["frames"], stdin: lines };
  return [
    ...NAMESPACES.map((line) => commandOf(line)),
    ...inBatches([...LINKS, ...filters]),
    send,
    ...inBatches(COUNTS),
  ];
}

/** A line: the tool with its options, and the command. */
const LINE = /^(\w+(?: -n \S+)?(?: -s)?) (.*)$/;

/**
 * Turns lines into one batch for each tool and namespace, so that few processes are started. What
 * is done in one namespace must not need what a later batch does.
 */
function inBatches(lines: readonly string[]): Command[] {
  const batches = new Map<string, string[]>();
  for (const line of lines) {
    const [, head = "", words = ""] = LINE.exec(line) ?? [];
    batches.set(head, [...batches.get(head) ?? [], words]);
  }
  return [...batches].map(([head, stdin]) => commandOf(`${head} -force -batch -`, stdin));
}

/** How many frames a sequence puts on links. */
export function countFrames(sequence: Sequence): number {
  return sequence.reduce(
    (sum, { words, stdin }) => sum + (words[0] === "frames" ? stdin.length : 0),
    0,
  );
}
