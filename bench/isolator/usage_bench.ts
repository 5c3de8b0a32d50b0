/**
 * How long it takes to read what all containers of a host have used, for 200 and for 1,000 of them
 * on the real kernel, each with limits both ways; beside it, the first 200 asked one after another.
 * Prints a table, or JSON with `--json`. It makes a sandbox of its own.
 *
 * @module
 */

import { enterSandboxWith } from "../../src/cli/demo/enter_sandbox.ts";
import { createHostWorld } from "../../src/cli/demo/host_world.ts";
import { prepareMounts } from "../../src/cli/demo/sandbox.ts";
import { table, toJson } from "../../src/cli/print.ts";
import { Isolator } from "../../src/isolator/isolator.ts";
import { DEFAULT_OPTIONS } from "../../src/isolator/options.ts";
import type { KernelNetwork } from "../../src/kernel/kernel_network.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { countingKernel } from "./counting_kernel.ts";
import { startCrowd } from "./crowd.ts";

const COUNTS = [200, 1000];

/** How many containers are asked one after another; more would take minutes. */
const ONE_BY_ONE = 200;
const INSIDE = "--inside-sandbox";

const OPTIONS = {
  ...DEFAULT_OPTIONS,
  ports: parsePorts("31000-32000"),
  ephemeralPorts: parsePorts("61440-65535"),
};

/** Everything that usage can tell. */
const EVERYTHING = { socketSummary: true, socketDetails: true, snmp: true, rates: false };

interface Row {
  readonly containers: number;
  readonly asked: string;
  readonly totalMs: number;
  readonly perContainerMs: number;
  /** Processor time of this process and of those that it started, whoever else uses the machine. */
  readonly cpuMs: number;
  readonly commands: number;
}

async function measure(kernel: KernelNetwork, containers: number): Promise<Row[]> {
  const counter = countingKernel(kernel);
  const plain = await Isolator.create(OPTIONS, counter.kernel);
  await plain.adopt();
  const full = await Isolator.create({ ...OPTIONS, statistics: EVERYTHING }, counter.kernel);
  await full.adopt();
  const row = async (asked: string, ask: () => Promise<unknown>): Promise<Row> => {
    counter.processes = 0;
    const cpuBeginMs = await cpuMs(kernel);
    const begin = performance.now();
    await ask();
    const totalMs = performance.now() - begin;
    return {
      ...{ containers, asked, totalMs, perContainerMs: totalMs / containers },
      ...{ cpuMs: await cpuMs(kernel) - cpuBeginMs, commands: counter.processes },
    };
  };
  const rows = [
    await row("together", () => plain.usages()),
    await row("together, everything", () => full.usages()),
  ];
  if (containers > ONE_BY_ONE) return rows;
  const oneByOne = await row("one after another", async () => {
    for (const { id } of plain.containers) await plain.usage(id);
  });
  return [...rows, oneByOne];
}

/** Milliseconds of a clock tick, in which `/proc` counts. */
const TICK_MS = 10;

async function cpuMs(kernel: KernelNetwork): Promise<number> {
  const text = await kernel.readFile(`/proc/${Deno.pid}/stat`);
  // After the name in brackets, words 12 to 15 are the ticks of the process and of its children.
  const words = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return words.slice(11, 15).reduce((sum, word) => sum + Number(word), 0) * TICK_MS;
}

async function main(): Promise<void> {
  await prepareMounts();
  await using world = await createHostWorld();
  await Isolator.create(OPTIONS, world.kernel);
  using crowd = startCrowd(world.kernel);
  const rows: Row[] = [];
  for (const count of COUNTS) {
    await crowd.growTo(count);
    rows.push(...await measure(world.kernel, count));
  }
  const lines = Deno.args.includes("--json") ? [toJson(rows, 2)] : table(
    ["CONTAINERS", "ASKED", "MS", "MS EACH", "CPU MS", "COMMANDS"],
    rows.map(({ containers, asked, totalMs, perContainerMs, cpuMs, commands }) => [
      String(containers),
      asked,
      totalMs.toFixed(0),
      perContainerMs.toFixed(2),
      String(cpuMs),
      String(commands),
    ]),
  );
  // deno-lint-ignore no-console
  for (const line of lines) console.log(line);
}

if (Deno.args.includes(INSIDE)) await main();
else Deno.exit(await enterSandboxWith(import.meta.filename ?? "", [...Deno.args, INSIDE]));
