import { assertEquals } from "@std/assert";
import { addFigures, type Figures, formatReport, parseReport } from "./report.ts";

const HOST: Figures = {
  date: "2026-01-02",
  kernel: "6.18.44, iproute2-6.1.0, procps-ng 4.0.2",
  firstSeed: 100,
  sequences: 7,
  commands: 300,
  listings: 40,
  notModelled: 5,
  packetSequences: 2,
  frames: 400,
  corpus: 3,
  gaps: 1,
  divergences: 0,
};
const LAB: Figures = { ...HOST, kernel: "6.1.176, iproute2-6.1.0, procps-ng 4.0.2", frames: 20 };

Deno.test("the document tells the figures of each kernel, and they can be read back", () => {
  for (const report of [{ host: HOST }, { uml: LAB }, { host: HOST, uml: LAB }]) {
    assertEquals(parseReport(formatReport(report)), report);
  }
});

Deno.test("a run that goes on adds to the figures, and keeps the first seed", () => {
  const piece = { ...HOST, date: "2026-01-03", firstSeed: 107, sequences: 1, commands: 50 };
  assertEquals(addFigures(HOST, piece), {
    ...HOST,
    date: "2026-01-03",
    sequences: 8,
    commands: 350,
    listings: 80,
    notModelled: 10,
    packetSequences: 4,
    frames: 800,
    gaps: 2,
  });
});
