import type { IntervalSet } from "../ports/mod.ts";
import type { Filter } from "../routing/filter.ts";
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
