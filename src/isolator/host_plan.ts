import { isNotFound } from "../kernel/kernel_error.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import { addIngress, addQdisc, deleteRoot, hasIngress } from "../routing/qdisc.ts";
import { addFilter, type Filter } from "../routing/filter.ts";
import { formatHandle } from "../routing/handle.ts";
import { setLink } from "../routing/link.ts";
import { isSharedMount, NAMESPACE_FOLDER } from "../routing/namespace.ts";
import { type Change, step } from "./change.ts";
import { compareFilters } from "./compare.ts";
import { SYMLINK_FOLDER } from "./container_handle.ts";
import { FLOW_QUEUE_KIND, type HostConfig } from "./host_config.ts";
import { type HostFacts, hostSettings } from "./host.ts";
import type { HostState } from "./host_state.ts";
import { sharedFlowFilters } from "./linear_layout.ts";
import type { Sysctls } from "../routing/sysctl.ts";
import type { NodeNumbers } from "./node_numbers.ts";
import { containerFlow } from "./recovered.ts";

/** What there is of the folders of handles and symbolic links. */
export interface FolderState {
  /** Content of `/proc/self/mountinfo`. */
  readonly mountinfo: string;
  /** Those of the folders that do not exist. */
  readonly missing: readonly string[];
}

/**
 * Looks at the folders of handles and symbolic links.
 *
 * @param kernel Where to look.
 * @throws {KernelError} If they cannot be read.
 */
export async function readFolders(kernel: KernelNetwork): Promise<FolderState> {
  const missing: string[] = [];
  for (const folder of [NAMESPACE_FOLDER, SYMLINK_FOLDER]) {
    try {
      await kernel.readDirectory(folder);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      missing.push(folder);
    }
  }
  return { mountinfo: await kernel.readFile("/proc/self/mountinfo"), missing };
}

/**
 * Computes what is missing before the host can take containers.
 *
 * @param host The host.
 * @param facts What the host is like.
 * @param folders What there is of the folders of handles and symbolic links.
 */
export function hostPlan(host: HostConfig, facts: HostFacts, folders: FolderState): Change[] {
  const lo = facts.lo;
  const sameLo = lo !== undefined && lo.mac === host.mac && lo.mtu === host.mtu;
  return [
    ...folderPlan(folders),
    ...settingsPlan(host, facts),
    ...(sameLo ? [] : [step(setLink(host.lo, { mac: host.mac, mtu: host.mtu }))]),
    ...[host.eth0, host.lo]
      .filter((link) => !hasIngress(facts.qdiscs, link))
      .map((link) => step(addIngress(link))),
    ...flowQueuePlan(host),
  ];
}

function settingsPlan(host: HostConfig, facts: HostFacts): Change[] {
  const wrong = wrongHostSettings(host, facts);
  return wrong.size === 0 ? [] : [{ kind: "settings", required: wrong, optional: new Map() }];
}

/**
 * Finds settings of the host that are not what they must be.
 *
 * @param host The host.
 * @param facts What the host is like.
 * @returns What they must be, by dotted key.
 */
export function wrongHostSettings(host: HostConfig, facts: HostFacts): Sysctls {
  const wanted = [...hostSettings(host.lo)];
  return new Map(wanted.filter(([key, value]) => facts.settings.get(key) !== value));
}

/**
 * Computes what makes the folders of handles and symbolic links what they must be: the former must
 * be shared, or containers' copies of the mount table would pin handles.
 *
 * @param folders What there is of them.
 */
export function folderPlan({ mountinfo, missing }: FolderState): Change[] {
  const folders = missing.map((path): Change => ({ kind: "folder", path }));
  const real = NAMESPACE_FOLDER.replace(/^\/var/, "");
  if (isSharedMount(mountinfo, NAMESPACE_FOLDER) || isSharedMount(mountinfo, real)) return folders;
  const mount = (...words: string[]) => step({ tool: "mount", words });
  return [
    ...folders,
    mount("--bind", NAMESPACE_FOLDER, NAMESPACE_FOLDER),
    mount("--make-shared", NAMESPACE_FOLDER),
  ];
}

/**
 * Computes what makes the queue of unique flows, where there must be one and is none.
 *
 * @param host The host.
 */
export function flowQueuePlan(host: HostConfig): Change[] {
  const queue = host.flowQueue;
  if (queue === undefined || queue.exists) return [];
  const { parent, handle } = queue;
  return [step(addQdisc({ link: host.eth0, parent, handle, kind: FLOW_QUEUE_KIND }))];
}

/**
 * Computes what makes the filters of the host's own flows, as far as they are missing.
 *
 * @param host The host.
 * @param state What the kernel holds.
 * @param nodes Numbers for new filters.
 */
export function sharedFlowPlan(host: HostConfig, state: HostState, nodes: NodeNumbers): Change[] {
  return missingFlowFilters(host, state)
    .map((filter) => step(addFilter(filter, nodes.take(filter))));
}

/**
 * Finds those filters of the host's own flows that are missing.
 *
 * @param host The host.
 * @param state What the kernel holds.
 */
export function missingFlowFilters(host: HostConfig, state: HostState): readonly Filter[] {
  if (host.flowQueue === undefined) return [];
  const wanted = sharedFlowFilters(host, host.flowQueue);
  const own = state.filters.filter((filter) =>
    filter.classId !== undefined && containerFlow(filter) === undefined
  );
  return compareFilters(wanted, own, (filter) => filter).missing;
}

/**
 * Computes the removal of the queue of unique flows, where flows are not unique any more: whoever
 * has a flow in it would keep that when somebody else has his ports. A queue without our filters
 * is somebody else's.
 *
 * @param host The host.
 * @param state What the kernel holds.
 */
export function formerFlowPlan(host: HostConfig, state: HostState): Change[] {
  const queue = host.formerFlowQueue;
  if (queue === undefined) return [];
  const parent = formatHandle(queue.handle);
  const there = state.filters.filter((filter) =>
    filter.link === host.eth0 && filter.parent === parent
  );
  const wanted = sharedFlowFilters(host, queue);
  if (compareFilters(wanted, there, (filter) => filter).missing.length > 0) return [];
  if (queue.parent === "root") return [step(deleteRoot(host.eth0))];
  const words = ["qdisc", "delete", "dev", host.eth0, "parent", formatHandle(queue.parent)];
  return [step({ tool: "tc", words })];
}
