import type { Container } from "./container.ts";
import type { HostState } from "./host_state.ts";
import { pidOfCookie } from "./mark.ts";

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
