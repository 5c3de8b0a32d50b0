import { bold, green, red } from "@std/fmt/colors";
import type { Command } from "commander";
import { withJson } from "../command_options.ts";
import { EXIT, ExitWith, UsageError } from "../exit.ts";
import { printLine, toJson } from "../print.ts";
import { simulate } from "../sim/simulate.ts";

interface SimulateOptions {
  readonly json?: boolean;
  readonly seed?: string;
  readonly traces?: string;
}

/**
 * Adds `berth simulate`.
 *
 * @param program The program.
 */
export function addSimulate(program: Command): void {
  const command = program.command("simulate")
    .description("run a scenario file on the simulator; fails if an expectation in it does")
    .argument("<file>", "a scenario, such as sim/scenarios/limit.json")
    .option("--seed <n>", "chance of this run (default: the scenario's own seed)")
    .option("--traces <n>", "with --json: traces of the first n packets too")
    .action((file: string, options: SimulateOptions) => run(file, options));
  withJson(command);
}

async function run(file: string, options: SimulateOptions): Promise<void> {
  const isTerminal = Deno.stdout.isTerminal();
  const plain = (text: string) => text;
  const paint = isTerminal
    ? { title: bold, good: green, bad: red }
    : { title: plain, good: plain, bad: plain };
  const report = await simulate(readFile(file), {
    file,
    seed: numberOf(options.seed, "--seed", 0xffffffff),
    traces: numberOf(options.traces, "--traces", 1_000_000),
    ...(options.json ? {} : { paint, printLine }),
  });
  if (options.json) printLine(toJson(report, 2));
  const missed = report.verdicts.filter(({ ok }) => !ok).length;
  if (missed > 0) {
    throw new ExitWith(EXIT.failed, `${missed} of ${report.verdicts.length} expectations failed`);
  }
}

function readFile(file: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${file} cannot be read: ${reason}`, { cause: error });
  }
}

function numberOf(text: string | undefined, option: string, most: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,10}$/.test(text) && Number(text) <= most) return Number(text);
  throw new UsageError(`${option}: "${text}" is no number from 0 to ${most}`);
}
