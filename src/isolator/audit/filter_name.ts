import type { Filter } from "../../routing/filter.ts";
import type { ListedFilter } from "../../routing/filter_listing.ts";
import { formatFilterHandle, INGRESS, isRootTable } from "../../routing/handle.ts";
import { formatKeys, packKeys } from "../../routing/u32.ts";

/**
 * Names a filter by its place and by what it asks for, as its listing shows them.
 *
 * @param filter The filter, wanted or listed.
 * @param namespace Name of its namespace; the host's own when left out.
 */
export function filterName(filter: Filter | ListedFilter, namespace?: string): string {
  const { link, parent, protocol, priority, handle } = filter;
  const where = parent === INGRESS ? `${link} ingress` : `${link} ${parent}`;
  const number = handle === undefined || isRootTable(handle)
    ? ""
    : ` handle ${formatFilterHandle(handle)}`;
  const keys = formatKeys("keys" in filter ? filter.keys : wantedKeys(filter));
  const asks = keys === "" ? "" : ` match ${keys}`;
  const inside = namespace === undefined ? "" : ` in namespace ${namespace}`;
  return `filter ${where} protocol ${protocol} pref ${priority}${number}${asks}${inside}`;
}

function wantedKeys(filter: Filter) {
  return packKeys(filter.matches.flatMap(({ keys }) => keys));
}
