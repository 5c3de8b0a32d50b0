import { isNotFound } from "../kernel/kernel_error.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import { type FilterHome, listFilters } from "../routing/filter_read.ts";
import type { ListedFilter } from "../routing/filter_listing.ts";
import { formatHandle, INGRESS } from "../routing/handle.ts";
import { type Link, listLinks } from "../routing/link.ts";
import { listNamespaces } from "../routing/namespace.ts";
import { hasIngress, listQdiscs, type Qdisc } from "../routing/qdisc.ts";
import { pidOfVeth, vethName } from "./container.ts";
import { type ContainerSymlink, listSymlinks, namespacesOfHandles } from "./container_handle.ts";
import type { HostConfig } from "./host_config.ts";
import { parseAlias, pidOfCookie } from "./mark.ts";

/** What the kernel holds of all containers: the only database there is. */
export interface HostState {
  /** The host's links. */
  readonly links: readonly Link[];
  /** The host's qdiscs. */
  readonly qdiscs: readonly Qdisc[];
  /** The filters of the public link, the loopback link, and the veths that were asked for. */
  readonly filters: readonly ListedFilter[];
  /** Names of all namespace handles. */
  readonly handles: readonly string[];
  /** The network namespace that each handle keeps, by the handle's name. */
  readonly handleNamespaces: ReadonlyMap<string, string>;
  /** The symbolic links of all containers. */
  readonly symlinks: readonly ContainerSymlink[];
}

/** How often a listing is begun again because a link vanished under it. */
const ATTEMPTS = 5;

/**
 * Reads what the kernel holds of all containers.
 *
 * @param kernel Where to look.
 * @param host The host.
 * @param pids Processes whose veths' filters are wanted; those of all veths when left out.
 * @throws {KernelError} If the kernel refuses.
 */
export async function readHostState(
  kernel: KernelNetwork,
  host: HostConfig,
  pids?: readonly number[],
): Promise<HostState> {
  for (let attempt = 1;; attempt++) {
    try {
      return await readOnce(kernel, host, pids);
    } catch (error) {
      if (!isNotFound(error) || attempt >= ATTEMPTS) throw error;
    }
  }
}

async function readOnce(
  kernel: KernelNetwork,
  host: HostConfig,
  pids: readonly number[] | undefined,
): Promise<HostState> {
  const [links, qdiscs, handles, mountinfo, symlinks] = await Promise.all([
    listLinks(kernel),
    listQdiscs(kernel),
    listNamespaces(kernel),
    kernel.readFile("/proc/self/mountinfo"),
    listSymlinks(kernel),
  ]);
  const handleNamespaces = namespacesOfHandles(mountinfo);
  const state = { links, qdiscs, handles, handleNamespaces, symlinks };
  const homes = filterHomes(host, { ...state, filters: [] }, pids);
  const filters = (await listFilters(kernel, homes)).flat();
  return { ...state, filters };
}

/** The qdiscs whose filters matter, as far as they exist. */
function filterHomes(
  host: HostConfig,
  state: HostState,
  pids: readonly number[] | undefined,
): FilterHome[] {
  const { flowQueue = host.formerFlowQueue } = host;
  const veths = ownVeths(host, state)
    .filter(({ pid }) => pids === undefined || pids.includes(pid))
    .map(({ link }) => link.name);
  const egress = flowQueue === undefined ? undefined : formatHandle(flowQueue.handle);
  const hasEgress = state.qdiscs.some(({ link, handle }) =>
    link === host.eth0 && handle === egress
  );
  return [
    ...[host.eth0, host.lo, ...veths]
      .filter((link) => hasIngress(state.qdiscs, link))
      .map((link) => ({ link, parent: INGRESS })),
    ...(hasEgress && egress !== undefined ? [{ link: host.eth0, parent: egress }] : []),
  ];
}

/** The host's end of a container's veth pair. */
export interface OwnVeth {
  /** The link. */
  readonly link: Link;
  /** The container's process. */
  readonly pid: number;
}

/**
 * Finds the veths that are ours: named for a process, and marked by their alias or by a symbolic
 * link that leads to that process.
 *
 * @param host The host.
 * @param state What the kernel holds.
 */
export function ownVeths(host: HostConfig, state: HostState): OwnVeth[] {
  const linked = new Set(state.symlinks.map(({ pid }) => pid));
  return state.links.flatMap((link): OwnVeth[] => {
    const pid = pidOfVeth(host.options.vethPrefix, link.name);
    const ours = pid !== undefined && (linked.has(pid) || parseAlias(link.alias) !== undefined);
    return ours ? [{ link, pid }] : [];
  });
}

/**
 * Finds the filters outside a container that are there for it.
 *
 * @param host The host.
 * @param state What the kernel holds.
 * @param pid The container's process.
 */
export function filtersOf(host: HostConfig, state: HostState, pid: number): ListedFilter[] {
  const veth = vethName(host.options.vethPrefix, pid);
  return state.filters.filter((filter) =>
    filter.link === veth ||
    filter.actions.some(({ to, cookie }) => to === veth || pidOfCookie(cookie) === pid)
  );
}
