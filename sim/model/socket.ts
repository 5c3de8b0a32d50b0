import type { Ipv4 } from "./ipv4.ts";
import type { Process } from "./process.ts";

/** State of a TCP socket, as `ss` names it; a UDP socket is UNCONN or ESTAB. */
export type SocketState =
  | "ESTAB"
  | "SYN-SENT"
  | "SYN-RECV"
  | "FIN-WAIT-1"
  | "FIN-WAIT-2"
  | "TIME-WAIT"
  | "UNCONN"
  | "CLOSE-WAIT"
  | "LAST-ACK"
  | "LISTEN"
  | "CLOSING";

/** What TCP knows of a connection: the `-i` of `ss`. */
export interface TcpInfo {
  /** Smoothed round-trip time in microseconds; 0 before the first sample. */
  rttUs: number;
  /** Its mean deviation in microseconds. */
  rttVarianceUs: number;
  /** Retransmission timeout in milliseconds. */
  rtoMs: number;
  /** Largest segment in bytes. */
  mss: number;
  /** Path MTU in bytes. */
  pathMtu: number;
  /** Largest segment the peer has sent, in bytes. */
  receiveMss: number;
  /** Largest segment that was announced to the peer, in bytes. */
  advertisedMss: number;
  /** Congestion window in segments. */
  congestionWindow: number;
  /** Slow-start threshold in segments; undefined while infinite. */
  slowStartThreshold: number | undefined;
  bytesSent: number;
  bytesAcked: number;
  bytesReceived: number;
  segmentsOut: number;
  segmentsIn: number;
  dataSegmentsOut: number;
  dataSegmentsIn: number;
  /** Segments sent and not yet acknowledged. */
  unacknowledged: number;
  /** Retransmissions of the oldest segment, then of all. */
  retransmitsNow: number;
  retransmitsTotal: number;
  /** When data was last sent, received and acknowledged, in nanoseconds of the machine's clock. */
  lastSentAtNs: number;
  lastReceivedAtNs: number;
  lastAckedAtNs: number;
  /** Window scales, sent and received; undefined where not negotiated. */
  windowScale: { readonly send: number; readonly receive: number } | undefined;
}

/** One socket as a listing shows it. The dynamics add, move and remove them. */
export interface SocketEntry {
  readonly protocol: "tcp" | "udp" | "icmp";
  state: SocketState;
  localAddress: Ipv4;
  localPort: number;
  remoteAddress: Ipv4;
  remotePort: number;
  /** Bytes (of a listener: connections) that wait to be read. */
  receiveQueue: number;
  /** Bytes sent and not acknowledged; of a listener, its backlog. */
  sendQueue: number;
  /** What TCP knows; undefined for other protocols. */
  tcp: TcpInfo | undefined;
  /** Who holds it; undefined for one that nobody holds any more, as in TIME-WAIT. */
  readonly process: Process | undefined;
}

/** The sockets of a namespace, in the order of their making. */
export class SocketTable {
  readonly #entries: Set<SocketEntry> = new Set();

  /** Number of sockets. */
  get size(): number {
    return this.#entries.size;
  }

  /** @param entry A new socket. */
  add(entry: SocketEntry): void {
    this.#entries.add(entry);
  }

  /** @param entry A socket that is gone. */
  remove(entry: SocketEntry): void {
    this.#entries.delete(entry);
  }

  /** Every socket. */
  entries(): IterableIterator<SocketEntry> {
    return this.#entries.values();
  }
}
