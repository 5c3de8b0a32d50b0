import { assert, assertEquals } from "@std/assert";
import type { Interval } from "../../src/ports/interval.ts";
import { IntervalSet } from "../../src/ports/interval_set.ts";
import { portCover } from "../../src/ports/port_cover.ts";
import { Random } from "../support/random.ts";
import { memberBytes, randomPorts } from "./random_ports.ts";

const SEED = 4_711;

function coverOf(begin: number, end: number): string[] {
  return portCover(IntervalSet.of({ begin, end })).map(String);
}

/**
 * Counts the fewest ranges that cover a set, from the leaves of the tree of all ranges upwards: a
 * full node needs one range, any other what its two children need.
 */
function fewestRanges(set: IntervalSet): number {
  let needed = Uint16Array.from(memberBytes(set));
  let full = Uint8Array.from(needed);
  while (needed.length > 1) {
    const neededAbove = new Uint16Array(needed.length / 2);
    const fullAbove = new Uint8Array(needed.length / 2);
    for (let i = 0; i < neededAbove.length; i++) {
      const isFull = full[2 * i] === 1 && full[2 * i + 1] === 1;
      fullAbove[i] = isFull ? 1 : 0;
      neededAbove[i] = isFull ? 1 : (needed[2 * i] ?? 0) + (needed[2 * i + 1] ?? 0);
    }
    needed = neededAbove;
    full = fullAbove;
  }
  return needed[0] ?? 0;
}

Deno.test("portCover() of no ports is empty", () => {
  assertEquals(portCover(IntervalSet.of()), []);
});

Deno.test("portCover() works at port 0 and at port 65535", () => {
  assertEquals(coverOf(0, 0), ["0"]);
  assertEquals(coverOf(0, 65_535), ["0-65535"]);
  assertEquals(coverOf(65_535, 65_535), ["65535"]);
  assertEquals(coverOf(65_533, 65_535), ["65533", "65534-65535"]);
  assertEquals(coverOf(0, 2), ["0-1", "2"]);
  assertEquals(coverOf(32_768, 65_535), ["32768-65535"]);
});

Deno.test("portCover() needs 30 ranges for the worst interval", () => {
  assertEquals(coverOf(1, 65_534).length, 30);
});

Deno.test("portCover() splits at the alignment of the ports", () => {
  assertEquals(coverOf(31_000, 31_009), ["31000-31007", "31008-31009"]);
  assertEquals(coverOf(3, 12), ["3", "4-7", "8-11", "12"]);
});

Deno.test(`portCover() is exact, smallest and ascending on 1,000 random sets, seed ${SEED}`, () => {
  const random = new Random(SEED);
  for (let round = 0; round < 1_000; round++) {
    const set = randomPorts(random, random.below(60));
    const cover = portCover(set);
    // A set has one canonical form, so equal intervals are the same ports; no port comes twice if
    // every range begins above the end of the one before.
    assertEquals(IntervalSet.from(cover).toString(), set.toString());
    cover.reduce<Interval>((lower, higher) => {
      assert(lower.end < higher.begin, `${lower} and ${higher} are not ascending`);
      return higher;
    }, { begin: -1, end: -1 });
    assertEquals(cover.length, fewestRanges(set), `${set}`);
  }
});
