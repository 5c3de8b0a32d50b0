/**
 * `deno task soak --minutes M [--seed N] [--report]`: random lives with real traffic on the host
 * kernel, in a sandbox; memory, files, namespaces, links, mounts and latency must stay flat, and
 * the counts at the end equal those at the beginning.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { Random } from "../../support/random.ts";
import { Bed } from "../bed.ts";
import { type Figure, writeFigures } from "../report.ts";
import { optionsOf } from "../setting.ts";
import { startOn } from "../start.ts";
import { judgeFlatness, median } from "./flatness.ts";
import { differences, readGauges, type Reading } from "./gauges.ts";
import { Life } from "./life.ts";

const OPTIONS = {
  kernel: { type: "string", default: "host" },
  minutes: { type: "string", default: "1" },
  seed: { type: "string", default: "1" },
  report: { type: "boolean", default: false },
} as const;

/** From one step to the next, in milliseconds, so that the machine is left to others meanwhile. */
const PACE_MS = 1000;

/** Steps after which what is made once is made, so that the beginning can be read. */
const WARM_UP_STEPS = 6;

/** Gauges are read this many times at least, and every 15 s at most. */
const READINGS_MIN = 12;
const READING_INTERVAL_MS_MAX = 15_000;

/** Memory may grow by a tenth and 64 MB; a step may take three times as long where others work. */
const MEMORY_SLACK = { factor: 1.1, offset: 64_000_000 };
const LATENCY_SLACK = { factor: 3, offset: 100 };

/** Of how many questions to a neighbour one may stay unanswered within its second. */
const ASKED_PER_LOST = 1000;

// deno-lint-ignore no-console
const say = (text: string) => console.log(text);

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const minutes = Number(values.minutes);
  const seed = Number(values.seed);
  if (!(minutes > 0)) throw new RangeError("Give --minutes as a number above 0");
  say(`seed ${seed}, ${minutes} minutes`);
  const course = await soak(seed, minutes * 60_000);
  const { faults, figures } = judged(course);
  for (const [what, figure] of figures) say(`${what}: ${figure}`);
  for (const fault of faults) say(`FAULT: ${fault}`);
  if (values.report) {
    await writeFigures("Soak", `deno task soak --minutes ${minutes} --seed ${seed}`, figures);
  }
  return faults.length === 0 ? 0 : 1;
}

/** How a soak went. */
interface Course {
  readonly before: Reading;
  readonly after: Reading;
  readonly readings: readonly Reading[];
  /** How long each step took, in milliseconds, and what it was. */
  readonly steps: readonly (readonly [name: string, durationMs: number])[];
  /** What went wrong on the way. */
  readonly failures: readonly string[];
  readonly asked: number;
  readonly lost: number;
}

async function soak(seed: number, durationMs: number): Promise<Course> {
  const setting = { layout: "hashed", isLimited: true, hasUniqueFlows: false } as const;
  await using bed = await Bed.create("host", optionsOf(setting));
  const life = await Life.begin(bed, new Random(seed));
  for (let i = 0; i < WARM_UP_STEPS; i++) await life.step();
  await life.end();
  const before = await readGauges();
  const readings: Reading[] = [];
  const steps: (readonly [string, number])[] = [];
  const failures: string[] = [];
  const intervalMs = Math.min(READING_INTERVAL_MS_MAX, durationMs / READINGS_MIN);
  const begunMs = performance.now();
  while (performance.now() - begunMs < durationMs && failures.length === 0) {
    const stepMs = performance.now();
    try {
      const name = await life.step();
      steps.push([name, performance.now() - stepMs]);
    } catch (error) {
      failures.push(`step ${steps.length}: ${error instanceof Error ? error.message : error}`);
    }
    if (performance.now() - begunMs >= readings.length * intervalMs) {
      readings.push(await readGauges());
      if (readings.length % 8 === 0) {
        say(`${steps.length} steps, ${JSON.stringify(readings.at(-1))}`);
      }
    }
    const leftMs = PACE_MS - (performance.now() - stepMs);
    if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs));
  }
  await life.end();
  const { asked, lost } = await bed.flow?.settle() ?? { asked: 0, lost: 0 };
  return { before, after: await readGauges(), readings, steps, failures, asked, lost };
}

function judged(course: Course): { readonly faults: string[]; readonly figures: Figure[] } {
  const { before, after, readings, steps, failures, asked, lost } = course;
  const memory = judgeFlatness(readings.map(({ memoryBytes }) => memoryBytes), MEMORY_SLACK);
  const latency = judgeFlatness(steps.map(([, durationMs]) => durationMs), LATENCY_SLACK);
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  const faults = [
    ...failures,
    ...differences(before, after),
    ...(memory.isFlat ? [] : [`memory grew from ${memory.first} to ${memory.last} bytes`]),
    ...(latency.isFlat ? [] : [`a step took ${latency.first} ms, and ${latency.last} at the end`]),
    ...(lost * ASKED_PER_LOST > asked ? [`${lost} of ${asked} questions were not answered`] : []),
    ...(steps.length === 0 || asked === 0 ? ["nothing was done"] : []),
  ];
  const names = [...new Set(steps.map(([name]) => name))].sort();
  return {
    faults,
    figures: [
      ["Steps", steps.length],
      ...names.map((name): Figure => {
        const times = steps.flatMap(([each, durationMs]) => each === name ? [durationMs] : []);
        return [`Median of ${name}`, `${Math.round(median(times))} ms, ${times.length} times`];
      }),
      ["Median of a step, first and last third", `${ms(latency.first)}, ${ms(latency.last)}`],
      ["Memory, first and last third", `${megabytes(memory.first)}, ${megabytes(memory.last)}`],
      ...(["links", "namespaces", "mounts", "files", "processes"] as const).map((name): Figure => [
        `Count of ${name}, beginning and end`,
        `${before[name]}, ${after[name]}`,
      ]),
      ["Questions to a neighbour, and unanswered ones", `${asked}, ${lost}`],
      ["Faults", faults.length],
    ],
  };
}

function ms(value: number): string {
  return `${Math.round(value)} ms`;
}

Deno.exit(await startOn(import.meta.filename ?? "", [...Deno.args, "--kernel=host"], main));
