import { isPort } from "./port.ts";

/** Consecutive ports, both ends included. */
export interface Interval {
  /** The first port, 0 to 65535. */
  readonly begin: number;
  /** The last port, `begin` to 65535. */
  readonly end: number;
}

/**
 * Refuses what has the shape of an interval but is none.
 *
 * @param interval The ends to check.
 * @throws {RangeError} If an end is no integer from 0 to 65535, or `begin` is above `end`.
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 *
 * assertThrows(() => checkInterval({ begin: 5, end: 4 }), RangeError);
 * ```
 */
export function checkInterval(interval: Interval): void {
  const { begin, end } = interval;
  if (!isPort(begin) || !isPort(end)) {
    throw new RangeError(
      `The interval ${begin}-${end} leaves the ports; give two integers from 0 to 65535`,
    );
  }
  if (begin > end) {
    throw new RangeError(
      `The interval ${begin}-${end} begins above its end; give the lower port first`,
    );
  }
}

/**
 * Counts the ports of an interval.
 *
 * @param interval The ports.
 * @returns Their number, 1 to 65536.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(intervalSize({ begin: 0, end: 65_535 }), 65_536);
 * ```
 */
export function intervalSize(interval: Interval): number {
  return interval.end - interval.begin + 1;
}

/**
 * Writes an interval as `31000-31007`, or as `31020` where it is one port.
 *
 * @param interval The ports.
 * @returns The text.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatInterval({ begin: 31_000, end: 31_007 }), "31000-31007");
 * assertEquals(formatInterval({ begin: 31_020, end: 31_020 }), "31020");
 * ```
 */
export function formatInterval(interval: Interval): string {
  const { begin, end } = interval;
  return begin === end ? `${begin}` : `${begin}-${end}`;
}
