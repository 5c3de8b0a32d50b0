/**
 * How long a container's network takes to make and to remove, how many containers are up how soon,
 * and what memory of the kernel each takes; beside it, the CNI plugins bridge, portmap and
 * bandwidth on the same kernel. Every container has eight ports and a limit both ways. Prints a
 * table, or JSON with `--json`. `--containers=N` says how many there are, and `--cni=N` how many of
 * the peer's; 0 leaves a way out. With `--together` all containers ask at once, and that is all that
 * is measured. It makes a sandbox of its own.
 *
 * @module
 */

import { enterSandboxWith } from "../../src/cli/demo/enter_sandbox.ts";
import { createHostWorld } from "../../src/cli/demo/host_world.ts";
import { prepareMounts } from "../../src/cli/demo/sandbox.ts";
import type { World } from "../../src/cli/demo/world.ts";
import { remark, table, toJson } from "../../src/cli/print.ts";
import { Isolator } from "../../src/isolator/isolator.ts";
import { DEFAULT_OPTIONS } from "../../src/isolator/options.ts";
import { HostKernel } from "../../src/kernel/host_kernel.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { addCni, type CniContainer, installPeers, PORTS_EACH, removeCni } from "./cni.ts";
import { machineLine, median, numberArgument } from "./figures.ts";
import { startProcesses } from "./processes.ts";

const INSIDE = "--inside-sandbox";
const CONTAINERS = numberArgument("containers", 1000);
const CNI_CONTAINERS = numberArgument("cni", 100);
const FIRST_PORT = 20_000;
/** How many calls around each mark a median is taken of. */
const SAMPLES = 9;
/** The containers at which times are told: the first, the tenth, and so on. */
const MARKS = [1, 10, 100, 200, 500, 1000];
/** How many are removed while all the others are there. */
const REMOVED = 50;

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

/** What one way took. */
interface Row {
  readonly way: string;
  readonly containers: number;
  /** The median time around each mark, and the mean of the processors' time, in milliseconds. */
  readonly adds: readonly {
    readonly container: number;
    readonly ms: number;
    readonly cpuMs: number;
  }[];
  /** Median of removals while nearly all containers are there. */
  readonly removeMs: number;
  readonly upSeconds: number;
  readonly kernelKilobytesEach: number;
}

async function measure(world: World, way: Way, count: number): Promise<Row> {
  const processes = await startProcesses(world.kernel, count);
  const pids = processes.map(({ pid }) => pid);
  const before = await kernelKilobytes();
  const marks = [...MARKS.filter((mark) => mark < count), count];
  const windows = marks.map((mark) => Math.min(mark - 1, Math.max(0, count - SAMPLES)));
  const edges = new Map<number, number>();
  const adds: number[] = [];
  const begin = performance.now();
  for (const [i, pid] of pids.entries()) {
    if (windows.some((first) => i === first || i === first + SAMPLES)) edges.set(i, await cpuMs());
    adds.push(await timed(() => way.add(i, pid)));
    if (i % 100 === 99) remark(`${way.name}: ${i + 1} containers`);
  }
  edges.set(count, await cpuMs());
  const upSeconds = (performance.now() - begin) / 1000;
  const kernelKilobytesEach = (await kernelKilobytes() - before) / count;
  const removals: number[] = [];
  for (const [i, pid] of [...pids.entries()].slice(0, REMOVED)) {
    removals.push(await timed(() => way.remove(i, pid)));
  }
  for (const process of processes) process.kill("SIGKILL");
  return {
    way: way.name,
    containers: count,
    adds: marks.map((container, i) => {
      const [first, end] = [windows[i] ?? 0, Math.min(count, (windows[i] ?? 0) + SAMPLES)];
      const used = (edges.get(end) ?? NaN) - (edges.get(first) ?? NaN);
      return { container, ms: median(adds.slice(first, end)), cpuMs: used / (end - first) };
    }),
    removeMs: median(removals),
    upSeconds,
    kernelKilobytesEach,
  };
}

/** How soon all are up where every caller asks at once. */
async function measureTogether(world: World, count: number): Promise<Row> {
  const processes = await startProcesses(world.kernel, count);
  const { name, add } = await berth(world);
  const before = await kernelKilobytes();
  const cpuBefore = await cpuMs();
  const upMs = await timed(() => Promise.all(processes.map(({ pid }, i) => add(i, pid))));
  const usedMs = await cpuMs() - cpuBefore;
  const kernelKilobytesEach = (await kernelKilobytes() - before) / count;
  for (const process of processes) process.kill("SIGKILL");
  return {
    way: `${name}, all at once`,
    containers: count,
    adds: [{ container: count, ms: upMs / count, cpuMs: usedMs / count }],
    removeMs: NaN,
    upSeconds: upMs / 1000,
    kernelKilobytesEach,
  };
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

function cniContainer(i: number, pid: number): CniContainer {
  return { id: `c${i}`, pid, port: FIRST_PORT + PORTS_EACH * i, isLimited: true };
}

const CNI: Way = {
  name: "CNI",
  add: (i, pid) => addCni(cniContainer(i, pid)),
  remove: (i, pid) => removeCni(cniContainer(i, pid)),
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

/** A tick of the kernel's accounts of time, in milliseconds. */
const TICK_MS = 10;

/**
 * Time that processors have spent on this program and on what it started, in milliseconds: unlike
 * the time that passes, it hardly depends on what else a machine does.
 */
async function cpuMs(): Promise<number> {
  const stat = await new HostKernel().readFile(`/proc/${Deno.pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // utime, stime, and those of children that have ended: fields 14 to 17 of proc(5).
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * TICK_MS, 0);
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
  if (CNI_CONTAINERS > 0) {
    await using world = await createHostWorld();
    rows.push(await measure(world, CNI, CNI_CONTAINERS));
  }
  // What the last world holds goes with the sandbox, more quickly than one container at a time.
  const world = await createHostWorld();
  const together = Deno.args.includes("--together");
  if (together) rows.push(await measureTogether(world, CONTAINERS));
  else if (CONTAINERS > 0) rows.push(await measure(world, await berth(world), CONTAINERS));
  const machine = await machineLine();
  const lines = Deno.args.includes("--json") ? [toJson({ machine, rows }, 2)] : [
    ...table(
      ["WAY", "CONTAINER", "ADD", "OF CPUS", "REMOVE", "ALL UP", "KERNEL MEMORY EACH"],
      rows.flatMap((row) =>
        row.adds.map(({ container, ms, cpuMs }) => [
          row.way,
          String(container),
          `${ms.toFixed(1)} ms`,
          `${cpuMs.toFixed(1)} ms`,
          ...(container < row.containers ? ["", "", ""] : [
            Number.isNaN(row.removeMs) ? "" : `${row.removeMs.toFixed(1)} ms`,
            `${row.upSeconds.toFixed(2)} s`,
            `${row.kernelKilobytesEach.toFixed(0)} KB`,
          ]),
        ])
      ),
    ),
    machine,
  ];
  // deno-lint-ignore no-console
  for (const line of lines) console.log(line);
}

if (Deno.args.includes(INSIDE)) {
  await main();
  Deno.exit();
} else Deno.exit(await enterSandboxWith(import.meta.filename ?? "", [...Deno.args, INSIDE]));
