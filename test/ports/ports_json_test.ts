import { assertEquals, assertThrows } from "@std/assert";
import { IntervalSet } from "../../src/ports/interval_set.ts";
import { portsFromJson, portsToJson } from "../../src/ports/ports_json.ts";
import { Random } from "../support/random.ts";
import { randomPorts } from "./random_ports.ts";

const SEED = 100;

Deno.test("portsFromJson() reads ranges in any order and joins them", () => {
  const value = { range: [{ begin: 8, end: 9 }, { begin: 4, end: 7 }, { begin: 5, end: 5 }] };
  assertEquals(portsFromJson(value).toString(), "4-9");
  assertEquals(portsFromJson({ range: [] }), IntervalSet.of());
  assertEquals(portsFromJson({ range: [{ begin: 0, end: 65_535 }] }).size, 65_536);
});

Deno.test("portsFromJson() refuses values of another shape", () => {
  for (const value of [null, undefined, 4, "4-7", [], {}, { range: 4 }, { range: { begin: 4 } }]) {
    assertThrows(() => portsFromJson(value), TypeError, 'have no list "range"');
  }
  for (const item of [null, 4, "4-7", {}, { begin: 4 }, { end: 7 }, { begin: "4", end: 7 }]) {
    assertThrows(() => portsFromJson({ range: [item] }), TypeError, "not made of two numbers");
  }
});

Deno.test("portsFromJson() refuses numbers that are no ports", () => {
  for (const [begin, end] of [[-1, 4], [4, 65_536], [4.5, 5], [4, NaN], [7, 4]] as const) {
    assertThrows(() => portsFromJson({ range: [{ begin, end }] }), RangeError, `${begin}-${end}`);
  }
});

Deno.test(`portsToJson() makes what portsFromJson() reads, seed ${SEED}`, () => {
  const random = new Random(SEED);
  for (let round = 0; round < 100; round++) {
    const ports = randomPorts(random, random.below(30));
    assertEquals(portsFromJson(JSON.parse(JSON.stringify(portsToJson(ports)))), ports);
  }
  assertEquals(portsToJson(IntervalSet.of({ begin: 4, end: 7 })), {
    range: [{ begin: 4, end: 7 }],
  });
});
