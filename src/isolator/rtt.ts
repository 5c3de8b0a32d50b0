import { isIpv4Socket, type TcpSocket } from "../routing/socket.ts";

/** Percentiles of the round-trip times of a container's TCP sockets, in the reference's names. */
export interface RttStatistics {
  /** Half of the sockets are at or below it; in microseconds, as all of these. */
  readonly net_tcp_rtt_microsecs_p50?: number;
  /** The 90th percentile. */
  readonly net_tcp_rtt_microsecs_p90?: number;
  /** The 95th percentile. */
  readonly net_tcp_rtt_microsecs_p95?: number;
  /** The 99th percentile. */
  readonly net_tcp_rtt_microsecs_p99?: number;
}

/** The percentiles that the reference reports. */
const PERCENTILES = [50, 90, 95, 99];

/**
 * Computes the percentiles of the round-trip times of IPv4 sockets by nearest rank, as the
 * reference does: the time at index ⌊n·p/100⌋ of the n times in ascending order.
 *
 * @param sockets A container's TCP sockets; those without a time do not count.
 * @returns Nothing where no socket has a time.
 */
export function rttStatistics(sockets: readonly TcpSocket[]): RttStatistics {
  const times = sockets.filter(isIpv4Socket)
    .flatMap(({ rttMicroseconds = 0 }) => rttMicroseconds > 0 ? [rttMicroseconds] : [])
    .sort((a, b) => a - b);
  if (times.length === 0) return {};
  return Object.fromEntries(PERCENTILES.map((percentile) => [
    `net_tcp_rtt_microsecs_p${percentile}`,
    times[Math.floor(times.length * percentile / 100)],
  ]));
}
