import type { IntervalSet } from "../ports/mod.ts";
import type { Filter } from "../routing/filter.ts";
import type { ListedFilter } from "../routing/filter_listing.ts";
import { isRootTable } from "../routing/handle.ts";
import type { Container } from "./container.ts";
import * as hashed from "./hashed_layout.ts";
import type { HostConfig } from "./host_config.ts";
import type { HostFilter } from "./host_filter.ts";
import * as linear from "./linear_layout.ts";
import type { FilterLayout } from "./options.ts";

/** How filters steer packets to containers: pure functions that give filters as data. */
export interface Layout {
  /**
   * Computes what there is once for all containers, in an order in which each part finds what it
   * needs. It does nothing by itself.
   *
   * @param host The host.
   * @param ports All ports that a container may have.
   */
  scaffold(host: HostConfig, ports: IntervalSet): Filter[];

  /**
   * Computes all filters that the host should hold for a container, in the crash-safe order: those
   * on its own veth first, so that whatever else there is can be traced back to a veth.
   *
   * @param host The host.
   * @param container The container.
   */
  hostFilters(host: HostConfig, container: Container): HostFilter[];

  /**
   * Computes the filters inside a container's own namespace.
   *
   * @param host The host, whose public link's name the container's end bears.
   * @param container The container.
   */
  containerFilters(host: HostConfig, container: Container): Filter[];

  /**
   * Computes those filters inside a container's own namespace that depend on its ports.
   *
   * @param eth0 Name of the container's end of its veth pair.
   * @param pid The container's process.
   * @param ports All its ports.
   */
  containerPortFilters(eth0: string, pid: number, ports: IntervalSet): Filter[];
}

const LAYOUTS: Readonly<Record<FilterLayout, Layout>> = { hashed, linear };

/**
 * Gives the layout that the operator chose.
 *
 * @param host The host.
 */
export function layoutOf(host: HostConfig): Layout {
  return LAYOUTS[host.options.filterLayout];
}

/**
 * Tells which layout some filters are of. Tables without filters tell nothing: a container that was
 * moved to the linear layout keeps its own.
 *
 * @param filters The filters on one side of a container.
 */
export function layoutOfListing(filters: readonly ListedFilter[]): Layout {
  const isInTable = ({ handle, divisor }: ListedFilter) =>
    handle !== undefined && divisor === undefined && !isRootTable(handle);
  return LAYOUTS[filters.some(isInTable) ? "hashed" : "linear"];
}
