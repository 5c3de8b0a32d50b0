import { assert } from "@std/assert";
import type { Command } from "../kernel/command.ts";
import { deleteFilter, type Filter } from "../routing/filter.ts";
import type { ListedFilter } from "../routing/filter_listing.ts";
import { INGRESS, isRootTable } from "../routing/handle.ts";
import { deleteLink } from "../routing/link.ts";
import { deleteNamespace } from "../routing/namespace.ts";
import { PRIMARY } from "../routing/priority.ts";
import { type Container, vethName } from "./container.ts";
import { symlinkPath } from "./container_handle.ts";
import { type Change, step } from "./change.ts";
import type { HostConfig } from "./host_config.ts";
import type { FilterPart } from "./host_filter.ts";
import type { HostState } from "./host_state.ts";
import { listedFor } from "./recovered.ts";

/**
 * Computes all that takes a container's network away: the filters on the host's own links before
 * the veth, and last what leads to them.
 *
 * @param host The host.
 * @param state What the kernel holds.
 * @param container The container.
 */
export function cleanupPlan(
  host: HostConfig,
  state: HostState,
  container: Pick<Container, "id" | "pid" | "flow">,
): Change[] {
  const veth = vethName(host.options.vethPrefix, container.pid);
  const handle = String(container.pid);
  const hasVeth = state.links.some(({ name }) => name === veth);
  const hasHandle = state.handles.includes(handle);
  const symlinks = state.symlinks.filter(({ id, pid }) =>
    pid === container.pid || (id === container.id && pid === undefined)
  );
  return [
    // Those on the veth itself go with it.
    ...removals(host, listedFor(host, state, container).filter(({ link }) => link !== veth)),
    ...(hasVeth ? [step(deleteLink(veth))] : []),
    ...(hasHandle ? [step(deleteNamespace(handle))] : []),
    ...symlinks.map(({ id }): Change => ({ kind: "unlink", path: symlinkPath(id) })),
  ];
}

/**
 * Computes the removal of filters of the host, counted by the part of the layout they belong to:
 * first those on the host's own links, then those on a veth; on each, what leads to a table before
 * what is in it, and the table itself last. On a veth, what lets everything out goes before what
 * lets some of it in, so that nothing goes astray meanwhile.
 *
 * @param host The host.
 * @param filters Listed u32 filters.
 */
export function removals(host: HostConfig, filters: readonly ListedFilter[]): Change[] {
  const rank = ({ link, handle, divisor }: ListedFilter): number => {
    const onVeth = link === host.eth0 || link === host.lo ? 0 : 3;
    if (divisor !== undefined) return onVeth + 2;
    return handle === undefined || isRootTable(handle) ? onVeth : onVeth + 1;
  };
  const order = (a: ListedFilter, b: ListedFilter): number =>
    rank(a) - rank(b) || (rank(a) < 3 ? 0 : b.priority - a.priority);
  const sorted = [...filters].sort(order);
  const commands = deletions(sorted);
  return sorted.flatMap((filter, i) => {
    const command = commands[i];
    return command === undefined ? [] : [step(command, `removing_${partOf(host, filter)}_filters`)];
  });
}

/**
 * Computes the removal of filters that bring their own handles, without having been listed; the
 * last made go first.
 *
 * @param filters The filters, in the order in which they are made, and the parts they belong to.
 */
export function removalsByName(
  filters: readonly { readonly filter: Filter; readonly part?: FilterPart }[],
): Change[] {
  return filters.toReversed().map(({ filter, part }) => {
    const { handle } = filter;
    // In a root table, whose number the kernel chooses, a filter goes by its listed handle alone.
    assert(handle !== undefined && handle.table !== 0, "only a filter in a table can be named");
    const counter = part === undefined ? undefined : `removing_${part}_filters`;
    return step(deleteFilter(filter, handle), counter);
  });
}

/**
 * Gives the commands that delete listed filters.
 *
 * @param filters Listed u32 filters.
 */
export function deletions(filters: readonly ListedFilter[]): Command[] {
  return filters.map(({ handle, link, parent, priority, protocol }) => {
    assert(handle !== undefined, "only u32 filters are ever ours");
    return deleteFilter({ link, parent, priority, protocol: knownProtocol(protocol) }, handle);
  });
}

/**
 * Takes the protocol of a filter of ours for one of ours.
 *
 * @param protocol The protocol, as listed.
 */
export function knownProtocol(protocol: string): "all" | "arp" | "ip" {
  assert(
    protocol === "all" || protocol === "arp" || protocol === "ip",
    "a filter of ours is of a protocol of ours",
  );
  return protocol;
}

/**
 * Names the part of the layout that a listed filter belongs to.
 *
 * @param host The host.
 * @param filter The filter.
 */
export function partOf(host: HostConfig, filter: ListedFilter): string {
  const kind = { [PRIMARY.arp]: "arp", [PRIMARY.icmp]: "icmp" }[filter.priority >> 8] ?? "ip";
  if (filter.parent !== INGRESS) return "eth0_egress";
  if (filter.link === host.eth0) return `eth0_${kind}`;
  return filter.link === host.lo ? "lo_ip" : `veth_${kind}`;
}
