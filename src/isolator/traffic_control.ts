import { formatHandle } from "../routing/handle.ts";
import { HTB_CLASS, HTB_HANDLE } from "../routing/htb.ts";
import type { MeasuredQdisc, QueueStatistics } from "../routing/queue_statistics.ts";
import type { Direction } from "./limit.ts";

/** The reference's names for the qdiscs of a limit: the limit itself, and the queue below it. */
const IDS = {
  egress: { limit: "bw_limit", leaf: "bloat_reduction" },
  ingress: { limit: "ingress_bw_limit", leaf: "ingress_bloat_reduction" },
} as const;

/** What a qdisc of a limit has carried, under the reference's name for it. */
export interface TrafficControlStatistics extends QueueStatistics {
  /** `bw_limit`, `bloat_reduction`, `ingress_bw_limit` or `ingress_bloat_reduction`. */
  readonly id: string;
}

/**
 * Picks the statistics of a limit: overlimits are counted at its root, drops at its leaf.
 *
 * @param direction Which of a container's limits it is.
 * @param qdiscs The qdiscs of the link that carries it.
 * @returns Nothing where there is no limit.
 */
export function trafficControlStatistics(
  direction: Direction,
  qdiscs: readonly MeasuredQdisc[],
): TrafficControlStatistics[] {
  const root = qdiscs.find(({ parent, kind, handle }) =>
    parent === "root" && kind === "htb" && handle === formatHandle(HTB_HANDLE)
  );
  if (root === undefined) return [];
  const leaf = qdiscs.find(({ parent }) => parent === formatHandle(HTB_CLASS));
  const ids = IDS[direction];
  return [
    { id: ids.limit, ...root.statistics },
    ...(leaf === undefined ? [] : [{ id: ids.leaf, ...leaf.statistics }]),
  ];
}
