/**
 * Lives random lives of whole hosts, with faults, crashes, deaths, process ids that come again,
 * links that flap, other people's filters and other options, and checks after each step that
 * everybody has what is his and gets what is for him.
 *
 * ```text
 * deno task lives [--seed N] [--steps N] [--length N] [--kernel sim|host] [--report]
 * ```
 *
 * @module
 */

import { parseArgs } from "node:util";
import { readFigures, writeFigures } from "../report.ts";
import { startOn } from "../start.ts";
import { keep, readCorpus } from "./corpus.ts";
import { play, type Script, writeScript } from "./play.ts";
import { shrink } from "./shrink.ts";

const OPTIONS = {
  kernel: { type: "string", default: "sim" },
  seed: { type: "string", default: "1" },
  steps: { type: "string", default: "10000" },
  length: { type: "string", default: "500" },
  report: { type: "boolean", default: false },
} as const;

/** Violations after which a run gives up. */
const VIOLATIONS_MAX = 3;

/** What a run came to. */
interface Tally {
  lives: number;
  steps: number;
  corpus: number;
  violations: number;
}

// deno-lint-ignore no-console
const say = (text: string) => console.log(text);

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const kind: Script["kind"] = values.kernel === "host" ? "host" : "sim";
  const [first, wanted, length] = [values.seed, values.steps, values.length].map(Number);
  if (!(first !== undefined && wanted !== undefined && length !== undefined && length >= 1)) {
    throw new RangeError("--seed, --steps and --length take whole numbers from 1");
  }
  const tally: Tally = { lives: 0, steps: 0, corpus: 0, violations: 0 };
  await replayCorpus(kind, tally);
  let seed = first;
  for (; tally.steps < wanted && tally.violations < VIOLATIONS_MAX; seed++) {
    const script = writeScript(kind, seed, Math.min(length, wanted - tally.steps));
    const { steps, violation } = await play(script);
    tally.lives++;
    tally.steps += steps;
    if (violation === undefined) continue;
    tally.violations++;
    say(`seed ${seed}, after ${steps} steps: ${violation}`);
    const shrunk = await shrink(script, steps);
    const name = await keep(seed, shrunk);
    say(
      `kept as ${name}, ${shrunk.steps.length} steps: ${
        shrunk.steps.map((s) => s.name).join("; ")
      }`,
    );
  }
  say(
    `${kind}: ${tally.steps} steps in ${tally.lives} lives from seed ${first} to ${seed - 1}, ` +
      `and ${tally.corpus} lives of the corpus: ${tally.violations} violations`,
  );
  if (values.report) await report(kind, first, seed - 1, tally);
  return tally.violations === 0 && tally.steps > 0 ? 0 : 1;
}

async function replayCorpus(kind: Script["kind"], tally: Tally): Promise<void> {
  for (const { name, script } of await readCorpus()) {
    if (script.kind !== kind) continue;
    const { violation } = await play(script);
    tally.corpus++;
    if (violation === undefined) continue;
    tally.violations++;
    say(`${name}: ${violation}`);
  }
}

/** A run that begins where the last one ended adds to it; any other replaces it. */
async function report(kind: string, first: number, last: number, tally: Tally): Promise<void> {
  const rows = await readFigures("Random lives");
  const row = (what: string) => rows.get(`${kind}: ${what}`) ?? "0";
  const [begin = "", end = ""] = row("seeds").split(" to ");
  const adds = Number(end) + 1 === first;
  const before = (what: string) => adds ? Number(row(what)) : 0;
  rows.set(`${kind}: seeds`, `${adds ? begin : first} to ${last}`);
  rows.set(`${kind}: steps`, String(before("steps") + tally.steps));
  rows.set(`${kind}: lives`, String(before("lives") + tally.lives));
  rows.set(`${kind}: violations`, String(before("violations") + tally.violations));
  const kept = [...rows].filter(([what]) => /^(sim|host): /.test(what)).sort();
  await writeFigures("Random lives", "deno task lives --seed N --report", kept);
}

if (import.meta.main) Deno.exit(await startOn(import.meta.filename ?? "", Deno.args, main));
