import { assert, assertEquals } from "@std/assert";
import { makeIsolatorOperator } from "../../../src/cli/sim/isolator_operator.ts";
import { parseScenario } from "../../../sim/scenario/parse.ts";
import { formatReport } from "../../../sim/scenario/report_text.ts";
import { runScenario } from "../../../sim/scenario/runner.ts";

const FOLDER = new URL("../../../sim/scenarios/", import.meta.url);

/** Packets that keep a trace where two runs are compared. */
const TRACES = 500;

async function run(name: string) {
  const scenario = parseScenario(await Deno.readTextFile(new URL(name, FOLDER)));
  let traces: readonly unknown[] = [];
  const report = await runScenario(scenario, makeIsolatorOperator, {
    onStage: ({ simulation: { datapath } }) => {
      datapath.isTracing = true;
      datapath.traceLimit = TRACES;
      traces = datapath.traces;
    },
  });
  return { report, bytes: JSON.stringify([report, traces]) };
}

const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort();

for (const name of names) {
  Deno.test(`all that scenario ${name} expects comes about, and twice to the byte`, async () => {
    const first = await run(name);
    assert(first.report.ok, formatReport(first.report).join("\n"));
    assertEquals(first.report.timeline.filter(({ what }) => what.includes("undefined")), []);
    const second = await run(name);
    assertEquals(second.bytes, first.bytes);
  });
}

Deno.test("there are scenarios for the reference's cases, limits, crashes and neighbours", () => {
  assert(names.length >= 8);
});

Deno.test("an expectation that does not come about fails the report", async () => {
  const text = await Deno.readTextFile(new URL("foreign-ports.json", FOLDER));
  const scenario = parseScenario(text);
  const report = await runScenario(
    { ...scenario, expect: [{ expect: "arrives", flow: "stolen-in" }] },
    makeIsolatorOperator,
  );
  assertEquals([report.ok, report.verdicts[0]?.ok], [false, false]);
});
