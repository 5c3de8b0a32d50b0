import { IntervalSet } from "../../ports/mod.ts";
import { everyValue, type Position } from "./position.ts";

/** A question to a packet: whether it is long enough, and whether certain values are in it. */
export interface Test {
  /** The packet must have all bytes before this position, or nothing can be read. */
  readonly until: Position;
  /** Values that must stand at the positions of units. */
  readonly units: readonly (readonly [position: Position, values: IntervalSet])[];
}

/** A set of packets, parted by a test. */
export interface Parts {
  /** Those that pass; undefined where none does. */
  readonly inside: PacketSet | undefined;
  /** Those that are long enough and do not pass. */
  readonly outside: readonly PacketSet[];
  /** Those that are too short; undefined where none is. */
  readonly short: PacketSet | undefined;
}

/** What is known of one position, and what was before it was known. */
interface Narrowing {
  readonly position: Position;
  readonly values: IntervalSet;
  readonly before: Narrowing | undefined;
}

/**
 * A set of packets: all whose values at each position are among certain ones, and whose length is
 * within certain bounds. Tests part such a set into a few others, and no two of them share a
 * packet.
 */
export class PacketSet {
  readonly #last: Narrowing | undefined;
  /** All bytes before this position are there. */
  readonly whole: Position;
  /** Some byte before this position is missing; infinite where none need be. */
  readonly cut: Position;

  private constructor(last: Narrowing | undefined, whole: Position, cut: Position) {
    this.#last = last;
    this.whole = whole;
    this.cut = cut;
  }

  /**
   * Makes a set.
   *
   * @param values The values at each position; all values where none are given.
   * @param whole All bytes before this position are there.
   * @param cut Some byte before this position is missing; none need be when left out.
   */
  static of(
    values: ReadonlyMap<Position, IntervalSet>,
    whole: Position,
    cut: Position = Infinity,
  ): PacketSet {
    let last: Narrowing | undefined;
    for (const [position, kept] of values) last = { position, values: kept, before: last };
    return new PacketSet(last, whole, cut);
  }

  /**
   * Gives the values that its packets have at a position.
   *
   * @param position Where a unit begins.
   */
  at(position: Position): IntervalSet {
    for (let each = this.#last; each !== undefined; each = each.before) {
      if (each.position === position) return each.values;
    }
    return everyValue(position);
  }

  /** Positions at which not every value is in the set. */
  get positions(): ReadonlySet<Position> {
    const positions = new Set<Position>();
    for (let each = this.#last; each !== undefined; each = each.before) {
      positions.add(each.position);
    }
    return positions;
  }

  /**
   * Keeps the packets that have certain values.
   *
   * @param position Where a unit begins.
   * @param values The values, at least one of which is in the set.
   */
  with(position: Position, values: IntervalSet): PacketSet {
    return new PacketSet({ position, values, before: this.#last }, this.whole, this.cut);
  }

  /**
   * Parts the set by length.
   *
   * @param until A position.
   * @returns The packets that have all bytes before it, and the others.
   */
  partAt(until: Position): { readonly long?: PacketSet; readonly short?: PacketSet } {
    if (until <= this.whole) return { long: this };
    if (until >= this.cut) return { short: this };
    return {
      long: new PacketSet(this.#last, until, this.cut),
      short: new PacketSet(this.#last, this.whole, until),
    };
  }

  /**
   * Parts the set by a test.
   *
   * @param test The test.
   */
  part(test: Test): Parts {
    const { long, short } = this.partAt(test.until);
    const outside: PacketSet[] = [];
    let inside = long;
    for (const [position, values] of test.units) {
      if (inside === undefined) break;
      const present: IntervalSet = inside.at(position);
      const kept = meet(present, values);
      if (kept === present) continue;
      if (kept.isEmpty) {
        outside.push(inside);
        inside = undefined;
      } else if (kept.size !== present.size) {
        outside.push(inside.with(position, present.difference(values)));
        inside = inside.with(position, kept);
      }
    }
    return { inside, outside, short };
  }
}

const NOTHING = IntervalSet.of();

/**
 * What two sets share. Where that is all of one of them it is given itself, so that the same test
 * need not be worked out again.
 */
function meet(present: IntervalSet, values: IntervalSet): IntervalSet {
  if (present === values || isWithin(present, values)) return present;
  if (isWithin(values, present)) return values;
  const [one] = present.intervals;
  const [other] = values.intervals;
  const isPlain = present.intervals.length + values.intervals.length === 2;
  if (isPlain && one !== undefined && other !== undefined) {
    if (one.end < other.begin || other.end < one.begin) return NOTHING;
  }
  const kept = present.intersection(values);
  const { size } = kept;
  return size === present.size ? present : size === values.size ? values : kept;
}

/** Whether a set is within another that is one interval. */
function isWithin(set: IntervalSet, { intervals }: IntervalSet): boolean {
  const [whole] = intervals;
  const [first] = set.intervals;
  const last = set.intervals.at(-1);
  return intervals.length === 1 && whole !== undefined && first !== undefined &&
    last !== undefined && whole.begin <= first.begin && last.end <= whole.end;
}
