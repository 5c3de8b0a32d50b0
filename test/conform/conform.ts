/**
 * Runs the same random commands on the simulator and on this machine's kernel, in private
 * namespaces, and tells where they answer differently.
 *
 * ```text
 * deno task conform --seed 1 --commands 10000
 * ```
 *
 * @module
 */

import { parseArgs } from "node:util";
import { enterSandboxWith } from "../../src/cli/demo/enter_sandbox.ts";
import { findSandbox, output, prepareMounts } from "../../src/cli/demo/sandbox.ts";
import { runCampaign, type Tally } from "./campaign.ts";
import { writeReport } from "./report.ts";

/** First argument of the second start, inside the sandbox. */
const INSIDE = "--inside-sandbox";

const OPTIONS = {
  seed: { type: "string", default: "1" },
  runs: { type: "string", default: "Infinity" },
  commands: { type: "string", default: "Infinity" },
  frames: { type: "string", default: "0" },
  "as-found": { type: "boolean", default: false },
  report: { type: "boolean", default: false },
  minutes: { type: "string", default: "Infinity" },
  divergences: { type: "string", default: "5" },
  kernel: { type: "string", default: "host" },
} as const;

/** What a run does that was told nothing. */
const DEFAULT_COMMANDS = 2000;

type Name = "seed" | "runs" | "commands" | "frames" | "minutes" | "divergences";
type Numbers = Record<Name, number>;

// deno-lint-ignore no-console
const say = (text: string) => console.log(text.replace(/\n$/, ""));

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: args.filter((arg) => arg !== INSIDE), options: OPTIONS });
  const numbers: Numbers = {
    seed: numberOf("seed", values.seed),
    runs: numberOf("runs", values.runs),
    commands: numberOf("commands", values.commands),
    frames: numberOf("frames", values.frames),
    minutes: numberOf("minutes", values.minutes),
    divergences: numberOf("divergences", values.divergences),
  };
  if (values.kernel !== "host") {
    say(`There is no kernel "${values.kernel}" to compare with; give --kernel host`);
    return 2;
  }
  if (args[0] !== INSIDE) return await startInSandbox(args);
  await prepareMounts();
  return await compareKernels(numbers, {
    isReported: values.report,
    isShrunk: !values["as-found"],
  });
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (text === "" || !(number >= 0)) {
    throw new RangeError(`--${name} takes a number from 0, not "${text}"`);
  }
  return number;
}

async function startInSandbox(args: readonly string[]): Promise<number> {
  const sandbox = await findSandbox();
  if ("missing" in sandbox) {
    say(`Nothing was compared: no sandbox can be made here (${sandbox.missing})`);
    return 1;
  }
  return await enterSandboxWith(import.meta.filename ?? "", [INSIDE, ...args]);
}

async function compareKernels(
  numbers: Numbers,
  { isReported, isShrunk }: { readonly isReported: boolean; readonly isShrunk: boolean },
): Promise<number> {
  const { seed, runs, commands, frames, minutes, divergences } = numbers;
  const isLimited = [runs, commands, minutes].some(Number.isFinite);
  const limits = {
    seed,
    runs,
    commands: isLimited ? commands : DEFAULT_COMMANDS,
    frames,
    timeMs: minutes * 60_000,
    divergences,
    isShrunk,
  };
  const header = await describeKernel();
  const tally = await runCampaign(limits, header, say);
  for (const line of summaryOf(tally, seed, header)) say(line);
  if (isReported) {
    const date = new Date().toISOString().slice(0, 10);
    await writeReport({ limits, tally, kernel: header.replace("# kernel ", ""), date });
  }
  if (tally.compared === 0 && tally.corpus === 0) {
    say("Nothing was compared, so nothing is known: give --runs or --commands more than 0");
    return 1;
  }
  return tally.unexplained.length === 0 ? 0 : 1;
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
