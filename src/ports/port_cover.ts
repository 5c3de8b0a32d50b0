import { intervalSize } from "./interval.ts";
import type { IntervalSet } from "./interval_set.ts";
import { PORT_MAX } from "./port.ts";
import { PortRange } from "./port_range.ts";

/**
 * Splits a set into the fewest port ranges that cover exactly its ports.
 *
 * Ranges are the nodes of a binary tree over all ports: two of them are nested or apart. So from
 * each port on, the largest range that fits is part of every smallest cover.
 *
 * @param set The ports to cover.
 * @returns The ranges, ascending; at most 30 for each interval.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { IntervalSet } from "./interval_set.ts";
 *
 * const set = IntervalSet.of({ begin: 31_000, end: 31_009 });
 * assertEquals(portCover(set).map(String), ["31000-31007", "31008-31009"]);
 * ```
 */
export function portCover(set: IntervalSet): PortRange[] {
  const cover: PortRange[] = [];
  for (const interval of set.intervals) {
    let begin = interval.begin;
    let left = intervalSize(interval);
    while (left > 0) {
      const size = Math.min(alignmentOf(begin), largestPowerWithin(left));
      cover.push(PortRange.fromBeginEnd(begin, begin + size - 1));
      begin += size;
      left -= size;
    }
  }
  return cover;
}

/** The largest power of two that divides a port; port 0 is divided by all of them. */
function alignmentOf(port: number): number {
  return port === 0 ? PORT_MAX + 1 : port & -port;
}

/** The largest power of two that is not above `count`, for a `count` of 1 to 65536. */
function largestPowerWithin(count: number): number {
  return 1 << (31 - Math.clz32(count));
}
