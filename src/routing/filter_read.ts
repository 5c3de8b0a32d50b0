import { runBatch } from "../kernel/batch.ts";
import { look } from "../kernel/command.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import { showFilters } from "./filter.ts";
import { type ListedFilter, parseFilters } from "./filter_listing.ts";

/** A qdisc whose filters are wanted. */
export interface FilterHome {
  /** Name of the link. */
  readonly link: string;
  /** The qdisc: `ffff:` for ingress. */
  readonly parent: string;
}

/** A command whose every line of output begins with `qdisc`, to tell one listing from the next. */
const MARKER = ["qdisc", "show", "dev", "lo"];

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
  const where = namespace === undefined ? {} : { namespace };
  const lines = homes.flatMap(({ link, parent }) => [MARKER, showFilters(link, parent).words]);
  const text = homes.length < 2 ? "" : await runBatch(kernel, {
    tool: "tc",
    lines,
    effect: "read",
    ...where,
  });
  const blocks = splitAtMarkers(text);
  if (blocks.length === homes.length) {
    return homes.map((home, i) => parseFilters(blocks[i] ?? "", home));
  }
  // A lone listing needs no marker, and where lo has no qdisc to show there is none to be had.
  return await Promise.all(homes.map(async (home) => {
    const { stdout } = await look(kernel, { ...showFilters(home.link, home.parent), ...where });
    return parseFilters(stdout, home);
  }));
}

function splitAtMarkers(text: string): string[] {
  const blocks: string[][] = [];
  let inMarker = false;
  for (const line of text.split("\n")) {
    const isMarker = line.startsWith("qdisc ");
    if (isMarker && !inMarker) blocks.push([]);
    if (!isMarker) blocks.at(-1)?.push(line);
    inMarker = isMarker;
  }
  return blocks.map((lines) => lines.join("\n"));
}
