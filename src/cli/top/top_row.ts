import type { FoundContainer } from "../../isolator/adopt.ts";
import type { Usage } from "../../isolator/usage.ts";

/** What containers had used at one moment. */
export interface TopSample {
  /** When, in milliseconds of a clock that does not go back. */
  readonly atMs: number;
  /** The containers. */
  readonly found: readonly FoundContainer[];
  /** What each had used, by its id. */
  readonly usages: ReadonlyMap<string, Usage>;
}

/** One line of the table; what cannot be told is undefined. */
export interface TopRow {
  /** The container's id. */
  readonly id: string;
  /** How it is doing. */
  readonly status: string;
  /** Its ports, as text. */
  readonly ports: string;
  /** Bytes that it receives per second. */
  readonly rxBytesPerSecond: number | undefined;
  /** Bytes that it sends per second. */
  readonly txBytesPerSecond: number | undefined;
  /** Packets to it or of it that are dropped per second, in the queues of its limits too. */
  readonly dropsPerSecond: number | undefined;
  /** What it sends as a share of its limit, from 0 to 1 and a little above while a burst lasts. */
  readonly limitShare: number | undefined;
  /** Half of its round-trip times are at or below it, in microseconds. */
  readonly rttP50Microseconds: number | undefined;
  /** The 99th percentile of its round-trip times in microseconds. */
  readonly rttP99Microseconds: number | undefined;
  /** TCP segments that it sent again per second. */
  readonly retransmitsPerSecond: number | undefined;
}

/**
 * Computes the table from two samples.
 *
 * @param before The earlier sample.
 * @param now The later one, whose containers are shown.
 */
export function topRows(before: TopSample, now: TopSample): TopRow[] {
  const seconds = (now.atMs - before.atMs) / 1000;
  return now.found.map(({ entry: { id, ports }, status }) => {
    const [earlier, later] = [before.usages.get(id), now.usages.get(id)];
    const rate = (counter: (usage: Usage) => bigint | undefined) =>
      ratePerSecond(earlier && counter(earlier), later && counter(later), seconds);
    const txBytesPerSecond = rate((usage) => usage.net_tx_bytes);
    const limit = later?.net_tx_rate_limit;
    return {
      id,
      status,
      ports: ports.toString(),
      rxBytesPerSecond: rate((usage) => usage.net_rx_bytes),
      txBytesPerSecond,
      dropsPerSecond: rate(drops),
      limitShare: limit === undefined || txBytesPerSecond === undefined
        ? undefined
        : txBytesPerSecond / limit,
      rttP50Microseconds: later?.net_tcp_rtt_microsecs_p50,
      rttP99Microseconds: later?.net_tcp_rtt_microsecs_p99,
      retransmitsPerSecond: rate((usage) => usage.net_snmp_statistics?.tcp_stats?.["RetransSegs"]),
    };
  });
}

/** A counter that went back belongs to a link that was made anew, and gives no rate. */
function ratePerSecond(
  before: bigint | undefined,
  now: bigint | undefined,
  seconds: number,
): number | undefined {
  if (before === undefined || now === undefined || now < before || seconds <= 0) return undefined;
  return Number(now - before) / seconds;
}

function drops(usage: Usage): bigint | undefined {
  const { net_rx_dropped: rx, net_tx_dropped: tx } = usage;
  if (rx === undefined || tx === undefined) return undefined;
  const queues = usage.net_traffic_control_statistics ?? [];
  return queues.filter(({ id }) => id.endsWith("bloat_reduction"))
    .reduce((sum, queue) => sum + (queue.drops ?? 0n), rx + tx);
}
