import { createHostWorld } from "../../src/cli/demo/host_world.ts";
import type { World } from "../../src/cli/demo/world.ts";
import { readHostState } from "../../src/isolator/host_state.ts";
import { Isolator } from "../../src/isolator/isolator.ts";
import { layoutOf } from "../../src/isolator/layout.ts";
import { NodeNumbers } from "../../src/isolator/node_numbers.ts";
import { DEFAULT_OPTIONS, type FilterLayout } from "../../src/isolator/options.ts";
import { runBatch } from "../../src/kernel/batch.ts";
import { type IntervalSet, parsePorts } from "../../src/ports/mod.ts";
import { addFilter } from "../../src/routing/filter.ts";
import { priority } from "../../src/routing/priority.ts";
import { addCni, PORTS_EACH, removeCni, run } from "./cni.ts";
import type { Target } from "./load.ts";
import { startProcesses } from "./processes.ts";

/** A host with many port ranges, of which the last belongs to a container that is really there. */
export interface Crowded extends Target, AsyncDisposable {}

const FIRST_PORT = 20_000;
/** Priority of the filters that steer by ports, in both layouts. */
const PRIORITY = priority("ip", "normal");
const OPTIONS = {
  ...DEFAULT_OPTIONS,
  ports: parsePorts("10000-60000"),
  ephemeralPorts: parsePorts("61440-65535"),
  leafQdisc: "pfifo" as const,
};

/**
 * Makes a host whose filters steer many port ranges. All but the last go to one container, so that
 * there need not be thousands: how a filter is found does not depend on where it leads.
 *
 * @param filterLayout How filters are laid out.
 * @param ranges How many ranges there are in all.
 */
export async function crowdedBerth(filterLayout: FilterLayout, ranges: number): Promise<Crowded> {
  const world = await createHostWorld();
  const processes = await startProcesses(world.kernel, 2);
  const [other, last] = processes.map(({ pid }) => pid);
  if (other === undefined || last === undefined) throw new Error("both have started");
  const options = { ...OPTIONS, filterLayout };
  const isolator = await Isolator.create(options, world.kernel);
  await isolator.prepare("other", { ports: parsePorts("10000") });
  await isolator.isolate("other", other);
  await fill(world, isolator, other, ranges - 1);
  const again = await Isolator.create(options, world.kernel);
  await again.adopt();
  await again.prepare("last", { ports: portsOf(ranges - 1) });
  await again.isolate("last", last);
  return crowded(world, processes, { pid: last, port: portOf(ranges - 1) });
}

async function fill(
  { kernel }: World,
  { host }: Isolator,
  pid: number,
  count: number,
): Promise<void> {
  // No number is left free below the last container's, whose filters are then asked last.
  const nodes = new NodeNumbers();
  nodes.note((await readHostState(kernel, host, [])).filters);
  const filters = Array.from({ length: count }, (_, i) => portsOf(i)).flatMap((ports) =>
    layoutOf(host).hostFilters(host, { pid, ports })
      .map(({ filter }) => filter)
      .filter(({ link, protocol, priority }) =>
        (link === host.eth0 || link === host.lo) && protocol === "ip" && priority === PRIORITY
      )
  );
  const lines = filters.map((filter) => addFilter(filter, nodes.take(filter)).words);
  await runBatch(kernel, { tool: "tc", lines });
}

/**
 * Makes a host whose netfilter rules are those of the CNI plugin portmap for many containers. Only
 * the last is really there; of the others there are the rules that a new connection is tried
 * against.
 *
 * @param ranges How many containers' rules there are in all.
 */
export async function crowdedCni(ranges: number): Promise<Crowded> {
  const world = await createHostWorld();
  const processes = await startProcesses(world.kernel, 1);
  const pid = processes[0]?.pid ?? 0;
  const container = { id: "last", pid, port: portOf(ranges - 1), isLimited: false };
  await addCni(container);
  const { stdout } = await run("iptables-save", ["-t", "nat"]);
  const chosen = stdout.split("\n").filter((line) => line.startsWith("-A CNI-HOSTPORT-DNAT "));
  const others = Array.from(
    { length: ranges - 1 },
    (_, i) =>
      chosen.map((line) =>
        line.replace(/--dports \S+/, `--dports ${portsOf(i).intervals.flatMap(list).join(",")}`)
          .replace("-A CNI-HOSTPORT-DNAT", `-I CNI-HOSTPORT-DNAT ${2 * i + 1}`)
      ),
  ).flat();
  const input = `*nat\n${others.join("\n")}\nCOMMIT\n`;
  const { code, stderr } = await run("iptables-restore", ["--noflush"], { input });
  if (code !== 0) throw new Error(`iptables-restore failed: ${stderr}`);
  const host = crowded(world, processes, container);
  return {
    ...host,
    [Symbol.asyncDispose]: async () => {
      await removeCni(container);
      await run("iptables", ["-t", "nat", "-F", "CNI-HOSTPORT-DNAT"]);
      await host[Symbol.asyncDispose]();
    },
  };
}

function crowded(
  world: World,
  processes: readonly Deno.ChildProcess[],
  target: Target,
): Crowded {
  return {
    ...target,
    [Symbol.asyncDispose]: async () => {
      for (const process of processes) process.kill("SIGKILL");
      await world[Symbol.asyncDispose]();
    },
  };
}

function portOf(range: number): number {
  return FIRST_PORT + PORTS_EACH * range;
}

function portsOf(range: number): IntervalSet {
  return parsePorts(`${portOf(range)}-${portOf(range) + PORTS_EACH - 1}`);
}

function list({ begin, end }: { readonly begin: number; readonly end: number }): number[] {
  return Array.from({ length: end - begin + 1 }, (_, i) => begin + i);
}
