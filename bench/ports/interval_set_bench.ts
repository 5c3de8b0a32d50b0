/**
 * Sets of 1,000 random intervals: what a host with very many containers would have.
 *
 * @module
 */

import { IntervalSet } from "../../src/ports/interval_set.ts";
import { formatPorts, parsePorts } from "../../src/ports/parse_ports.ts";
import { portCover } from "../../src/ports/port_cover.ts";
import { PortRange } from "../../src/ports/port_range.ts";
import { Random } from "../../test/support/random.ts";

/** Draws exactly `count` intervals that are at least one port apart. */
function randomSet(random: Random, count: number): IntervalSet {
  const cuts = new Set<number>();
  while (cuts.size < 2 * count) cuts.add(random.below(65_536));
  const ends = [...cuts].sort((a, b) => a - b);
  const intervals = Array.from({ length: count }, (_, i) => {
    const begin = ends[2 * i] ?? 0;
    return { begin, end: (ends[2 * i + 1] ?? 0) - 1 };
  });
  return IntervalSet.from(intervals);
}

const random = new Random(2);
const set = randomSet(random, 1_000);
const other = randomSet(random, 1_000);
const text = formatPorts(set);
const ranges = portCover(set);
const ports = Uint16Array.from({ length: 1_000 }, () => random.below(65_536));
/** Results go here, so that no work is left out because nobody looks at it. */
const kept: unknown[] = [...ranges];
const title = "1,000 intervals";

Deno.bench(`IntervalSet.from(), ${title}`, () => {
  kept[0] = IntervalSet.from(set.intervals);
});

Deno.bench(`IntervalSet.union(), ${title} each`, () => {
  kept[0] = set.union(other);
});

Deno.bench(`IntervalSet.difference(), ${title} each`, () => {
  kept[0] = set.difference(other);
});

Deno.bench(`IntervalSet.intersection(), ${title} each`, () => {
  kept[0] = set.intersection(other);
});

Deno.bench(`IntervalSet.contains(), 1,000 random ports in ${title}`, () => {
  let members = 0;
  for (const port of ports) if (set.contains(port)) members++;
  kept[0] = members;
});

Deno.bench(`portCover(), ${title}, ${ranges.length} ranges`, () => {
  kept[0] = portCover(set);
});

Deno.bench(`PortRange.fromBeginEnd(), ${ranges.length} ranges`, () => {
  ranges.forEach(({ begin, end }, i) => kept[i] = PortRange.fromBeginEnd(begin, end));
});

Deno.bench(`PortRange.fromBeginMask(), ${ranges.length} ranges`, () => {
  ranges.forEach(({ begin, mask }, i) => kept[i] = PortRange.fromBeginMask(begin, mask));
});

Deno.bench(`parsePorts(), ${title}`, () => {
  kept[0] = parsePorts(text);
});

Deno.bench('parsePorts("31000-31007,31020")', () => {
  kept[0] = parsePorts("31000-31007,31020");
});
