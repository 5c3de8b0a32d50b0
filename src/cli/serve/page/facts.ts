import { html } from "./elements.ts";
import { bitRate, count, duration } from "./format.ts";
import type { Chosen } from "./view.ts";

/** What is told of the container that is looked at, in this order. */
const FACTS: readonly { title: string; text: (chosen: Chosen) => string }[] = [
  { title: "Container", text: ({ row }) => row.id },
  { title: "Status", text: ({ row }) => row.status },
  { title: "Send limit", text: ({ row }) => bitRate(row.egress_rate_limit) },
  { title: "Receive limit", text: ({ row }) => bitRate(row.ingress_rate_limit) },
  { title: "Dropped to it", text: ({ usage }) => count(usage.net_rx_dropped) },
  { title: "Dropped of it", text: ({ usage }) => count(usage.net_tx_dropped) },
  { title: "Dropped by queues", text: ({ usage }) => count(queueDrops(usage)) },
  { title: "RTT p50", text: ({ usage }) => duration(usage.net_tcp_rtt_microsecs_p50) },
  { title: "RTT p99", text: ({ usage }) => duration(usage.net_tcp_rtt_microsecs_p99) },
  { title: "TCP connections", text: ({ usage }) => count(usage.net_tcp_active_connections) },
];

/**
 * Counts what the queues of a container's limits dropped.
 *
 * @param usage What it has used.
 * @returns Packets; undefined where the agent does not read these statistics.
 */
export function queueDrops(
  { net_traffic_control_statistics: queues }: Chosen["usage"],
): number | undefined {
  return queues?.filter(({ id }) => id.endsWith("bloat_reduction"))
    .reduce((sum, { drops = 0 }) => sum + drops, 0);
}

/**
 * Tells of the container that is looked at.
 *
 * @param place Where.
 * @param chosen The container; undefined where there is none.
 */
export function showFacts(place: HTMLElement, chosen: Chosen | undefined): void {
  if (chosen === undefined) {
    place.replaceChildren(html("div", {}, html("dt", {}, "Container"), html("dd", {}, "none")));
    return;
  }
  place.replaceChildren(
    ...FACTS.map(({ title, text }) =>
      html("div", {}, html("dt", {}, title), html("dd", {}, text(chosen)))
    ),
  );
}
