import { IntervalSet, type PortRange } from "../ports/mod.ts";
import type { ListedFilter } from "../routing/filter_listing.ts";
import { formatHandle, INGRESS, parseHandle } from "../routing/handle.ts";
import { priority } from "../routing/priority.ts";
import type { Container } from "./container.ts";
import { CONTAINER_FLOWS } from "./flow.ts";
import type { HostConfig } from "./host_config.ts";
import { filtersOf, type HostState, type OwnVeth, ownVeths } from "./host_state.ts";
import { portsOf } from "./listed_ports.ts";
import { parseAlias, pidOfCookie } from "./mark.ts";

/** Priority of the filters from which a container's ports are read. */
const VETH_IP = priority("ip", "low");

/** Priority of the filters that lead to a container by its ports. */
const HOST_IP = priority("ip", "normal");

/**
 * Rebuilds all containers from what the kernel holds.
 *
 * @param host The host.
 * @param state What the kernel holds.
 * @returns One container for each veth that is ours, in the order of the links.
 */
export function recoverContainers(host: HostConfig, state: HostState): Container[] {
  const flows = flowsByPort(host, state);
  const veths = ownVeths(host, state);
  const ports = portsByVeth(host, state, veths);
  return veths.map((veth) => {
    return recoverContainer(host, state, veth, ports.get(veth.pid) ?? IntervalSet.of(), flows);
  });
}

/**
 * Reads all ports of each container: those that its veth lets out, and those that the host's own
 * links lead to it, unless another's veth lets them out. Filters on the veth are the first to come
 * and the last to go, so one on the host's links alone means that somebody took the veth's away.
 */
function portsByVeth(
  host: HostConfig,
  state: HostState,
  veths: readonly OwnVeth[],
): Map<number, IntervalSet> {
  const pids = new Map(veths.map(({ link, pid }) => [link.name, pid]));
  const out = new Map<number, PortRange[]>(veths.map(({ pid }) => [pid, []]));
  const led = new Map<number, PortRange[]>();
  for (const filter of state.filters) {
    const own = pids.get(filter.link);
    if (own !== undefined && filter.priority === VETH_IP) {
      out.get(own)?.push(...portsOf(filter, "sport"));
    }
    const [action] = filter.actions;
    const isLead = filter.parent === INGRESS && filter.priority === HOST_IP &&
      (filter.link === host.eth0 || filter.link === host.lo);
    const to = isLead ? pidOfCookie(action?.cookie) : undefined;
    if (to === undefined || pids.get(action?.to ?? "") !== to) continue;
    led.set(to, [...led.get(to) ?? [], ...portsOf(filter, "dport")]);
  }
  const lets = new Map([...out].map(([pid, ranges]) => [pid, IntervalSet.from(ranges)]));
  const everyone = IntervalSet.from([...out.values()].flat());
  return new Map(
    [...lets].map(([pid, ports]) => {
      const others = everyone.difference(ports);
      return [pid, ports.union(IntervalSet.from(led.get(pid) ?? []).difference(others))];
    }),
  );
}

function recoverContainer(
  host: HostConfig,
  state: HostState,
  veth: OwnVeth,
  all: IntervalSet,
  flows: readonly FlowOfPorts[],
): Container {
  const { pid, link } = veth;
  const mark = parseAlias(link.alias);
  // The mark comes first: a process id that is given again has the symbolic link of its last owner.
  const id = mark?.id ?? state.symlinks.find((symlink) => symlink.pid === pid)?.id;
  const managed = mark === undefined
    ? host.options.ephemeralPorts
    : IntervalSet.of(mark.ephemeralPorts);
  const [ephemeralPorts] = all.intersection(managed).intervals;
  const flow = flows.find(({ range }) => all.contains(range))?.flow;
  return {
    ...(id === undefined ? {} : { id }),
    pid,
    ports: all.difference(managed),
    ...(ephemeralPorts === undefined ? {} : { ephemeralPorts }),
    ...(flow === undefined ? {} : { flow }),
  };
}

/** A flow and some ports whose packets are of it. */
interface FlowOfPorts {
  readonly range: PortRange;
  readonly flow: number;
}

function flowsByPort(host: HostConfig, state: HostState): FlowOfPorts[] {
  const { flowQueue } = host;
  if (flowQueue === undefined) return [];
  const parent = formatHandle(flowQueue.handle);
  return state.filters
    .filter((filter) => filter.parent === parent && filter.link === host.eth0)
    .flatMap((filter) => {
      const flow = containerFlow(filter);
      return flow === undefined ? [] : portsOf(filter, "sport").map((range) => ({ range, flow }));
    });
}

/**
 * Reads the flow of a container that a filter classifies for.
 *
 * @param filter A filter of the queue of unique flows.
 * @returns The flow, or undefined for filters of the host's own flows.
 */
export function containerFlow(filter: ListedFilter): number | undefined {
  if (filter.classId === undefined || filter.actions.length > 0) return undefined;
  const { minor } = parseHandle(filter.classId);
  return minor >= CONTAINER_FLOWS.first && minor <= CONTAINER_FLOWS.last ? minor : undefined;
}

/**
 * Finds all filters that are there for a container, those that classify its flow among them.
 *
 * @param host The host.
 * @param state What the kernel holds.
 * @param container The container.
 */
export function listedFor(
  host: HostConfig,
  state: HostState,
  container: Pick<Container, "pid" | "flow">,
): ListedFilter[] {
  const egress = container.flow === undefined
    ? []
    : state.filters.filter((filter) =>
      filter.link === host.eth0 && filter.handle !== undefined &&
      containerFlow(filter) === container.flow
    );
  return [...filtersOf(host, state, container.pid), ...egress]
    .filter((filter) => filter.classifier === "u32" && !isShared(filter));
}

/**
 * Tells whether a filter leads to several containers, as some of the reference's do; ours never do.
 *
 * @param filter The filter.
 */
export function isShared({ actions }: ListedFilter): boolean {
  return new Set(actions.flatMap(({ to }) => to === undefined ? [] : [to])).size > 1;
}
