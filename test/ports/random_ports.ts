/**
 * Sets of ports to test with: random ones, and the same as plain membership lists.
 *
 * @module
 */

import { IntervalSet } from "../../src/ports/interval_set.ts";
import { PORT_MAX } from "../../src/ports/port.ts";
import type { Random } from "../support/random.ts";

/**
 * Draws a set whose intervals have every order of magnitude; a part of them touch or overlap.
 *
 * @param random Where the numbers come from.
 * @param count How many intervals to draw; the set may have fewer.
 */
export function randomPorts(random: Random, count: number): IntervalSet {
  const intervals = Array.from({ length: count }, () => {
    const begin = random.below(PORT_MAX + 1);
    const size = 1 << random.below(random.between(1, 16));
    return { begin, end: Math.min(PORT_MAX, begin + random.below(size)) };
  });
  // The ends of the port space are where arithmetic goes wrong, so they come often.
  if (count > 0 && random.below(4) === 0) intervals.push({ begin: 0, end: random.below(9) });
  if (count > 0 && random.below(4) === 0) {
    intervals.push({ begin: PORT_MAX - random.below(9), end: PORT_MAX });
  }
  return IntervalSet.from(intervals);
}

/**
 * Spells a set as one byte for each port, 1 for those it holds.
 *
 * @param intervals The intervals, in any order; they may overlap.
 */
export function memberBytes(intervals: Iterable<{ begin: number; end: number }>): Uint8Array {
  const bytes = new Uint8Array(PORT_MAX + 1);
  for (const { begin, end } of intervals) bytes.fill(1, begin, end + 1);
  return bytes;
}
