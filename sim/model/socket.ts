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
  /** What a listing shows only where the dynamics keep it. */
  more?: TcpDetails;
}

/** Finer things that TCP knows; each is left out of a listing while it is absent or 0. */
export interface TcpDetails {
  /** Name of the congestion control; `cubic` when left out. */
  readonly congestionControl?: string;
  /** Extensions in use, in the order of a listing: `ts`, `sack`, `ecn`, `ecnseen`, `fastopen`. */
  readonly extensions?: readonly string[];
  /** Timeout of a delayed acknowledgement, in milliseconds. */
  readonly ackTimeoutMs?: number;
  /** Times that the retransmission timeout was doubled. */
  readonly backoff?: number;
  readonly bytesRetransmitted?: number;
  /** Rates in bytes a second: at which sending is spread, and at which data arrived. */
  readonly pacingRateBytesPerSecond?: number;
  readonly deliveryRateBytesPerSecond?: number;
  /** Segments that the peer has acknowledged, SYN included. */
  readonly delivered?: number;
  /** Whether the delivery rate was measured while the sender had nothing to send. */
  readonly isApplicationLimited?: boolean;
  /** Milliseconds with unacknowledged data. */
  readonly busyMs?: number;
  /** Segments taken for lost, and those acknowledged out of order. */
  readonly lost?: number;
  readonly selectivelyAcknowledged?: number;
  /** Round-trip time as the receiver sees it, and the least ever seen, in microseconds. */
  readonly receiveRttUs?: number;
  readonly minimumRttUs?: number;
  /** Bytes that the receiver is ready for: per round trip, and as its window's limit. */
  readonly receiveSpaceBytes?: number;
  readonly receiveThresholdBytes?: number;
  /** Bytes written and not sent yet. */
  readonly notSentBytes?: number;
  /** Window that the peer announced, in bytes. */
  readonly sendWindowBytes?: number;
}

/** A running timer of a socket: the `-o` of `ss`. */
export interface SocketTimer {
  readonly kind: "on" | "keepalive" | "timewait" | "persist";
  /** When it runs out, in nanoseconds of the machine's clock. */
  readonly expiresAtNs: number;
  /** Times that it ran out before. */
  readonly retransmits: number;
}

/** Memory of a socket in bytes: the `-m` of `ss`. */
export interface SocketMemory {
  /** Taken by what was received, and the most that may be. */
  readonly receiveBytes: number;
  readonly receiveLimitBytes: number;
  /** Taken by what is on its way out, and the most that may be. */
  readonly sendBytes: number;
  readonly sendLimitBytes: number;
  /** Set aside and free. */
  readonly forwardBytes: number;
  /** Taken by what waits to be sent. */
  readonly queuedBytes: number;
  /** Taken by options. */
  readonly optionBytes: number;
  /** Taken by what arrived while its owner was busy with it. */
  readonly backlogBytes: number;
  /** Packets that found no room. */
  readonly drops: number;
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
  /** Its running timer; absent while there is none. */
  timer?: SocketTimer;
  /** Its memory, where the dynamics keep it. */
  memory?: SocketMemory;
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

  /** Every socket is gone, with the namespace. */
  clear(): void {
    this.#entries.clear();
  }

  /** Every socket. */
  entries(): IterableIterator<SocketEntry> {
    return this.#entries.values();
  }
}
