import { addFilter, type Filter } from "../../routing/filter.ts";
import { formatHandle, rootHandle } from "../../routing/handle.ts";
import { setLink } from "../../routing/link.ts";
import { NAMESPACE_FOLDER } from "../../routing/namespace.ts";
import { addIngress, hasIngress } from "../../routing/qdisc.ts";
import { step } from "../change.ts";
import type { Container } from "../container.ts";
import { SYMLINK_FOLDER } from "../container_handle.ts";
import type { HostFacts } from "../host.ts";
import type { HostConfig } from "../host_config.ts";
import {
  flowQueuePlan,
  folderPlan,
  type FolderState,
  missingFlowFilters,
  wrongHostSettings,
} from "../host_plan.ts";
import type { HostState } from "../host_state.ts";
import { IsolatorError } from "../isolator_error.ts";
import type { NodeNumbers } from "../node_numbers.ts";
import { missingParts } from "../scaffold_plan.ts";
import { filterName } from "./filter_name.ts";
import { type Finding, finding } from "./finding.ts";

/** What the host itself is like. */
export interface HostSide {
  /** Its links, qdiscs, routes and settings. */
  readonly facts: HostFacts;
  /** The folders of handles and symbolic links. */
  readonly folders: FolderState;
  /** What the kernel holds of all containers. */
  readonly state: HostState;
}

/**
 * Finds what is not as it should be about what the host has once for all containers.
 *
 * @param host The host.
 * @param side What it is like.
 * @param containers All containers that run.
 * @param nodes Numbers for new filters.
 */
export function hostFindings(
  host: HostConfig,
  side: HostSide,
  containers: readonly Container[],
  nodes: NodeNumbers,
): Finding[] {
  const { facts, folders, state } = side;
  return [
    ...folderFindings(folders),
    ...settingFindings(host, facts),
    ...loFindings(host, facts),
    ...[host.eth0, host.lo].filter((link) => !hasIngress(facts.qdiscs, link)).map((link) =>
      finding("qdisc", `${link} ingress`, `${link} has no ingress qdisc, so nothing is steered`, [
        step(addIngress(link)),
      ])
    ),
    ...flowQueuePlan(host).map((change) =>
      finding(
        "qdisc",
        `${host.eth0} ${formatHandle(host.flowQueue?.handle ?? { major: 0, minor: 0 })}`,
        `${host.eth0} has no queue of unique flows`,
        [change],
      )
    ),
    ...scaffoldFindings(host, state, containers),
    ...missingFlowFilters(host, state).map((filter) =>
      filterFinding(filter, step(addFilter(filter, nodes.take(filter))))
    ),
  ];
}

function folderFindings(folders: FolderState): Finding[] {
  const changes = folderPlan(folders);
  return changes.length === 0 ? [] : [
    finding(
      "folder",
      NAMESPACE_FOLDER,
      `${NAMESPACE_FOLDER} is no shared mount of its own, or ${SYMLINK_FOLDER} is missing`,
      changes,
    ),
  ];
}

function settingFindings(host: HostConfig, facts: HostFacts): Finding[] {
  return [...wrongHostSettings(host, facts)].map(([key, value]) => {
    const says = `${key} of the host is ${facts.settings.get(key) ?? "absent"} instead of ${value}`;
    const required = new Map([[key, value]]);
    return finding("setting", key, says, [{ kind: "settings", required, optional: new Map() }]);
  });
}

function loFindings(host: HostConfig, { lo }: HostFacts): Finding[] {
  if (lo === undefined || (lo.mac === host.mac && lo.mtu === host.mtu)) return [];
  const says = `${host.lo} has the MAC address ${lo.mac} and the MTU ${lo.mtu} instead of ` +
    `${host.mac} and ${host.mtu}, those of ${host.eth0}`;
  return [
    finding("link", host.lo, says, [step(setLink(host.lo, { mac: host.mac, mtu: host.mtu }))]),
  ];
}

function scaffoldFindings(
  host: HostConfig,
  state: HostState,
  containers: readonly Container[],
): Finding[] {
  try {
    return missingParts(host, state, containers).map((filter) =>
      filterFinding(filter, step(addFilter(filter, filter.handle ?? rootHandle(0))))
    );
  } catch (error) {
    if (!(error instanceof IsolatorError)) throw error;
    return [finding("filter-taken", "hash tables", error.message, [])];
  }
}

function filterFinding(filter: Filter, change: Finding["mend"][number]): Finding {
  const name = filterName(filter);
  return finding("filter-missing", name, `${name} is missing, which all containers share`, [
    change,
  ]);
}
