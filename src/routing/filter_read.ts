import type { KernelNetwork } from "../kernel/kernel_network.ts";
import { showFilters } from "./filter.ts";
import { type ListedFilter, parseFilters } from "./filter_listing.ts";
import { listTogether } from "./marked_listings.ts";

/** A qdisc whose filters are wanted. */
export interface FilterHome {
  /** Name of the link. */
  readonly link: string;
  /** The qdisc: `ffff:` for ingress. */
  readonly parent: string;
}

/**
 * Lists the filters of many qdiscs with one process.
 *
 * @param kernel Where to look.
 * @param homes The links and qdiscs; each must exist.
 * @param namespace Name of the namespace; the kernel's own when left out.
 * @returns The filters of each home, in the order asked for.
 * @throws {KernelError} If the kernel refuses, as it does where a link is gone.
 * @throws {ListingError} If the listing cannot be read.
 */
export async function listFilters(
  kernel: KernelNetwork,
  homes: readonly FilterHome[],
  namespace?: string,
): Promise<ListedFilter[][]> {
  const commands = homes.map(({ link, parent }) => showFilters(link, parent));
  const texts = await listTogether(kernel, commands, namespace);
  return homes.map((home, i) => parseFilters(texts[i] ?? "", home));
}
