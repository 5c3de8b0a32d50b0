import { assertEquals } from "@std/assert";
import { figuresOf, formatPart, withPart } from "./report.ts";

Deno.test("a part is a table below the command that repeats it", () => {
  assertEquals(
    formatPart("deno task lives --seed 1", [["Steps", 1000], ["Violations", 0]]),
    "`deno task lives --seed 1`\n\n" +
      "| What       | Figure |\n" +
      "| ---------- | ------ |\n" +
      "| Steps      | 1000   |\n" +
      "| Violations | 0      |\n",
  );
});

Deno.test("a part replaces the last one of its title, and the others keep their words", () => {
  const one = withPart("# Reliability\n\nWords.\n", "Lives", "old\n");
  const two = withPart(one, "Attacks", "some\n");
  assertEquals(
    withPart(two, "Lives", "new\n"),
    "# Reliability\n\nWords.\n\n## Attacks\n\nsome\n\n## Lives\n\nnew\n",
  );
});

Deno.test("what a part says can be read back, so that a run in pieces adds up", () => {
  const part = formatPart("deno task lives", [["Steps", 1000], ["Violations", 0]]);
  const text = withPart("# Reliability\n", "Lives", part);
  assertEquals([...figuresOf(text, "Lives")], [["Steps", "1000"], ["Violations", "0"]]);
  assertEquals([...figuresOf(text, "Attacks")], []);
});
