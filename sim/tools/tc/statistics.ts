import type { QueueCounters } from "../../model/counters.ts";
import type { Listing } from "../listing.ts";
import { formatSize } from "./units.ts";

/**
 * Lists the counters of a qdisc, a class or an action.
 *
 * @param listing Where to.
 * @param counters What was counted.
 * @param indent What stands before each line.
 */
export function listCounters(listing: Listing, counters: QueueCounters, indent: string): void {
  const { bytes, packets, drops, overlimits, requeues, backlogBytes, queueLength } = counters;
  listing.json("bytes", bytes);
  listing.json("packets", packets);
  listing.json("drops", drops);
  listing.json("overlimits", overlimits);
  listing.json("requeues", requeues);
  listing.json("backlog", backlogBytes);
  listing.json("qlen", queueLength);
  listing.text(
    `${indent}Sent ${bytes} bytes ${packets} pkt ` +
      `(dropped ${drops}, overlimits ${overlimits} requeues ${requeues}) \n` +
      `${indent}backlog ${formatSize(backlogBytes)} ${queueLength}p requeues ${requeues}\n`,
  );
}
