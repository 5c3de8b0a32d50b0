/**
 * How long a container's network takes to make and to remove, how many containers are up how soon,
 * and what memory of the kernel each takes; beside it, the CNI plugins bridge, portmap and
 * bandwidth on the same kernel. Every container has eight ports and a limit both ways. Prints a
 * table, or JSON with `--json`. `--containers=N` says how many there are at most, and
 * `--cni=N` how many of the peer's. It makes a sandbox of its own.
 *
 * @module
 */

import { enterSandboxWith } from "../../src/cli/demo/enter_sandbox.ts";
import { createHostWorld } from "../../src/cli/demo/host_world.ts";
import { prepareMounts } from "../../src/cli/demo/sandbox.ts";
import type { World } from "../../src/cli/demo/world.ts";
import { table, toJson } from "../../src/cli/print.ts";
import { Isolator } from "../../src/isolator/isolator.ts";
import { DEFAULT_OPTIONS } from "../../src/isolator/options.ts";
import { HostKernel } from "../../src/kernel/host_kernel.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { addCni, installPeers, PORTS_EACH, removeCni } from "./cni.ts";
import { machineLine, median, numberArgument } from "./figures.ts";
import { startProcesses } from "./processes.ts";

const INSIDE = "--inside-sandbox";
const CONTAINERS = numberArgument("containers", 1000);
const CNI_CONTAINERS = numberArgument("cni", 100);
const FIRST_PORT = 20_000;
/** How many of the first and the last calls a median is taken of. */
const SAMPLES = 9;

const LIMIT = { ...DEFAULT_OPTIONS.egress, rateLimitPerContainer: 1_000_000 };
const OPTIONS = {
  ...DEFAULT_OPTIONS,
  ports: parsePorts("20000-32000"),
  ephemeralPorts: parsePorts("1024-17407"),
  ephemeralPortsPerContainer: 16,
  egress: LIMIT,
  ingress: LIMIT,
  leafQdisc: "pfifo" as const,
};

/** A way to make and remove containers' networks. */
interface Way {
  readonly name: string;
  /** Makes the network of container `i` with process `pid`. */
  add(i: number, pid: number): Promise<unknown>;
  remove(i: number, pid: number): Promise<unknown>;
}

/** What one way took; medians of the first and of the last few, in milliseconds. */
interface Row {
  readonly way: string;
  readonly containers: number;
  readonly addFirstMs: number;
  readonly addLastMs: number;
  readonly removeMs: number;
  readonly upSeconds: number;
  readonly kernelKilobytesEach: number;
}

async function measure(world: World, way: Way, count: number): Promise<Row> {
  const processes = await startProcesses(world.kernel, count);
  const pids = processes.map(({ pid }) => pid);
  const before = await kernelKilobytes();
  const begin = performance.now();
  const adds: number[] = [];
  for (const [i, pid] of pids.entries()) adds.push(await timed(() => way.add(i, pid)));
  const upSeconds = (performance.now() - begin) / 1000;
  const kernelKilobytesEach = (await kernelKilobytes() - before) / count;
  const removals: number[] = [];
  for (const [i, pid] of pids.entries()) removals.push(await timed(() => way.remove(i, pid)));
  for (const process of processes) process.kill("SIGKILL");
  return {
    way: way.name,
    containers: count,
    addFirstMs: median(adds.slice(0, SAMPLES)),
    addLastMs: median(adds.slice(-SAMPLES)),
    removeMs: median(removals),
    upSeconds,
    kernelKilobytesEach,
  };
}

/** How soon all are up where every caller asks at once. */
async function measureTogether(world: World, count: number): Promise<number> {
  const processes = await startProcesses(world.kernel, count);
  const { add, remove } = await berth(world);
  const upMs = await timed(() => Promise.all(processes.map(({ pid }, i) => add(i, pid))));
  await Promise.all(processes.map(({ pid }, i) => remove(i, pid)));
  for (const process of processes) process.kill("SIGKILL");
  return upMs / 1000;
}

async function berth(world: World): Promise<Way> {
  const isolator = await Isolator.create(OPTIONS, world.kernel);
  return {
    name: "berth",
    add: async (i, pid) => {
      const begin = FIRST_PORT + PORTS_EACH * i;
      await isolator.prepare(`c${i}`, {
        ports: parsePorts(`${begin}-${begin + PORTS_EACH - 1}`),
      });
      await isolator.isolate(`c${i}`, pid);
    },
    remove: (i) => isolator.cleanup(`c${i}`),
  };
}

const CNI: Way = {
  name: "CNI",
  add: (i, pid) => addCni({ id: `c${i}`, pid, port: FIRST_PORT + PORTS_EACH * i }),
  remove: (i, pid) => removeCni({ id: `c${i}`, pid, port: FIRST_PORT + PORTS_EACH * i }),
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

/** Memory of the kernel's own: its objects, and what it holds per processor. */
async function kernelKilobytes(): Promise<number> {
  const text = await new HostKernel().readFile("/proc/meminfo");
  const field = (name: string) => Number(new RegExp(`^${name}: +(\\d+)`, "m").exec(text)?.[1]);
  return field("Slab") + field("Percpu");
}

async function main(): Promise<void> {
  await installPeers();
  await prepareMounts();
  const rows: Row[] = [];
  for (const count of new Set([1, Math.min(100, CONTAINERS), CONTAINERS])) {
    await using world = await createHostWorld();
    rows.push(await measure(world, await berth(world), count));
  }
  for (const count of new Set([1, CNI_CONTAINERS])) {
    await using world = await createHostWorld();
    rows.push(await measure(world, CNI, count));
  }
  await using world = await createHostWorld();
  const togetherSeconds = await measureTogether(world, CONTAINERS);
  const machine = await machineLine();
  const lines = Deno.args.includes("--json") ? [toJson({ machine, rows, togetherSeconds }, 2)] : [
    ...table(
      ["WAY", "CONTAINERS", "ADD FIRST", "ADD LAST", "REMOVE", "ALL UP", "KERNEL MEMORY EACH"],
      rows.map((row) => [
        row.way,
        String(row.containers),
        `${row.addFirstMs.toFixed(1)} ms`,
        `${row.addLastMs.toFixed(1)} ms`,
        `${row.removeMs.toFixed(1)} ms`,
        `${row.upSeconds.toFixed(2)} s`,
        `${row.kernelKilobytesEach.toFixed(0)} KB`,
      ]),
    ),
    `berth, all ${CONTAINERS} asked for at once: up in ${togetherSeconds.toFixed(1)} s`,
    machine,
  ];
  // deno-lint-ignore no-console
  for (const line of lines) console.log(line);
}

if (Deno.args.includes(INSIDE)) await main();
else Deno.exit(await enterSandboxWith(import.meta.filename ?? "", [...Deno.args, INSIDE]));
