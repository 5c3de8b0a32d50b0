import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import type { Interval } from "../../src/ports/interval.ts";
import { IntervalSet } from "../../src/ports/interval_set.ts";
import { Random } from "../support/random.ts";
import { memberBytes, randomPorts } from "./random_ports.ts";

const SEED = 20_260_101;

function setOf(...ends: readonly (readonly [number, number])[]): IntervalSet {
  return IntervalSet.from(ends.map(([begin, end]) => ({ begin, end })));
}

/** Builds the canonical set of a membership list, one port at a time. */
function setOfBytes(bytes: Uint8Array): IntervalSet {
  const intervals: Interval[] = [];
  bytes.forEach((member, port) => {
    if (member === 1) intervals.push({ begin: port, end: port });
  });
  return IntervalSet.from(intervals);
}

Deno.test("IntervalSet.of() sorts, joins what overlaps and joins what touches", () => {
  const set = setOf([10, 12], [0, 3], [4, 5], [11, 20], [22, 22]);
  assertEquals(set.intervals, [
    { begin: 0, end: 5 },
    { begin: 10, end: 20 },
    { begin: 22, end: 22 },
  ]);
  assertEquals(setOf([5, 100], [10, 20], [100, 101]).toString(), "5-101");
});

Deno.test("IntervalSet.of() does not change when its arguments do", () => {
  const interval = { begin: 1, end: 2 };
  const set = IntervalSet.of(interval);
  interval.end = 9;
  assertEquals(set.toString(), "1-2");
});

Deno.test("IntervalSet.of() refuses what is no interval of ports", () => {
  assertThrows(() => setOf([0, 65_536]), RangeError, "integers from 0 to 65535");
  assertThrows(() => setOf([1, 2], [5, 4]), RangeError, "begins above its end");
});

Deno.test("IntervalSet.from() takes lists longer than a call takes arguments", () => {
  const many = Array.from({ length: 300_000 }, (_, i) => ({ begin: i >> 3, end: i >> 3 }));
  assertEquals(IntervalSet.from(many).toString(), "0-37499");
});

Deno.test("IntervalSet without ports is empty in every respect", () => {
  const empty = IntervalSet.of();
  assertEquals([empty.isEmpty, empty.size, `${empty}`, [...empty]], [true, 0, "", []]);
  const some = setOf([1, 2]);
  assert(some.union(empty).equals(some) && empty.union(some).equals(some));
  assert(some.difference(empty).equals(some) && empty.difference(some).isEmpty);
  assert(some.intersection(empty).isEmpty && !some.overlaps(empty) && some.contains(empty));
});

Deno.test("IntervalSet works at port 0 and at port 65535", () => {
  const all = setOf([0, 65_535]);
  const ends = setOf([0, 0], [65_535, 65_535]);
  assertEquals([all.size, ends.size], [65_536, 2]);
  assertEquals(all.difference(ends).toString(), "1-65534");
  assertEquals(ends.difference(all).toString(), "");
  assertEquals(all.difference(setOf([0, 65_534])).toString(), "65535");
  assert(ends.union(setOf([1, 65_534])).equals(all));
  assert(all.intersection(ends).equals(ends));
  assert(ends.contains(0) && ends.contains(65_535) && !ends.contains(1));
});

Deno.test("IntervalSet.contains() asks for all ports, overlaps() for any", () => {
  const set = setOf([10, 19], [30, 39]);
  assert(set.contains(10) && set.contains(19) && !set.contains(20) && !set.contains(9));
  assert(set.contains({ begin: 10, end: 19 }) && !set.contains({ begin: 19, end: 20 }));
  assert(!set.contains({ begin: 15, end: 35 }) && set.contains(setOf([11, 12], [30, 39])));
  assert(!set.contains(setOf([11, 12], [29, 30])));
  assert(set.overlaps({ begin: 0, end: 10 }) && set.overlaps({ begin: 19, end: 30 }));
  assert(!set.overlaps({ begin: 20, end: 29 }) && !set.overlaps({ begin: 40, end: 65_535 }));
  assert(set.overlaps(setOf([20, 29], [39, 39])) && !set.overlaps(setOf([20, 29])));
});

Deno.test("IntervalSet.contains() and overlaps() refuse what is no port or interval", () => {
  const set = setOf([1, 2]);
  assertThrows(() => set.contains(1.5), RangeError);
  assertThrows(() => set.contains(65_536), RangeError);
  assertThrows(() => set.contains({ begin: 2, end: 1 }), RangeError);
  assertThrows(() => set.overlaps({ begin: -1, end: 1 }), RangeError);
});

Deno.test("IntervalSet is compared by its ports, by equals() and by assertions", () => {
  assertEquals(setOf([1, 2], [3, 4]), setOf([1, 4]));
  assertNotEquals(setOf([1, 4]), setOf([1, 5]));
  assertNotEquals(setOf([1, 4]), setOf([1, 2], [4, 5]));
  assert(setOf([1, 2], [3, 4]).equals(setOf([1, 4])));
  assert(!setOf([1, 4]).equals(setOf([1, 5])) && !setOf([1, 4]).equals(IntervalSet.of()));
  assert(!IntervalSet.of().equals(setOf([1, 4])));
});

Deno.test("IntervalSet iterates over its intervals and writes them", () => {
  const set = setOf([31_020, 31_020], [31_000, 31_007]);
  assertEquals([...set], [{ begin: 31_000, end: 31_007 }, { begin: 31_020, end: 31_020 }]);
  assertEquals(`${set}`, "31000-31007,31020");
});

Deno.test(`IntervalSet agrees with membership lists on random sets, seed ${SEED}`, () => {
  const random = new Random(SEED);
  for (let round = 0; round < 60; round++) {
    const a = randomPorts(random, random.below(40));
    const b = randomPorts(random, random.below(40));
    const [inA, inB] = [memberBytes(a), memberBytes(b)];
    const expected = (keep: (x: boolean, y: boolean) => boolean) =>
      setOfBytes(inA.map((member, port) => keep(member === 1, inB[port] === 1) ? 1 : 0));
    assertEquals(a.union(b), expected((x, y) => x || y));
    assertEquals(a.intersection(b), expected((x, y) => x && y));
    assertEquals(a.difference(b), expected((x, y) => x && !y));
    assertEquals(a.size, inA.reduce((sum, member) => sum + member, 0));
    assertEquals(a.overlaps(b), !a.intersection(b).isEmpty);
    assertEquals(a.contains(b), b.difference(a).isEmpty);
    assert(a.union(b).contains(a) && a.contains(a.intersection(b)));
    for (let i = 0; i < 50; i++) {
      const port = random.below(65_536);
      assertEquals(a.contains(port), inA[port] === 1);
    }
  }
});
