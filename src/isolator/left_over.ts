import type { ListedFilter } from "../routing/filter_listing.ts";
import type { Container } from "./container.ts";
import type { HostConfig } from "./host_config.ts";
import type { HostState } from "./host_state.ts";
import { pidOfCookie } from "./mark.ts";
import { containerFlow } from "./recovered.ts";

/**
 * Finds symbolic links that lead to no handle, and all of those that lead to one handle.
 *
 * @param state What the kernel holds.
 * @returns Their ids.
 */
export function findBrokenSymlinks(state: HostState): string[] {
  const handles = new Set(state.handles);
  const leads = new Map<number, number>();
  for (const { pid } of state.symlinks) {
    if (pid !== undefined) leads.set(pid, (leads.get(pid) ?? 0) + 1);
  }
  return state.symlinks
    .filter(({ pid }) =>
      pid === undefined || !handles.has(String(pid)) || (leads.get(pid) ?? 0) > 1
    )
    .map(({ id }) => id);
}

/**
 * Finds processes that only a handle or filters are left of.
 *
 * @param state What the kernel holds.
 * @param containers All containers that have a veth.
 */
export function findPidsWithoutVeth(state: HostState, containers: readonly Container[]): number[] {
  const pids = new Set<number>();
  const handles = new Set(state.handles);
  for (const { pid } of state.symlinks) {
    if (pid !== undefined && handles.has(String(pid))) pids.add(pid);
  }
  for (const { actions } of state.filters) {
    const pid = actions.map(({ cookie }) => pidOfCookie(cookie)).find((each) => each !== undefined);
    if (pid !== undefined) pids.add(pid);
  }
  for (const { pid } of containers) pids.delete(pid);
  return [...pids];
}

/**
 * Finds filters of flows that no container has. They bear no mark of a container, so that nothing
 * else leads to those which outlive theirs.
 *
 * @param host The host.
 * @param state What the kernel holds.
 * @param containers All containers that have a veth.
 */
export function findStrayFlowFilters(
  host: HostConfig,
  state: HostState,
  containers: readonly Container[],
): ListedFilter[] {
  if (host.flowQueue === undefined) return [];
  const taken = new Set(containers.map(({ flow }) => flow));
  return state.filters.filter((filter) => {
    const flow = filter.handle === undefined ? undefined : containerFlow(filter);
    return filter.link === host.eth0 && flow !== undefined && !taken.has(flow);
  });
}
