import { assertEquals, assertThrows } from "@std/assert";
import { checkInterval, formatInterval, intervalSize } from "../../src/ports/interval.ts";
import { isPort } from "../../src/ports/port.ts";

Deno.test("isPort() accepts the integers from 0 to 65535 alone", () => {
  for (const port of [0, 1, 1_024, 65_535]) assertEquals(isPort(port), true, `${port}`);
  for (const value of [-1, 65_536, 0.5, NaN, Infinity]) assertEquals(isPort(value), false);
});

Deno.test("checkInterval() accepts both ends of the port space", () => {
  checkInterval({ begin: 0, end: 0 });
  checkInterval({ begin: 65_535, end: 65_535 });
  checkInterval({ begin: 0, end: 65_535 });
});

Deno.test("checkInterval() refuses ends that are no ports, and a begin above the end", () => {
  for (const [begin, end] of [[-1, 4], [0, 65_536], [0.5, 4], [0, NaN]] as const) {
    assertThrows(() => checkInterval({ begin, end }), RangeError, "integers from 0 to 65535");
  }
  assertThrows(() => checkInterval({ begin: 5, end: 4 }), RangeError, "begins above its end");
});

Deno.test("intervalSize() counts both ends", () => {
  assertEquals(intervalSize({ begin: 7, end: 7 }), 1);
  assertEquals(intervalSize({ begin: 0, end: 65_535 }), 65_536);
});

Deno.test("formatInterval() writes one port without a hyphen", () => {
  assertEquals(formatInterval({ begin: 7, end: 7 }), "7");
  assertEquals(formatInterval({ begin: 0, end: 65_535 }), "0-65535");
});
