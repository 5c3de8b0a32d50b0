import { assert, assertEquals, assertThrows } from "@std/assert";
import { PortRange } from "../../src/ports/port_range.ts";

Deno.test("PortRange.fromBeginEnd() and fromBeginMask() agree on every range there is", () => {
  for (let size = 1; size <= 65_536; size *= 2) {
    for (let begin = 0; begin <= 65_535; begin += size) {
      const range = PortRange.fromBeginEnd(begin, begin + size - 1);
      const twin = PortRange.fromBeginMask(begin, range.mask);
      if (!range.equals(twin) || range.end !== begin + size - 1) {
        throw new Error(`${range} and ${twin} differ`);
      }
    }
  }
});

Deno.test("PortRange.mask tells the ports of the range from all others", () => {
  for (const [begin, end] of [[0, 0], [0, 65_535], [65_535, 65_535], [31_000, 31_007]] as const) {
    const range = PortRange.fromBeginEnd(begin, end);
    for (let port = 0; port <= 65_535; port++) {
      const matches = (port & range.mask) === range.begin;
      if (matches !== (port >= begin && port <= end)) throw new Error(`${range} at ${port}`);
    }
  }
});

Deno.test("PortRange of all ports has the mask 0, of one port the mask 0xffff", () => {
  assertEquals(PortRange.fromBeginEnd(0, 65_535).mask, 0);
  assertEquals(PortRange.fromBeginMask(0, 0).end, 65_535);
  assertEquals(PortRange.fromBeginEnd(65_535, 65_535).mask, 0xffff);
});

Deno.test("PortRange.fromBeginEnd() refuses what one match cannot test", () => {
  const refused: [begin: number, end: number, says: string][] = [
    [0, 2, "no power of two"],
    [1, 65_535, "no power of two"],
    [1, 2, "multiple of 2"],
    [4, 11, "multiple of 8"],
    [5, 4, "begins above its end"],
    [65_535, 65_536, "integers from 0 to 65535"],
    [-8, -1, "integers from 0 to 65535"],
    [0.5, 1.5, "integers from 0 to 65535"],
    [NaN, 1, "integers from 0 to 65535"],
  ];
  for (const [begin, end, says] of refused) {
    assertThrows(() => PortRange.fromBeginEnd(begin, end), RangeError, says);
  }
});

Deno.test("PortRange.fromBeginMask() refuses what one match cannot test", () => {
  const refused: [begin: number, mask: number, says: string][] = [
    [8, 0xfff9, "one below a zero"],
    [0, 0x7fff, "one below a zero"],
    [0, 1, "one below a zero"],
    [4, 0xfff8, "multiple of 8"],
    [1, 0, "multiple of 65536"],
    [65_536, 0xffff, "begin at 65536"],
    [-1, 0xffff, "begin at -1"],
    [0, 0x1ffff, "no 16-bit number"],
    [0, -8, "no 16-bit number"],
    [0, 0.5, "no 16-bit number"],
  ];
  for (const [begin, mask, says] of refused) {
    assertThrows(() => PortRange.fromBeginMask(begin, mask), RangeError, says);
  }
});

Deno.test("PortRange.equals() compares both ends, and toString() writes them", () => {
  const range = PortRange.fromBeginEnd(8, 15);
  assert(range.equals(PortRange.fromBeginMask(8, 0xfff8)));
  assert(!range.equals(PortRange.fromBeginEnd(8, 11)));
  assert(!range.equals(PortRange.fromBeginEnd(16, 23)));
  assertEquals(`${range}`, "8-15");
  assertEquals(`${PortRange.fromBeginEnd(9, 9)}`, "9");
});
