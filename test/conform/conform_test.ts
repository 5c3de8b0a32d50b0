import { assert, assertEquals, assertThrows } from "@std/assert";
import { Random } from "../support/random.ts";
import { parseTranscript } from "../support/transcript.ts";
import { readCorpus, sequenceOf } from "./corpus.ts";
import { normaliseAll } from "./divergence.ts";
import { Grammar } from "./grammar.ts";
import { KNOWN_GAPS } from "./known_gaps.ts";
import { GRAMMAR, lineOf, makeSequence } from "./sequence.ts";
import { modelledPart, runOnSimulator } from "./sim_side.ts";

for (const entry of await readCorpus()) {
  Deno.test(`the simulator answers ${entry.name} as the real kernel did`, async () => {
    const sequence = sequenceOf(entry);
    const answers = normaliseAll(sequence, await runOnSimulator(sequence));
    const runs = parseTranscript(entry.text).flatMap((step) =>
      step.kind === "command" ? [step.run] : []
    );
    for (const [i, { line, stdout, stderr, status }] of runs.entries()) {
      assertEquals({ line, ...answers[i] }, { line, stdout, stderr, status });
    }
  });
}

Deno.test("every known gap has an example that still differs, and nothing else is kept there", async () => {
  const entries = await readCorpus(new URL("gaps/", import.meta.url));
  assertEquals(entries.map(({ name }) => name), KNOWN_GAPS.map(({ name }) => `${name}.txt`).sort());
  for (const entry of entries) {
    const sequence = sequenceOf(entry);
    const answers = normaliseAll(sequence, await runOnSimulator(sequence));
    const runs = parseTranscript(entry.text).flatMap((step) =>
      step.kind === "command" ? [step.run] : []
    );
    const differs = runs.some(({ stdout, stderr, status }, i) =>
      answers[i]?.stdout !== stdout || answers[i]?.stderr !== stderr ||
      answers[i]?.status !== status
    );
    assert(differs, `${entry.name} is mended: move it to the corpus and remove the gap`);
  }
});

Deno.test("makeSequence() makes the same sequence of the same seed, and another of another", () => {
  const lines = (seed: number) => makeSequence(seed).map((command) => lineOf(command));
  assertEquals(lines(5), lines(5));
  assert(lines(5).join() !== lines(6).join());
});

Deno.test("Grammar writes words, choices, options, numbers and other rules", () => {
  const grammar = new Grammar({
    all: ["{verb} (a|b) <3-5>[ end]"],
    verb: ["9: add", "del"],
  });
  const random = new Random(1);
  const texts = new Set(Array.from({ length: 5000 }, () => grammar.write("all", random)));
  assertEquals(texts.size, 2 * 2 * 3 * 2);
  for (const text of texts) assert(/^(add|del) [ab] [345]( end)?$/.test(text), text);
});

Deno.test("Grammar refuses rules that are not closed, or lead nowhere", () => {
  for (const way of ["(a|b", "a)", "[a", "a]", "{nope}", "a > b"]) {
    assertThrows(() => new Grammar({ all: [way] }), SyntaxError);
  }
  assertThrows(() => GRAMMAR.write("nope", new Random(1)), RangeError);
});

Deno.test("modelledPart() leaves out what the simulator refuses, and runs the rest", async () => {
  const { sequence, answers, refused } = await modelledPart([
    { words: ["ip", "link", "add", "v0", "type", "veth"], stdin: [] },
    { words: ["ip", "-batch", "-"], stdin: ["link del v0", "rule show"] },
    { words: ["ip", "link", "show", "v0"], stdin: [] },
  ]);
  assertEquals(refused.map(lineOf), ["ip -batch -"]);
  assertEquals(sequence.map(lineOf), ["ip link add v0 type veth", "ip link show v0"]);
  assertEquals(answers.map(({ status }) => status), [0, 0]);
});
