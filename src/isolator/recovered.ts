import { IntervalSet, type PortRange } from "../ports/mod.ts";
import type { ListedFilter } from "../routing/filter_listing.ts";
import { formatHandle, parseHandle } from "../routing/handle.ts";
import { priority } from "../routing/priority.ts";
import type { Container } from "./container.ts";
import { CONTAINER_FLOWS } from "./flow.ts";
import type { HostConfig } from "./host_config.ts";
import { filtersOf, type HostState, type OwnVeth, ownVeths } from "./host_state.ts";
import { portsOf } from "./listed_ports.ts";
import { parseAlias } from "./mark.ts";

/** Priority of the filters from which a container's ports are read. */
const VETH_IP = priority("ip", "low");

/**
 * Rebuilds all containers from what the kernel holds.
 *
 * @param host The host.
 * @param state What the kernel holds.
 * @returns One container for each veth that is ours, in the order of the links.
 */
export function recoverContainers(host: HostConfig, state: HostState): Container[] {
  const flows = flowsByPort(host, state);
  return ownVeths(host, state).map((veth) => recoverContainer(host, state, veth, flows));
}

function recoverContainer(
  host: HostConfig,
  state: HostState,
  veth: OwnVeth,
  flows: readonly FlowOfPorts[],
): Container {
  const { pid, link } = veth;
  const mark = parseAlias(link.alias);
  const id = state.symlinks.find((symlink) => symlink.pid === pid)?.id ?? mark?.id;
  const all = IntervalSet.of(
    ...state.filters
      .filter((filter) => filter.link === link.name && filter.priority === VETH_IP)
      .flatMap((filter) => portsOf(filter, "sport")),
  );
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
