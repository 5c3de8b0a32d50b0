import type { Filter } from "../routing/filter.ts";

/** Where a filter belongs; the order in which they are added, and the reverse of their removal. */
export type FilterPart =
  | "veth_ip"
  | "veth_icmp"
  | "veth_arp"
  | "eth0_egress"
  | "eth0_ip"
  | "lo_ip"
  | "eth0_icmp"
  | "eth0_arp";

/** A filter of the host and the part of the layout it belongs to. */
export interface HostFilter {
  /** The part, as the metrics name it. */
  readonly part: FilterPart;
  /** The filter. */
  readonly filter: Filter;
}

/**
 * Names the part that filters belong to.
 *
 * @param part The part.
 * @param filters The filters.
 */
export function inPart(part: FilterPart, filters: readonly Filter[]): HostFilter[] {
  return filters.map((filter) => ({ part, filter }));
}
