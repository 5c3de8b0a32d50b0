/**
 * Runs the same random commands on the simulator and on a real kernel, in private namespaces of
 * this machine or in the lab, and tells where they answer differently.
 *
 * ```text
 * deno task conform --seed 1 --commands 10000 --frames 2000
 * ```
 *
 * @module
 */

import { parseArgs } from "node:util";
import { enterSandboxWith } from "../../src/cli/demo/enter_sandbox.ts";
import { findSandbox, output, prepareMounts } from "../../src/cli/demo/sandbox.ts";
import { type Limits, runCampaign, type Tally } from "./campaign.ts";
import { missingForFrames } from "./host_side.ts";
import { conformInLab } from "./in_lab.ts";
import { useKernel } from "./kernels.ts";
import {
  addFigures,
  type Figures,
  figuresOf,
  isKernelName,
  type KernelName,
  readReport,
  writeReport,
} from "./report.ts";

/** First argument of a start in the lab, and of one inside a sandbox. */
const IN_LAB = "--in-lab";
const INSIDE = "--inside-sandbox";

const OPTIONS = {
  seed: { type: "string", default: "1" },
  runs: { type: "string", default: "Infinity" },
  commands: { type: "string", default: "Infinity" },
  frames: { type: "string", default: "0" },
  minutes: { type: "string", default: "Infinity" },
  divergences: { type: "string", default: "5" },
  kernel: { type: "string", default: "host" },
  "as-found": { type: "boolean", default: false },
  report: { type: "boolean", default: false },
  continue: { type: "boolean", default: false },
} as const;

/** What a run does that was told nothing. */
const DEFAULT_COMMANDS = 2000;

/** Words of the command line, understood. */
interface Wishes {
  readonly kernel: KernelName;
  readonly limits: Limits;
  readonly isReported: boolean;
  /** Whether it goes on where the reported run ended, and adds to what that came to. */
  readonly isContinued: boolean;
}

// deno-lint-ignore no-console
const say = (text: string) => console.log(text.replace(/\n$/, ""));

async function main(args: readonly string[]): Promise<number> {
  const [first = ""] = args;
  const words = first === INSIDE || first === IN_LAB ? args.slice(1) : args;
  const wishes = readWishes(words);
  if (typeof wishes === "string") {
    say(wishes);
    return 2;
  }
  if (wishes.kernel === "uml" && words === args) {
    return await conformInLab(import.meta.filename ?? "", [IN_LAB, ...words], say);
  }
  if (first !== INSIDE) return await startInSandbox([INSIDE, ...words]);
  await prepareMounts();
  useKernel(wishes.kernel);
  return await compareKernels(wishes);
}

/** @returns What is wanted, or what is wrong with it. */
function readWishes(args: readonly string[]): Wishes | string {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const { kernel } = values;
  if (!isKernelName(kernel)) {
    return `There is no kernel "${kernel}" to compare with; give --kernel host or --kernel uml`;
  }
  const names = ["seed", "runs", "commands", "frames", "minutes", "divergences"] as const;
  const wrong = names.find((name) => values[name] === "" || !(Number(values[name]) >= 0));
  if (wrong !== undefined) return `--${wrong} takes a number from 0, not "${values[wrong]}"`;
  const [seed = 1, runs = 0, commands = 0, frames = 0, minutes = 0, divergences = 0] = names
    .map((name) => Number(values[name]));
  const isLimited = [runs, commands, minutes].some(Number.isFinite);
  const isContinued = values.continue;
  return {
    kernel,
    limits: {
      seed,
      frameSeed: seed,
      runs,
      commands: isLimited ? commands : DEFAULT_COMMANDS,
      frames,
      timeMs: minutes * 60_000,
      divergences,
      isShrunk: !values["as-found"],
    },
    isReported: values.report || isContinued,
    isContinued,
  };
}

async function startInSandbox(words: readonly string[]): Promise<number> {
  const sandbox = await findSandbox();
  if ("missing" in sandbox) {
    say(`Nothing was compared: no sandbox can be made here (${sandbox.missing})`);
    return 1;
  }
  return await enterSandboxWith(import.meta.filename ?? "", words);
}

async function compareKernels(wishes: Wishes): Promise<number> {
  const header = await describeKernel();
  const kernel = header.replace("# kernel ", "");
  const report = await readReport();
  const before = wishes.isContinued ? report[wishes.kernel] : undefined;
  if (before !== undefined && before.kernel !== kernel) {
    say(`The report is about ${before.kernel}, and this is ${kernel}: start anew with --report`);
    return 2;
  }
  const missing = wishes.limits.frames > 0 ? await missingForFrames() : undefined;
  if (missing !== undefined) say(`Frames were skipped: ${missing}`);
  const wanted = missing === undefined ? wishes.limits : { ...wishes.limits, frames: 0 };
  const limits = before === undefined ? wanted : continued(wanted, before);
  const tally = await runCampaign(limits, header, say);
  for (const line of summaryOf(tally, limits.seed, header)) say(line);
  if (wishes.isReported) {
    const date = new Date().toISOString().slice(0, 10);
    const piece = figuresOf(tally, { firstSeed: limits.seed, kernel, date });
    const figures = before === undefined ? piece : addFigures(before, piece);
    await writeReport({ ...await readReport(), [wishes.kernel]: figures });
  }
  if (tally.compared === 0 && tally.frames === 0 && tally.unexplained.length === 0) {
    say("Nothing was compared, so nothing is known: give --commands or --frames more than 0");
    return 1;
  }
  return tally.unexplained.length === 0 ? 0 : 1;
}

function continued(limits: Limits, { firstSeed, sequences, packetSequences }: Figures): Limits {
  return { ...limits, seed: firstSeed + sequences, frameSeed: firstSeed + packetSequences };
}

/** @returns A transcript's first line. */
async function describeKernel(): Promise<string> {
  const text = async (...words: string[]) => (await output(words)).stdout.trim();
  const iproute2 = /iproute2-[\d.]+/.exec(await text("ip", "-V"))?.[0];
  const sysctl = (await text("sysctl", "--version")).replace("sysctl from ", "");
  return `# kernel ${await text("uname", "-r")}, ${iproute2}, ${sysctl}`;
}

function summaryOf(tally: Tally, seed: number, header: string): string[] {
  const { sequences, compared, listings, notModelled, corpus, gaps, unexplained } = tally;
  return [
    header.replace("# ", ""),
    `sequences: ${sequences} from seed ${seed}, and ${corpus} of the corpus`,
    `commands compared: ${compared}, and ${listings} listings of the state behind them`,
    `frames: ${tally.frames}, in ${tally.packetSequences} sets of filters`,
    `commands not modelled, and not compared: ${notModelled}`,
    ...[...gaps].map(([gap, count]) => `known gap, met ${count} times: ${gap.reason}`),
    `unexplained divergences: ${unexplained.length}`,
  ];
}

if (import.meta.main) Deno.exit(await main(Deno.args));
