import { addIngress, addQdisc, hasIngress } from "../routing/qdisc.ts";
import { addFilter } from "../routing/filter.ts";
import { setLink } from "../routing/link.ts";
import { isSharedMount, NAMESPACE_FOLDER } from "../routing/namespace.ts";
import { sysctlLink } from "../routing/sysctl.ts";
import { type Change, step } from "./change.ts";
import { compareFilters } from "./compare.ts";
import { SYMLINK_FOLDER } from "./container_handle.ts";
import { FLOW_QUEUE_KIND, type HostConfig } from "./host_config.ts";
import type { HostFacts } from "./host.ts";
import type { HostState } from "./host_state.ts";
import { sharedFlowFilters } from "./linear_layout.ts";
import type { NodeNumbers } from "./node_numbers.ts";
import { containerFlow } from "./recovered.ts";

/**
 * Lists the settings that the host needs.
 *
 * @param host The host.
 * @returns Values by dotted key.
 */
export function hostSettings(host: HostConfig): ReadonlyMap<string, string> {
  const lo = `net.ipv4.conf.${sysctlLink(host.lo)}`;
  return new Map([
    // Containers answer from 127.0.0.1 and from the host's own address, which arrive by lo.
    [`${lo}.route_localnet`, "1"],
    [`${lo}.accept_local`, "1"],
    ["net.ipv4.conf.all.rp_filter", "0"],
    [`${lo}.rp_filter`, "0"],
    // A gateway that shares its clients' address must not tell them of a better way.
    ["net.ipv4.conf.all.send_redirects", "0"],
    [`${lo}.send_redirects`, "0"],
  ]);
}

/**
 * Computes what is missing before the host can take containers.
 *
 * @param host The host.
 * @param facts What the host is like.
 * @param mountinfo Content of `/proc/self/mountinfo`.
 */
export function hostPlan(host: HostConfig, facts: HostFacts, mountinfo: string): Change[] {
  const lo = facts.lo;
  const sameLo = lo !== undefined && lo.mac === host.mac && lo.mtu === host.mtu;
  return [
    ...folderPlan(mountinfo),
    ...[...hostSettings(host)].map(([key, value]): Change => ({
      kind: "host-setting",
      key,
      value,
    })),
    ...(sameLo ? [] : [step(setLink(host.lo, { mac: host.mac, mtu: host.mtu }))]),
    ...[host.eth0, host.lo]
      .filter((link) => !hasIngress(facts.qdiscs, link))
      .map((link) => step(addIngress(link))),
    ...flowQueuePlan(host),
  ];
}

/** The handle folder must be shared, or containers' copies of the mount table would pin handles. */
function folderPlan(mountinfo: string): Change[] {
  const folders = [NAMESPACE_FOLDER, SYMLINK_FOLDER]
    .map((path): Change => ({ kind: "folder", path }));
  const real = NAMESPACE_FOLDER.replace(/^\/var/, "");
  if (isSharedMount(mountinfo, NAMESPACE_FOLDER) || isSharedMount(mountinfo, real)) return folders;
  const mount = (...words: string[]) => step({ tool: "mount", words });
  return [
    ...folders,
    mount("--bind", NAMESPACE_FOLDER, NAMESPACE_FOLDER),
    mount("--make-shared", NAMESPACE_FOLDER),
  ];
}

function flowQueuePlan(host: HostConfig): Change[] {
  const queue = host.flowQueue;
  if (queue === undefined || queue.exists) return [];
  const { parent, handle } = queue;
  return [step(addQdisc({ link: host.eth0, parent, handle, kind: FLOW_QUEUE_KIND }))];
}

/**
 * Computes which filters of the host's own flows are missing.
 *
 * @param host The host.
 * @param state What the kernel holds.
 * @param nodes Numbers for new filters.
 */
export function sharedFlowPlan(host: HostConfig, state: HostState, nodes: NodeNumbers): Change[] {
  if (host.flowQueue === undefined) return [];
  const wanted = sharedFlowFilters(host, host.flowQueue);
  const own = state.filters.filter((filter) =>
    filter.classId !== undefined && containerFlow(filter) === undefined
  );
  const { missing } = compareFilters(wanted, own, (filter) => filter);
  return missing.map((filter) => step(addFilter(filter, nodes.take(filter))));
}
