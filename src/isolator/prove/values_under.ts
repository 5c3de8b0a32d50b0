import { type Interval, IntervalSet } from "../../ports/mod.ts";

/** Sets that were asked for, since filters ask for the same again and again. */
const known = new Map<number, IntervalSet>();

/**
 * Gives the numbers that have certain bits.
 *
 * @param value The bits, without any outside the mask.
 * @param mask Which bits count.
 * @param bits Bits of a number, 8 or 16.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(valuesUnder(31000, 0xfff8, 16).toString(), "31000-31007");
 * assertEquals(valuesUnder(0x05, 0x0f, 8).size, 16);
 * ```
 */
export function valuesUnder(value: number, mask: number, bits: 8 | 16): IntervalSet {
  const key = (value * 0x10000 + mask) * 2 + (bits === 16 ? 1 : 0);
  const before = known.get(key);
  if (before !== undefined) return before;
  const set = IntervalSet.from(intervals(value, mask, 2 ** bits - 1));
  known.set(key, set);
  return set;
}

/** One interval for each choice of the free bits above the lowest that counts. */
function* intervals(value: number, mask: number, greatest: number): Generator<Interval> {
  const free = ~mask & greatest;
  const run = mask === 0 ? greatest : (mask & -mask) - 1;
  const high = free & ~run;
  // Counts through the subsets of the free bits.
  for (let choice = 0;; choice = (choice - high) & high) {
    const begin = value | choice;
    yield { begin, end: begin | run };
    if (choice === high) return;
  }
}
