import type { Usage } from "../../isolator/usage.ts";
import type { TrafficControlStatistics } from "../../isolator/traffic_control.ts";

/** One value of a metric, with labels besides the container's id. */
export interface Sample {
  /** The value; 64-bit counters are rounded to what a scrape can carry. */
  readonly value: number | bigint;
  /** Labels that tell it from the metric's other values. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** A metric of containers. */
export interface ContainerMetric {
  /** Its name; that of a counter ends with `_total`. */
  readonly name: string;
  /** Whether it only grows. */
  readonly kind: "counter" | "gauge";
  /** What it is, in one line. */
  readonly help: string;
  /** Names of its labels besides `id`. */
  readonly labels: readonly string[];
  /** Reads its values out of what a container has used. */
  readonly samples: (usage: Usage) => readonly Sample[];
}

/** A metric with one value a container. */
function single(
  kind: ContainerMetric["kind"],
  name: string,
  help: string,
  value: (usage: Usage) => number | bigint | undefined,
): ContainerMetric {
  const samples = (usage: Usage) => {
    const found = value(usage);
    return found === undefined ? [] : [{ value: found }];
  };
  return { name: `berth_container_${name}`, kind, help, labels: [], samples };
}

/** A metric with one value for each queue of a container's limits. */
function queue(
  kind: ContainerMetric["kind"],
  name: string,
  help: string,
  value: (queue: TrafficControlStatistics) => bigint | undefined,
): ContainerMetric {
  const samples = ({ net_traffic_control_statistics: queues = [] }: Usage) =>
    queues.flatMap((each) => {
      const found = value(each);
      return found === undefined ? [] : [{ value: found, labels: { queue: each.id } }];
    });
  return { name: `berth_container_queue_${name}`, kind, help, labels: ["queue"], samples };
}

/** Every metric of containers, in the order of a scrape. */
export const CONTAINER_METRICS: readonly ContainerMetric[] = [
  single("counter", "rx_packets_total", "Packets received", (usage) => usage.net_rx_packets),
  single("counter", "rx_bytes_total", "Bytes received", (usage) => usage.net_rx_bytes),
  single("counter", "rx_errors_total", "Packets that came damaged", (usage) => usage.net_rx_errors),
  single("counter", "rx_dropped_total", "Packets for it dropped", (usage) => usage.net_rx_dropped),
  single("counter", "tx_packets_total", "Packets sent", (usage) => usage.net_tx_packets),
  single("counter", "tx_bytes_total", "Bytes sent", (usage) => usage.net_tx_bytes),
  single("counter", "tx_errors_total", "Packets of it damaged", (usage) => usage.net_tx_errors),
  single("counter", "tx_dropped_total", "Packets of it dropped", (usage) => usage.net_tx_dropped),
  single(
    "gauge",
    "tx_limit_bytes_per_second",
    "What it may send at all times",
    (usage) => usage.net_tx_rate_limit,
  ),
  single(
    "gauge",
    "rx_limit_bytes_per_second",
    "What it may receive at all times",
    (usage) => usage.net_rx_rate_limit,
  ),
  single("gauge", "ports", "Ports that it was asked to have", (usage) => usage.net_ports.size),
  single(
    "gauge",
    "tcp_active_connections",
    "TCP connections in use",
    (usage) => usage.net_tcp_active_connections,
  ),
  single(
    "gauge",
    "tcp_time_wait_connections",
    "TCP connections that wait for late segments",
    (usage) => usage.net_tcp_time_wait_connections,
  ),
  {
    name: "berth_container_tcp_rtt_seconds",
    kind: "gauge",
    help: "Round-trip times of its TCP connections, by percentile",
    labels: ["percentile"],
    samples: (usage) =>
      ([50, 90, 95, 99] as const).flatMap((percentile) => {
        const microseconds = usage[`net_tcp_rtt_microsecs_p${percentile}`];
        const labels = { percentile: String(percentile) };
        return microseconds === undefined ? [] : [{ value: microseconds / 1e6, labels }];
      }),
  },
  queue("counter", "packets_total", "Packets that left a queue of a limit", (each) => each.packets),
  queue("counter", "bytes_total", "Bytes that left a queue of a limit", (each) => each.bytes),
  queue("counter", "drops_total", "Packets that a queue dropped", (each) => each.drops),
  queue(
    "counter",
    "overlimits_total",
    "How often a packet waited for a limit",
    (each) => each.overlimits,
  ),
  queue(
    "counter",
    "requeues_total",
    "Packets that the link gave back to a queue",
    (each) => each.requeues,
  ),
  queue("gauge", "waiting_bytes", "Bytes that wait in a queue", (each) => each.backlog),
  queue("gauge", "waiting_packets", "Packets that wait in a queue", (each) => each.qlen),
  {
    name: "berth_container_snmp",
    kind: "gauge",
    help: "Counters and settings of its protocols, by the kernel's names",
    labels: ["protocol", "name"],
    samples: ({ net_snmp_statistics: groups = {} }) =>
      (["ip", "icmp", "tcp", "udp"] as const).flatMap((protocol) =>
        Object.entries(groups[`${protocol}_stats`] ?? {})
          .map(([name, value]) => ({ value, labels: { protocol, name } }))
      ),
  },
  {
    name: "berth_container_rate",
    kind: "gauge",
    help: "Rates over the sliding window, in bytes or packets per second",
    labels: ["rate", "statistic"],
    samples: ({ net_rate_statistics: rates = {} }) =>
      Object.entries(rates).flatMap(([rate, percentiles]) =>
        typeof percentiles !== "object"
          ? []
          : Object.entries(percentiles).map(([statistic, value]) => ({
            value: Number(value),
            labels: { rate, statistic },
          }))
      ),
  },
];
