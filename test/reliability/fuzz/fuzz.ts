/**
 * `deno task fuzz [--seed N] [--inputs N] [--report]`: feeds spoiled text to every parser, keeps
 * what makes one crash or hang in `corpus/`, and exits with 1 if anything did.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { writeFigures } from "../report.ts";
import { fuzz } from "./campaign.ts";
import { keep } from "./corpus.ts";
import type { Failure } from "./feeder.ts";
import { Inputs } from "./inputs.ts";
import { shrinkText } from "./shrink.ts";
import { everyParser } from "./table.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    inputs: { type: "string", default: "100000" },
    report: { type: "boolean", default: false },
  },
});
const [seed, inputs] = [Number(values.seed), Number(values.inputs)];
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(inputs) || inputs < 1) {
  throw new RangeError("Give --seed and --inputs as whole numbers");
}
const encoder = new TextEncoder();
const print = (text: string) => Deno.stdout.writeSync(encoder.encode(text + "\n"));

print(`seed ${seed}, ${inputs} inputs`);
const begun = performance.now();
const report = await fuzz(seed, inputs, (done) => {
  print(`${done} inputs, ${Math.round((performance.now() - begun) / 1000)} s`);
});
for (const failure of report.failures) print(await told(failure));
const crashes = report.failures.filter(({ kind }) => kind === "crash").length;
const hangs = report.failures.length - crashes;
print(
  `${report.inputs} inputs (${report.kept} kept from before), ${report.parsers} parsers: ` +
    `${crashes} crashes, ${hangs} hangs`,
);
if (values.report) {
  await writeFigures("Parsers under fire", `deno task fuzz --seed ${seed} --inputs ${inputs}`, [
    ["Parsers", report.parsers],
    ["Inputs", report.inputs],
    ["Inputs kept from earlier failures", report.kept],
    ["Crashes", crashes],
    ["Hangs, or memory without bound", hangs],
    ["Seconds", Math.round((performance.now() - begun) / 1000)],
  ]);
}
Deno.exit(report.failures.length === 0 ? 0 : 1);

/** Keeps what went wrong, as short as it can be had, and says so. */
async function told(failure: Failure): Promise<string> {
  const turns = await everyParser();
  const input = new Inputs(seed, turns).at(failure.number);
  const name = failure.parser ?? input.parser.name;
  const found = turns.find(({ parser }) => parser.name === name)?.parser;
  const text = failure.text ?? input.text;
  // What hangs would hang here as well, so only a crash is made shorter.
  const short = failure.kind === "crash" && found !== undefined
    ? await shrinkText(found, text)
    : text;
  const shown = JSON.stringify(short.slice(0, 200));
  const where = short.length > 1_000_000
    ? "too long to keep"
    : await keep({ parser: name, text: short });
  return `${failure.kind} of ${name} at input ${failure.number}: ${failure.message}\n  ` +
    `${shown} (${where})`;
}
