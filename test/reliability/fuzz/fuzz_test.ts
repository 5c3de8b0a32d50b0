import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { Random } from "../../support/random.ts";
import { fuzz } from "./campaign.ts";
import { Feeder } from "./feeder.ts";
import { makeInput } from "./mutate.ts";
import { Crash, parser } from "./parser.ts";
import { shrinkText } from "./shrink.ts";

Deno.test("no parser crashes or hangs at what once made one, nor at 3,000 spoiled texts", async () => {
  const { inputs, parsers, kept, failures } = await fuzz(1, 3000);
  assertEquals(failures, []);
  assert(inputs >= 3000 && parsers >= 40 && kept >= 5, `${inputs}, ${parsers}, ${kept}`);
});

Deno.test("a parser that never ends is caught from outside", async () => {
  const module = new URL("hanging_worker.ts", import.meta.url);
  using feeder = await Feeder.start({ module, inputMsMax: 300 });
  const failure = await feeder.feed({ kind: "range", seed: 1, begin: 0, end: 10 });
  assertEquals([failure?.kind, failure?.number], ["hang", 7]);
});

const careless = parser({
  name: "careless",
  samples: ["12"],
  parse: (text) => text.includes("x") ? JSON.parse(text) : Number(text),
  mayThrow: [RangeError, SyntaxError],
  isValid: (value) => Number.isFinite(value),
});

Deno.test("a value out of range, and an error that only the engine meant, are crashes", () => {
  careless.check("12");
  assertThrows(() => careless.check("1e999"), Crash, "out of range");
  assertThrows(() => careless.check("x"), Crash, "the engine");
  const wild = parser({
    name: "wild",
    samples: [],
    parse: () => {
      throw new URIError("surprise");
    },
    mayThrow: [RangeError],
    isValid: () => true,
  });
  assertThrows(() => wild.check(""), Crash, "does not declare");
});

Deno.test("an input that crashes a parser is shrunk to what it takes", async () => {
  assertMatch(await shrinkText(careless, "some 12 words x and more"), /^.$/);
});

Deno.test("inputs are the same for the same seed, and seldom what they were made of", () => {
  const samples = ["ip link show dev eth0", "1: lo: <UP> mtu 65536"];
  const inputs = (seed: number) => {
    const random = new Random(seed);
    return Array.from({ length: 100 }, () => makeInput(samples, random));
  };
  assertEquals(inputs(7), inputs(7));
  assert(inputs(7).filter((input) => !samples.includes(input)).length > 80);
});
