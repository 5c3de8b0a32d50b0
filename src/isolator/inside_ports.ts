import type { Command } from "../kernel/command.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import { IntervalSet } from "../ports/mod.ts";
import { addFilter } from "../routing/filter.ts";
import type { ListedFilter } from "../routing/filter_listing.ts";
import { listFilters } from "../routing/filter_read.ts";
import { INGRESS } from "../routing/handle.ts";
import { priority } from "../routing/priority.ts";
import { type Change, inNamespace, step } from "./change.ts";
import { deletions } from "./cleanup_plan.ts";
import { compareFilters } from "./compare.ts";
import { layoutOfListing } from "./layout.ts";
import { portsOf } from "./listed_ports.ts";
import { NodeNumbers } from "./node_numbers.ts";

/** Priorities of the filters that depend on ports, in either layout. */
const ON_LO = priority("ip", "high");
const ON_ETH0 = priority("ip", "normal");

/** A container as its own namespace knows it. */
export interface ContainerSide {
  /** Name of its end of the veth pair. */
  readonly eth0: string;
  /** Name of its loopback link. */
  readonly lo: string;
  /** Its process, after which the namespace's handle is named. */
  readonly pid: number;
}

/** The filters inside a container that depend on its ports, and all that are around them. */
export interface InsidePorts {
  /** The ports that they are for. */
  readonly ports: IntervalSet;
  /** Those that depend on ports. */
  readonly filters: readonly ListedFilter[];
  /** All that were listed. */
  readonly all: readonly ListedFilter[];
}

/**
 * Reads which ports a container's own namespace takes for the container's.
 *
 * @param kernel Where to look.
 * @param container The container.
 * @throws {KernelError} If the kernel refuses, as it does where the namespace has no handle.
 */
export async function readInsidePorts(
  kernel: KernelNetwork,
  { eth0, lo, pid }: ContainerSide,
): Promise<InsidePorts> {
  const homes = [lo, eth0].map((link) => ({ link, parent: INGRESS }));
  const all = (await listFilters(kernel, homes, String(pid))).flat();
  const isOurs = ({ link, priority: order }: ListedFilter) =>
    (link === lo && order === ON_LO) || (link === eth0 && order === ON_ETH0);
  const filters = all.filter((filter) => isOurs(filter) && portsOf(filter, "dport").length > 0);
  const onLo = filters.filter(({ link }) => link === lo);
  const ports = IntervalSet.from(onLo.flatMap((filter) => portsOf(filter, "dport")));
  return { ports, filters, all };
}

/** What gives those filters other ports; what is added comes before what goes. */
export interface InsidePortChanges {
  /** Steps that add what is missing. */
  readonly additions: readonly Change[];
  /** Steps that remove what is too much. */
  readonly removals: readonly Change[];
}

/**
 * Computes what gives a container's own namespace other ports, in the layout that it has.
 *
 * @param container The container.
 * @param inside What there is.
 * @param ports All its ports.
 */
export function insidePortChanges(
  { eth0, pid }: ContainerSide,
  { filters, all }: InsidePorts,
  ports: IntervalSet,
): InsidePortChanges {
  const numbers = new NodeNumbers();
  numbers.note(all);
  const wanted = layoutOfListing(all).containerPortFilters(eth0, pid, ports);
  const { missing, surplus } = compareFilters(wanted, filters, (filter) => filter);
  const steps = (commands: readonly Command[]) =>
    inNamespace(String(pid), commands)
      .map((command) => step(command, "updating_container_ip_filters"));
  return {
    additions: steps(missing.map((filter) => addFilter(filter, numbers.take(filter)))),
    removals: steps(deletions(surplus)),
  };
}
