import { checkInterval, formatInterval, type Interval, intervalSize } from "./interval.ts";

/**
 * Any ports out of 0 to 65535, as the fewest intervals that hold them.
 *
 * A set never changes. Its intervals are ascending and at least one port apart, so two sets with
 * the
 * same ports have the same intervals. Iterating gives the intervals.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const web = IntervalSet.of({ begin: 80, end: 80 }, { begin: 443, end: 443 });
 * const high = IntervalSet.of({ begin: 81, end: 90 });
 * assertEquals(web.union(high).toString(), "80-90,443");
 * ```
 */
export class IntervalSet implements Iterable<Interval> {
  /** The intervals, ascending and at least one port apart. */
  readonly intervals: readonly Interval[];

  private constructor(intervals: readonly Interval[]) {
    this.intervals = intervals;
  }

  /**
   * Makes the set of all ports of some intervals.
   *
   * @param intervals In any order; they may touch and overlap. None at all gives the empty set.
   * @returns The set.
   * @throws {RangeError} If an interval has an end outside 0 to 65535, or begins above its end.
   */
  static of(...intervals: readonly Interval[]): IntervalSet {
    return IntervalSet.from(intervals);
  }

  /**
   * Makes the set of all ports of a list of intervals, however long it is.
   *
   * @param intervals In any order; they may touch and overlap.
   * @returns The set.
   * @throws {RangeError} If an interval has an end outside 0 to 65535, or begins above its end.
   */
  static from(intervals: Iterable<Interval>): IntervalSet {
    const sorted = [...intervals];
    for (const interval of sorted) checkInterval(interval);
    return new IntervalSet(merge(sorted.sort((a, b) => a.begin - b.begin)));
  }

  /** Whether the set has no ports. */
  get isEmpty(): boolean {
    return this.intervals.length === 0;
  }

  /** The number of ports, 0 to 65536. */
  get size(): number {
    return this.intervals.reduce((sum, interval) => sum + intervalSize(interval), 0);
  }

  /**
   * Adds the ports of another set.
   *
   * @param other The ports to add.
   * @returns The ports of either set.
   */
  union(other: IntervalSet): IntervalSet {
    const both: Interval[] = [];
    let mine = 0;
    for (const theirs of other.intervals) {
      for (; mine < this.intervals.length; mine++) {
        const own = this.intervals[mine];
        if (own === undefined || own.begin > theirs.begin) break;
        both.push(own);
      }
      both.push(theirs);
    }
    for (; mine < this.intervals.length; mine++) {
      const own = this.intervals[mine];
      if (own !== undefined) both.push(own);
    }
    return new IntervalSet(merge(both));
  }

  /**
   * Takes away the ports of another set.
   *
   * @param other The ports to take away; those that are not in this set do not matter.
   * @returns The ports of this set alone.
   */
  difference(other: IntervalSet): IntervalSet {
    const left: Interval[] = [];
    let next = 0;
    for (const { begin, end } of this.intervals) {
      let from = begin;
      let cut = other.intervals[next];
      while (cut !== undefined && cut.begin <= end) {
        if (cut.begin > from) left.push({ begin: from, end: cut.begin - 1 });
        if (cut.end >= from) from = cut.end + 1;
        // A cut that goes on past this interval may still cut the next one.
        if (cut.end > end) break;
        cut = other.intervals[++next];
      }
      if (from <= end) left.push({ begin: from, end });
    }
    return new IntervalSet(left);
  }

  /**
   * Keeps what another set holds too.
   *
   * @param other The ports to keep.
   * @returns The ports that both sets hold.
   */
  intersection(other: IntervalSet): IntervalSet {
    const common: Interval[] = [];
    let mine = 0;
    let next = 0;
    for (;;) {
      const own = this.intervals[mine];
      const theirs = other.intervals[next];
      if (own === undefined || theirs === undefined) break;
      const begin = Math.max(own.begin, theirs.begin);
      const end = Math.min(own.end, theirs.end);
      if (begin <= end) common.push({ begin, end });
      if (own.end < theirs.end) mine++;
      else next++;
    }
    return new IntervalSet(common);
  }

  /**
   * Tells whether all given ports are in the set. Every set contains the empty set.
   *
   * @param ports One port, one interval, or a set.
   * @returns Whether none of them is missing.
   * @throws {RangeError} If `ports` is a number or an interval outside 0 to 65535, or an interval
   * that begins above its end.
   */
  contains(ports: number | Interval | IntervalSet): boolean {
    return toIntervals(ports).every((wanted) => {
      const found = this.#firstEndingFrom(wanted.begin);
      return found !== undefined && found.begin <= wanted.begin && found.end >= wanted.end;
    });
  }

  /**
   * Tells whether any given port is in the set.
   *
   * @param ports An interval or a set.
   * @returns Whether at least one port is in both.
   * @throws {RangeError} If `ports` is an interval outside 0 to 65535, or begins above its end.
   */
  overlaps(ports: Interval | IntervalSet): boolean {
    return toIntervals(ports).some((wanted) => {
      const found = this.#firstEndingFrom(wanted.begin);
      return found !== undefined && found.begin <= wanted.end;
    });
  }

  /**
   * Tells whether another set holds the same ports.
   *
   * @param other The set to compare with.
   * @returns Whether no port is in one of them only.
   */
  equals(other: IntervalSet): boolean {
    return this.intervals.length === other.intervals.length &&
      this.intervals.every((own, i) => {
        const theirs = other.intervals[i];
        return own.begin === theirs?.begin && own.end === theirs.end;
      });
  }

  /** Gives the intervals, ascending. */
  [Symbol.iterator](): IterableIterator<Interval> {
    return this.intervals.values();
  }

  /**
   * Writes the set as `31000-31007,31020`.
   *
   * @returns The text; empty for the empty set.
   */
  toString(): string {
    return this.intervals.map(formatInterval).join(",");
  }

  /** Finds the lowest interval that does not lie wholly below `port`, by halving. */
  #firstEndingFrom(port: number): Interval | undefined {
    let low = 0;
    let high = this.intervals.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const interval = this.intervals[middle];
      if (interval !== undefined && interval.end < port) low = middle + 1;
      else high = middle;
    }
    return this.intervals[low];
  }
}

function toIntervals(ports: number | Interval | IntervalSet): readonly Interval[] {
  if (ports instanceof IntervalSet) return ports.intervals;
  const interval = typeof ports === "number" ? { begin: ports, end: ports } : ports;
  checkInterval(interval);
  return [interval];
}

/** Joins what touches or overlaps, of intervals sorted by their begin. */
function merge(sorted: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  let open: { begin: number; end: number } | undefined;
  for (const { begin, end } of sorted) {
    if (open !== undefined && begin <= open.end + 1) {
      if (end > open.end) open.end = end;
    } else {
      open = { begin, end };
      merged.push(open);
    }
  }
  return merged;
}
