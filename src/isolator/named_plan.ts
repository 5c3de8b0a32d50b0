import { addFilter, type Filter } from "../routing/filter.ts";
import { isRootTable, rootHandle } from "../routing/handle.ts";
import { deleteLink } from "../routing/link.ts";
import { deleteNamespace } from "../routing/namespace.ts";
import { type Change, inNamespace, step } from "./change.ts";
import { removalsByName } from "./cleanup_plan.ts";
import { type Container, vethName } from "./container.ts";
import { symlinkPath } from "./container_handle.ts";
import type { HostConfig } from "./host_config.ts";
import { layoutOf } from "./layout.ts";

/**
 * Plans that need no listing: in the hashed layout every filter bears a name that follows from the
 * container's ports, so that what was planned once can be planned away again.
 *
 * @module
 */

/**
 * Computes all that takes a container's network away: the filters on the host's own links before
 * the veth, with which its own go, and last what leads to them.
 *
 * @param host The host.
 * @param container The container, as the kernel holds it.
 */
export function namedCleanupPlan(
  host: HostConfig,
  container: Container & { readonly id: string },
): Change[] {
  const veth = vethName(host.options.vethPrefix, container.pid);
  const filters = layoutOf(host).hostFilters(host, container);
  return [
    ...removalsByName(filters.filter(({ filter }) => filter.link !== veth)),
    step(deleteLink(veth)),
    step(deleteNamespace(String(container.pid))),
    { kind: "unlink", path: symlinkPath(container.id) },
  ];
}

/**
 * Computes what turns a container into what it should be: first what is missing, from the inside
 * out, then what is obsolete, from the outside in.
 *
 * @param host The host.
 * @param before The container as the kernel holds it.
 * @param after The container as it should be.
 */
export function namedUpdatePlan(
  host: HostConfig,
  before: Container,
  after: Container,
): Change[] {
  const layout = layoutOf(host);
  const outside = differenceOf(
    layout.hostFilters(host, before),
    layout.hostFilters(host, after),
    ({ filter }) => filter,
  );
  const inside = differenceOf(
    layout.containerFilters(host, before),
    layout.containerFilters(host, after),
    (filter) => filter,
  );
  const within = (changes: readonly Change[]) =>
    changes.flatMap((change) => change.kind === "command" ? [change.command] : [])
      .flatMap((command) => inNamespace(String(after.pid), [command]))
      .map((command) => step(command, "updating_container_ip_filters"));
  return [
    ...within(inside.missing.map((filter) => step(addNamed(filter)))),
    ...outside.missing.map(({ part, filter }) => step(addNamed(filter), `adding_${part}_filters`)),
    ...removalsByName(outside.surplus),
    ...within(removalsByName(inside.surplus.map((filter) => ({ filter })))),
  ];
}

function addNamed(filter: Filter) {
  return addFilter(filter, filter.handle ?? rootHandle(0));
}

function differenceOf<Named>(
  before: readonly Named[],
  after: readonly Named[],
  filterOf: (named: Named) => Filter,
) {
  const nameOf = (each: Named) => placeName(filterOf(each));
  const [there, wanted] = [new Set(before.map(nameOf)), new Set(after.map(nameOf))];
  return {
    missing: after.filter((each) => !there.has(nameOf(each))),
    surplus: before.filter((each) => !wanted.has(nameOf(each))),
  };
}

/**
 * Names a place that only one filter can have; tables are numbered across all priorities.
 *
 * @param filter A filter with a handle, wanted or listed.
 */
export function placeName(
  filter: Pick<Filter, "link" | "parent" | "priority" | "handle">,
): string {
  const { link, parent, priority, handle } = filter;
  if (handle === undefined) return "";
  const { table, bucket, node } = handle;
  const where = isRootTable(handle) ? `priority ${priority}` : `table ${table.toString(16)}`;
  return `${link} ${parent} ${where}, bucket ${bucket}, number ${node}`;
}
