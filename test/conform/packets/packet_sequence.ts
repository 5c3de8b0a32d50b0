import { Random } from "../../support/random.ts";
import { type Command, commandOf, type Sequence } from "../sequence.ts";
import { makeFilters } from "./filters.ts";
import { makeFrame } from "./frames.ts";
import { COUNTS, ENTRANCES, PAIRS, TOPOLOGY } from "./topology.ts";

/** Frames of a sequence. */
export const FRAMES_PER_SEQUENCE = 200;

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
  return [...[...TOPOLOGY, ...filters].map((line) => commandOf(line)), send, ...listings()];
}

function listings(): Command[] {
  return COUNTS.map((line) => commandOf(line));
}

/** How many frames a sequence puts on links. */
export function countFrames(sequence: Sequence): number {
  return sequence.reduce(
    (sum, { words, stdin }) => sum + (words[0] === "frames" ? stdin.length : 0),
    0,
  );
}
