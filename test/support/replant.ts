import { assert } from "@std/assert";
import type { KernelNetwork } from "../../src/kernel/kernel_network.ts";
import { run } from "../../src/kernel/run.ts";
import { deleteFilter } from "../../src/routing/filter.ts";
import type { ListedFilter } from "../../src/routing/filter_listing.ts";
import { formatFilterHandle, isRootTable } from "../../src/routing/handle.ts";
import type { Key } from "../../src/routing/u32.ts";

/** What is wrong with a filter that is planted in the place of another. */
export interface Defect {
  /** Keys that it has instead. */
  readonly keys?: readonly Key[];
  /** The link that it redirects to instead. */
  readonly to?: string;
}

/**
 * Takes a filter away.
 *
 * @param kernel The kernel.
 * @param filter A filter with a redirect, as listed.
 */
export async function uproot(kernel: KernelNetwork, filter: ListedFilter): Promise<void> {
  const { handle, protocol } = filter;
  assert(handle !== undefined && protocol === "ip");
  const { tool, words } = deleteFilter({ ...filter, protocol }, handle);
  await run(kernel, { tool, args: words, effect: "change" });
}

/**
 * Puts a filter with a defect in the place of a listed one.
 *
 * @param kernel The kernel.
 * @param filter A filter with a redirect, as listed.
 * @param defect What is wrong with the new one.
 */
export async function replant(
  kernel: KernelNetwork,
  filter: ListedFilter,
  defect: Defect,
): Promise<void> {
  const { link, parent, priority, handle, keys, actions } = filter;
  await uproot(kernel, filter);
  assert(handle !== undefined);
  const isRoot = isRootTable(handle);
  const place = isRoot ? { ...handle, table: 0 } : handle;
  const args = [
    ...["filter", "add", "dev", link, "parent", parent, "protocol", "ip"],
    ...["prio", String(priority), "handle", formatFilterHandle(place), "u32"],
    ...(isRoot ? [] : ["ht", formatFilterHandle({ ...handle, node: 0 })]),
    ...(defect.keys ?? keys).flatMap(({ value, mask, offset }) => [
      ...["match", "u32", `0x${value.toString(16)}`, `0x${mask.toString(16)}`],
      ...["at", String(offset)],
    ]),
    ...["action", "mirred", "egress", "redirect", "dev", defect.to ?? actions[0]?.to ?? ""],
  ];
  await run(kernel, { tool: "tc", args, effect: "change" });
}

/** Ports whose packets a filter is found by: the first of the first container's, and their mask. */
const PORTS = { value: 31000, mask: 0xfff8 };

/**
 * Finds the filter that leads the ports 31000 to 31007 to a container.
 *
 * @param filters The filters of one link, as listed.
 * @param veth The container's veth.
 */
export function filterOfPorts(filters: readonly ListedFilter[], veth: string): ListedFilter {
  const found = filters.find(({ actions: [action], keys }) =>
    action?.kind === "redirect" && action.to === veth && keys.some(isPorts)
  );
  assert(found !== undefined, "there is such a filter");
  return found;
}

/**
 * Changes what a filter asks of ports.
 *
 * @param filter What {@linkcode filterOfPorts} found.
 * @param change What is different.
 * @returns All its keys.
 */
export function changePorts(filter: ListedFilter, change: Partial<Key>): Key[] {
  return filter.keys.map((key) => isPorts(key) ? { ...key, ...change } : key);
}

function isPorts({ value, mask }: Key): boolean {
  return value === PORTS.value && mask === PORTS.mask;
}
