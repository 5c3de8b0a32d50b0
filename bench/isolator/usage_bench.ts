/**
 * How long it takes to read what all containers of a host have used, for 200 and for 1,000 of them
 * on the real kernel; beside it, the same containers asked one after another. Prints a table, or
 * JSON with `--json`. It makes a sandbox of its own.
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
  readonly processes: number;
}

async function measure(kernel: KernelNetwork, containers: number): Promise<Row[]> {
  const counter = countingKernel(kernel);
  const plain = await Isolator.create(OPTIONS, counter.kernel);
  await plain.adopt();
  const full = await Isolator.create({ ...OPTIONS, statistics: EVERYTHING }, counter.kernel);
  await full.adopt();
  const row = async (asked: string, ask: () => Promise<unknown>): Promise<Row> => {
    counter.processes = 0;
    const begin = performance.now();
    await ask();
    const totalMs = performance.now() - begin;
    const perContainerMs = totalMs / containers;
    return { containers, asked, totalMs, perContainerMs, processes: counter.processes };
  };
  return [
    await row("together", () => plain.usages()),
    await row("together, everything", () => full.usages()),
    await row("one after another", async () => {
      for (const { id } of plain.containers) await plain.usage(id);
    }),
  ];
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
    ["CONTAINERS", "ASKED", "MS", "MS EACH", "PROCESSES"],
    rows.map(({ containers, asked, totalMs, perContainerMs, processes }) => [
      String(containers),
      asked,
      totalMs.toFixed(0),
      perContainerMs.toFixed(2),
      String(processes),
    ]),
  );
  // deno-lint-ignore no-console
  for (const line of lines) console.log(line);
}

if (Deno.args.includes(INSIDE)) await main();
else Deno.exit(await enterSandboxWith(import.meta.filename ?? "", [...Deno.args, INSIDE]));
