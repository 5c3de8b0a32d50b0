import { formatInterval, type Interval } from "./interval.ts";
import { IntervalSet } from "./interval_set.ts";
import { PORT_MAX } from "./port.ts";

/**
 * Reads ports as people write them: `31000-31007,31020`.
 *
 * @param text Ports and intervals of ports, separated by commas, in any order and without blanks.
 * @returns The ports.
 * @throws {SyntaxError} If the text is anything else, an item is empty, a port is above 65535, an
 * interval begins above its end, or two items share a port.
 *
 * @example
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(parsePorts("31000-31007,31020").size, 9);
 * assertThrows(() => parsePorts("5-4"), SyntaxError, "lower port first");
 * ```
 */
export function parsePorts(text: string): IntervalSet {
  const items = text.split(",").map((item) => parseItem(item));
  const sorted = items.toSorted((a, b) => a.begin - b.begin);
  sorted.reduce((lower, higher) => {
    if (higher.begin > lower.end) return higher;
    throw new SyntaxError(
      `The ports ${formatInterval(lower)} and ${formatInterval(higher)} overlap; ` +
        "write every port once",
    );
  });
  return IntervalSet.from(items);
}

function parseItem(item: string): Interval {
  if (item === "") {
    throw new SyntaxError('An item of the ports is empty; write ports such as "31000-31007,31020"');
  }
  const match = /^(0|[1-9]\d*)(?:-(0|[1-9]\d*))?$/.exec(item);
  if (match === null) {
    throw new SyntaxError(
      `${JSON.stringify(item)} names no ports; write a port, or two joined by a hyphen`,
    );
  }
  const begin = Number(match[1]);
  const end = Number(match[2] ?? match[1]);
  if (begin > PORT_MAX || end > PORT_MAX) {
    throw new SyntaxError(`"${item}" has a port above 65535; write ports from 0 to 65535`);
  }
  if (begin > end) {
    throw new SyntaxError(`"${item}" begins above its end; write the lower port first`);
  }
  return { begin, end };
}

/**
 * Writes ports as {@linkcode parsePorts} reads them.
 *
 * @param ports The ports.
 * @returns The text; empty for the empty set, which {@linkcode parsePorts} refuses.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatPorts(parsePorts("31020,31000-31007")), "31000-31007,31020");
 * ```
 */
export function formatPorts(ports: IntervalSet): string {
  return ports.toString();
}
