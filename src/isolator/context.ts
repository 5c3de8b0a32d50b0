import type { KernelNetwork } from "../kernel/kernel_network.ts";
import type { ListedFilter } from "../routing/filter_listing.ts";
import type { Applier } from "./apply.ts";
import type { HostConfig } from "./host_config.ts";
import { NodeNumbers } from "./node_numbers.ts";
import type { RateSampler } from "./rates/rate_sampler.ts";
import type { Registry } from "./registry.ts";

/** What every operation of the lifecycle works with. */
export interface Context {
  /** Where the operations look. */
  readonly kernel: KernelNetwork;
  /** What carries their plans out. */
  readonly applier: Applier;
  /** The host. */
  readonly host: HostConfig;
  /** Who holds what. */
  registry: Registry;
  /** Which filter numbers are taken on the host's links. */
  nodes: NodeNumbers;
  /** What samples rates; absent until that has begun. */
  rates?: RateSampler;
}

/**
 * Takes over the filter numbers of a fresh listing.
 *
 * @param context Whose numbers.
 * @param filters All filters of the host's links.
 */
export function noteNodes(context: Context, filters: readonly ListedFilter[]): void {
  const nodes = new NodeNumbers();
  nodes.note(filters);
  context.nodes = nodes;
}
