import { assert, assertEquals, assertThrows } from "@std/assert";
import { Random } from "./random.ts";

Deno.test("Random gives the same numbers for the same seed", () => {
  const draw = (seed: number) => {
    const random = new Random(seed);
    return Array.from({ length: 100 }, () => random.uint32());
  };
  assertEquals(draw(1), draw(1));
  assert(draw(1).join() !== draw(2).join());
});

Deno.test("Random.between() reaches both ends and nothing else", () => {
  const random = new Random(3);
  const seen = new Set(Array.from({ length: 1_000 }, () => random.between(5, 8)));
  assertEquals([...seen].sort(), [5, 6, 7, 8]);
});

Deno.test("Random.pick() gives an item, and refuses to pick from none", () => {
  const random = new Random(4);
  const seen = new Set(Array.from({ length: 200 }, () => random.pick(["a", "b"])));
  assertEquals(seen.size, 2);
  assertThrows(() => random.pick([]), RangeError);
});
