import { assertEquals, assertThrows } from "@std/assert";
import { formatPorts, parsePorts } from "../../src/ports/parse_ports.ts";
import { Random } from "../support/random.ts";
import { randomPorts } from "./random_ports.ts";

const SEED = 99;

Deno.test("parsePorts() reads ports and intervals in any order and joins what touches", () => {
  assertEquals(parsePorts("31000-31007,31020").intervals, [
    { begin: 31_000, end: 31_007 },
    { begin: 31_020, end: 31_020 },
  ]);
  assertEquals(parsePorts("20-30,0,10-19,65535").toString(), "0,10-30,65535");
  assertEquals(parsePorts("7-7").toString(), "7");
});

Deno.test("parsePorts() refuses text that names no ports, in one sentence", () => {
  const refused: [text: string, says: string][] = [
    ["31000-", '"31000-" names no ports'],
    ["-5", '"-5" names no ports'],
    ["1-2-3", "names no ports"],
    ["http", '"http" names no ports'],
    ["1.5", "names no ports"],
    ["0x10", "names no ports"],
    ["007", "names no ports"],
    ["1 ,2", "names no ports"],
    ["1;2", "names no ports"],
    ["1\n", '"1\\n" names no ports'],
    ["\u0664", "names no ports"],
    ["70000", '"70000" has a port above 65535'],
    ["1-65536", "has a port above 65535"],
    ["9".repeat(400), "has a port above 65535"],
    ["5-4", '"5-4" begins above its end'],
    ["", "is empty"],
    ["1,", "is empty"],
    [",1", "is empty"],
    ["1,,2", "is empty"],
    ["1-5,5-9", "1-5 and 5-9 overlap"],
    ["7,1-9", "1-9 and 7 overlap"],
    ["1-100,2-3,50-60", "1-100 and 2-3 overlap"],
    ["80,80", "80 and 80 overlap"],
  ];
  for (const [text, says] of refused) {
    const error = assertThrows(() => parsePorts(text), SyntaxError, says);
    assertEquals(/^["A-Z].*[^.\n]$/.test(error.message), true, error.message);
  }
});

Deno.test(`formatPorts() writes what parsePorts() reads, seed ${SEED}`, () => {
  const random = new Random(SEED);
  for (let round = 0; round < 200; round++) {
    const ports = randomPorts(random, random.between(1, 30));
    assertEquals(parsePorts(formatPorts(ports)), ports);
  }
});
