import { assert, assertEquals } from "@std/assert";
import { banFaults } from "./bans.ts";
import { layerFaults } from "./layers.ts";
import { sizeFaults } from "./sizes.ts";
import { readSources } from "./source_files.ts";

const sources = await readSources();

Deno.test("every import points down", () => {
  assertEquals(sources.flatMap(layerFaults), []);
});

Deno.test("every file, function and line is as short as the house asks", () => {
  assertEquals(sources.flatMap(sizeFaults), []);
});

Deno.test("no file holds what the house bans", () => {
  assertEquals(sources.flatMap(banFaults), []);
});

Deno.test("every task names its permissions", async () => {
  const config = await Deno.readTextFile(new URL("../../deno.json", import.meta.url));
  const tasks: Record<string, string> = JSON.parse(config).tasks;
  const loose = Object.entries(tasks).filter(([, task]) => /\s-A\b|--allow-all/.test(task));
  assertEquals(loose, []);
});

Deno.test("layerFaults() finds an import that points up", () => {
  const text = 'import { Isolator } from "../isolator/isolator.ts";';
  assertEquals(layerFaults({ path: "src/routing/link.ts", text }).length, 1);
  assertEquals(layerFaults({ path: "src/cli/main.ts", text }).length, 0);
});

Deno.test("layerFaults() finds a simulator that knows the isolator", () => {
  const text = 'import type { Host } from "../src/isolator/host.ts";';
  assertEquals(layerFaults({ path: "sim/mod.ts", text }).length, 1);
});

Deno.test("sizeFaults() finds long files, functions and lines", () => {
  const path = "src/x.ts";
  assertEquals(sizeFaults({ path, text: "\n".repeat(401) }).length, 1);
  const body = "  step();\n".repeat(70);
  assertEquals(sizeFaults({ path, text: `function long() {\n${body}}\n` }).length, 1);
  assertEquals(
    sizeFaults({ path, text: `class X {\n  long(): void {\n  ${body}  }\n}\n` }).length,
    1,
  );
  assertEquals(sizeFaults({ path, text: "x".repeat(101) }).length, 1);
});

Deno.test("banFaults() finds each banned text, and not the same in prose", () => {
  const bad = {
    "src/cli/main.ts": [
      "new Deno.Command(program)",
      "value as any",
      "list[0]!.name",
      "// TODO: it",
    ],
    "sim/time/clock.ts": ["Date.now()", "Math.random()", "setTimeout(f)", "Deno.env.get(name)"],
  };
  for (const [path, texts] of Object.entries(bad)) {
    for (const text of texts) assert(banFaults({ path, text }).length === 1, text);
  }
  const prose = '/** No `Date.now` here. */ const text = "Math.random()";';
  assertEquals(banFaults({ path: "sim/time/clock.ts", text: prose }), []);
});
