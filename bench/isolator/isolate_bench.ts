/**
 * How long one `isolate` takes on the real kernel in each layout, and how many processes of tools.
 * Beside it, the same plan with a process for each command, as a script would do it, and a process
 * that only looks, since starting processes is most of what it takes. Prints a table, or JSON with
 * `--json`. It makes a sandbox of its own.
 *
 * @module
 */

import { createHostWorld } from "../../src/cli/demo/host_world.ts";
import { enterSandboxWith } from "../../src/cli/demo/enter_sandbox.ts";
import { prepareMounts } from "../../src/cli/demo/sandbox.ts";
import type { World } from "../../src/cli/demo/world.ts";
import { table, toJson } from "../../src/cli/print.ts";
import { KernelApplier } from "../../src/isolator/apply.ts";
import type { Applier } from "../../src/isolator/apply.ts";
import { Isolator } from "../../src/isolator/isolator.ts";
import { Metrics } from "../../src/isolator/metrics.ts";
import { DEFAULT_OPTIONS, type FilterLayout } from "../../src/isolator/options.ts";
import type { KernelNetwork } from "../../src/kernel/kernel_network.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { machineLine, median } from "./figures.ts";
import { countingKernel } from "./counting_kernel.ts";

const CONTAINERS = 20;
const INSIDE = "--inside-sandbox";

/** Eight aligned ports, one ephemeral range and an egress limit: what most containers have. */
const OPTIONS = {
  ...DEFAULT_OPTIONS,
  ports: parsePorts("31000-32000"),
  ephemeralPorts: parsePorts("61440-65535"),
  ephemeralPortsPerContainer: 64,
  egress: { ...DEFAULT_OPTIONS.egress, rateLimitPerContainer: 1_000_000 },
  leafQdisc: "pfifo" as const,
};

/** Carries out each step with a process of its own. */
function oneByOne(inner: Applier): Applier {
  return {
    apply: async (changes) => {
      for (const change of changes) await inner.apply([change]);
    },
    applyTogether: (plans) => inner.applyTogether(plans),
    applyAll: (changes) => inner.applyAll(changes),
  };
}

interface Row {
  readonly name: string;
  readonly medianMs: number;
  readonly slowestMs: number;
  readonly processes: number;
}

/** A way to isolate. */
interface Way {
  readonly name: string;
  readonly filterLayout: FilterLayout;
  readonly applierOf: (kernel: KernelNetwork) => Applier;
}

const batches = (kernel: KernelNetwork) => new KernelApplier(kernel, new Metrics());

const WAYS: readonly Way[] = [
  { name: "in batches, hashed", filterLayout: "hashed", applierOf: batches },
  { name: "in batches, linear", filterLayout: "linear", applierOf: batches },
  {
    name: "one by one, hashed",
    filterLayout: "hashed",
    applierOf: (kernel) => oneByOne(batches(kernel)),
  },
];

async function measure({ name, filterLayout, applierOf }: Way, world: World): Promise<Row> {
  const counter = countingKernel(world.kernel);
  const isolator = await Isolator.create({ ...OPTIONS, filterLayout }, counter.kernel, {
    applier: applierOf(counter.kernel),
  });
  const times: number[] = [];
  let processes = 0;
  for (let i = 0; i < CONTAINERS; i++) {
    const { pid } = await world.startContainer();
    await isolator.prepare(`c${i}`, { ports: parsePorts(`${31000 + 8 * i}-${31007 + 8 * i}`) });
    counter.processes = 0;
    const begin = performance.now();
    await isolator.isolate(`c${i}`, pid);
    times.push(performance.now() - begin);
    processes = Math.max(processes, counter.processes);
  }
  return { ...spread(name, times), processes };
}

function spread(name: string, times: readonly number[]) {
  return { name, medianMs: median(times), slowestMs: Math.max(...times) };
}

/** How long one process of a tool takes that does next to nothing. */
async function measureProcess({ kernel }: World): Promise<Row> {
  const times: number[] = [];
  for (let i = 0; i < CONTAINERS; i++) {
    const begin = performance.now();
    await kernel.execute({ tool: "ip", args: ["link", "show", "dev", "lo"], effect: "read" });
    times.push(performance.now() - begin);
  }
  return { ...spread("a process that only looks", times), processes: 1 };
}

async function main(): Promise<void> {
  await prepareMounts();
  const rows: Row[] = [];
  for (const way of WAYS) {
    await using world = await createHostWorld();
    rows.push(await measure(way, world));
    if (rows.length === WAYS.length) rows.push(await measureProcess(world));
  }
  const machine = await machineLine();
  const lines = Deno.args.includes("--json")
    ? [toJson({ machine, containers: CONTAINERS, rows }, 2)]
    : [
      ...table(
        ["ISOLATE", "MEDIAN MS", "SLOWEST MS", "PROCESSES"],
        rows.map(({ name, medianMs, slowestMs, processes }) => [
          name,
          medianMs.toFixed(1),
          slowestMs.toFixed(1),
          String(processes),
        ]),
      ),
      `${CONTAINERS} containers each`,
      machine,
    ];
  // deno-lint-ignore no-console
  for (const line of lines) console.log(line);
}

if (Deno.args.includes(INSIDE)) await main();
else Deno.exit(await enterSandboxWith(import.meta.filename ?? "", [...Deno.args, INSIDE]));
