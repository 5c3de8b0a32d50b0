import type { Command } from "commander";
import { Isolator } from "../../isolator/isolator.ts";
import { PrintingApplier } from "../../isolator/apply.ts";
import type { IsolatorOptions } from "../../isolator/options.ts";
import { HostKernel } from "../../kernel/host_kernel.ts";
import type { KernelNetwork } from "../../kernel/kernel_network.ts";
import { withIsolatorOptions } from "../command_options.ts";
import { UsageError } from "../exit.ts";
import { printLine } from "../print.ts";
import { isolatorOptions, type SessionOptions } from "../session.ts";
import { withKeptKernel } from "../sim/kept_kernel.ts";
import { Screen } from "../top/screen.ts";
import { type TopRow, topRows, type TopSample } from "../top/top_row.ts";
import { COLUMNS, keysLine, topTable } from "../top/top_table.ts";

interface TopOptions extends SessionOptions {
  readonly interval: string;
  readonly sort: string;
  readonly state?: string;
}

/** Takes samples of a host. */
type Sampler = () => Promise<TopSample>;

/** How often a running table looks for a key that was pressed, in milliseconds. */
const KEY_LATENCY_MS = 50;

/**
 * Adds `berth top`.
 *
 * @param program The program.
 */
export function addTop(program: Command): void {
  const command = program.command("top")
    .description("show rates, limits and round-trip times live; once where it is piped")
    .option("--interval <seconds>", "time between two looks", "2")
    .option("--sort <key>", `column to sort by: ${COLUMNS.map(({ key }) => key).join(", ")}`, "i")
    .option("--state <dir>", "a host that berth sim keeps, instead of this machine")
    .action((options: TopOptions) => top(options));
  withIsolatorOptions(command);
}

async function top(given: TopOptions): Promise<void> {
  const intervalMs = Number(given.interval) * 1000;
  if (!(intervalMs >= 100 && intervalMs <= 3_600_000)) {
    throw new UsageError(`--interval: "${given.interval}" is no time; use 0.1 to 3600 seconds`);
  }
  if (!COLUMNS.some(({ key }) => key === given.sort)) {
    throw new UsageError(`--sort: there is no column "${given.sort}"; see berth top --help`);
  }
  const options = isolatorOptions(given);
  const statistics = { ...options.statistics, socketDetails: true, snmp: true };
  const sample = await sampler({ ...options, statistics }, given.state);
  const first = await sample();
  if (Deno.stdout.isTerminal() && Deno.stdin.isTerminal()) {
    await live(sample, first, { intervalMs, sort: given.sort });
    return;
  }
  await new Promise((resolve) => setTimeout(resolve, intervalMs));
  topTable(topRows(first, await sample()), given.sort).forEach(printLine);
}

/** A kept host may change from one look to the next, so it is opened for each. */
async function sampler(options: IsolatorOptions, state: string | undefined): Promise<Sampler> {
  const look = (kernel: KernelNetwork) =>
    Isolator.create(options, kernel, { applier: new PrintingApplier(() => {}) });
  if (state !== undefined) {
    return () => withKeptKernel(state, async (kernel) => sampleOf(await look(kernel)));
  }
  const isolator = await look(new HostKernel());
  return () => sampleOf(isolator);
}

async function sampleOf(isolator: Isolator): Promise<TopSample> {
  const found = await isolator.adopt();
  return { atMs: performance.now(), found, usages: await isolator.usages() };
}

async function live(
  sample: Sampler,
  first: TopSample,
  options: { readonly intervalMs: number; readonly sort: string },
): Promise<void> {
  let sort = options.sort;
  let rows: TopRow[] = [];
  using screen = new Screen((key) => {
    if (!COLUMNS.some((column) => column.key === key)) return;
    sort = key;
    draw();
  });
  const draw = () => screen.show([keysLine(sort), "", ...topTable(rows, sort)]);
  for (let before = first; screen.isOpen;) {
    const now = await sample();
    rows = topRows(before, now);
    before = now;
    draw();
    const endMs = performance.now() + options.intervalMs;
    while (screen.isOpen && performance.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, KEY_LATENCY_MS));
    }
  }
}
