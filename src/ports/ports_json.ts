import { checkInterval, type Interval } from "./interval.ts";
import { IntervalSet } from "./interval_set.ts";

/** Ports as the helper commands exchange them: `{"range":[{"begin":4,"end":7}]}`. */
export interface PortsJson {
  /** The intervals, both ends included. */
  readonly range: readonly Interval[];
}

/**
 * Reads ports out of a parsed JSON value.
 *
 * @param value A {@linkcode PortsJson}; its intervals may have any order, touch and overlap.
 * @returns The ports.
 * @throws {TypeError} If the value is no object, `range` is no array, or one of its items is not an
 * object with the numbers `begin` and `end`.
 * @throws {RangeError} If a number is no integer from 0 to 65535, or an item begins above its end.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const ports = portsFromJson(JSON.parse('{"range":[{"begin":4,"end":7}]}'));
 * assertEquals(ports.toString(), "4-7");
 * ```
 */
export function portsFromJson(value: unknown): IntervalSet {
  const range = isObject(value) && "range" in value ? value.range : undefined;
  if (!Array.isArray(range)) {
    throw new TypeError('The ports have no list "range"; give {"range":[{"begin":4,"end":7}]}');
  }
  return IntervalSet.from(range.map(intervalFromJson));
}

function intervalFromJson(item: unknown): Interval {
  if (
    !isObject(item) || !("begin" in item) || !("end" in item) ||
    typeof item.begin !== "number" || typeof item.end !== "number"
  ) {
    throw new TypeError(
      `The range ${JSON.stringify(item)} is not made of two numbers; give {"begin":4,"end":7}`,
    );
  }
  const interval = { begin: item.begin, end: item.end };
  checkInterval(interval);
  return interval;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/**
 * Makes the JSON value that {@linkcode portsFromJson} reads.
 *
 * @param ports The ports.
 * @returns A new value with the intervals of the set, ascending.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { IntervalSet } from "./interval_set.ts";
 *
 * const ports = IntervalSet.of({ begin: 4, end: 7 });
 * assertEquals(JSON.stringify(portsToJson(ports)), '{"range":[{"begin":4,"end":7}]}');
 * ```
 */
export function portsToJson(ports: IntervalSet): PortsJson {
  return { range: ports.intervals.map(({ begin, end }) => ({ begin, end })) };
}
