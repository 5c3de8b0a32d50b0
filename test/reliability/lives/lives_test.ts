import { assert, assertEquals } from "@std/assert";
import { readCorpus } from "./corpus.ts";
import { play, type Script, writeScript } from "./play.ts";
import { shrink } from "./shrink.ts";

const SEEDS = [1, 2, 3];

for (const seed of SEEDS) {
  Deno.test(`everybody has what is his through a random life of 400 steps, seed ${seed}`, async () => {
    const { steps, violation } = await play(writeScript("sim", seed, 400));
    assertEquals(violation, undefined);
    assertEquals(steps, 400);
  });
}

Deno.test("lives that once ended badly end well", async () => {
  for (const { name, script } of await readCorpus()) {
    if (script.kind === "sim") assertEquals((await play(script)).violation, undefined, name);
  }
});

Deno.test("a life is shrunk to the steps that make it end badly", async () => {
  const script = writeScript("sim", 7, 64);
  const culprits = script.steps.filter((_, i) => i === 9 || i === 40);
  const live = ({ steps }: Script) => {
    const isBad = culprits.every((step) => steps.includes(step));
    return Promise.resolve({ steps: steps.length, ...(isBad ? { violation: "both" } : {}) });
  };
  const shrunk = await shrink(script, 50, live);
  assertEquals(shrunk.steps, culprits);
  assert(shrunk.steps.length === 2);
});
