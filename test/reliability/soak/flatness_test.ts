import { assert, assertEquals } from "@std/assert";
import { judgeFlatness } from "./flatness.ts";
import { differences } from "./gauges.ts";

const SLACK = { factor: 1.1, offset: 5 };

Deno.test("a series is flat whatever its peaks, and not where its end lies above its beginning", () => {
  const flat = Array.from({ length: 30 }, (_, i) => 100 + i % 3 + (i === 29 ? 9000 : 0));
  assertEquals(judgeFlatness(flat, SLACK), { first: 101, last: 101, isFlat: true });
  const growing = Array.from({ length: 30 }, (_, i) => 100 + i * 2);
  assert(!judgeFlatness(growing, SLACK).isFlat);
});

Deno.test("a count that differs at the end is told, and memory is not", () => {
  const before = { links: 3, namespaces: 2, mounts: 9, files: 20, processes: 4, memoryBytes: 1 };
  assertEquals(differences(before, { ...before, memoryBytes: 2 }), []);
  assertEquals(differences(before, { ...before, mounts: 10 }), [
    "mounts: 9 at the beginning, 10 at the end",
  ]);
});
