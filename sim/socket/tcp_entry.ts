import type { Ipv4 } from "../model/ipv4.ts";
import type { Process } from "../model/process.ts";
import type { SocketEntry, SocketState, TcpInfo } from "../model/socket.ts";
import type { TcpConnection } from "../tcp/connection.ts";
import type { Endpoint } from "./udp_sockets.ts";

/** A connection as a listing of sockets shows it: a view, always of the moment. */
export class TcpEntry implements SocketEntry {
  readonly protocol = "tcp";
  readonly localAddress: Ipv4;
  readonly localPort: number;
  readonly remoteAddress: Ipv4;
  readonly remotePort: number;
  readonly #connection: TcpConnection;
  readonly #isPassive: boolean;
  #process: Process | undefined;
  #isOrphan = false;

  /**
   * @param connection The connection.
   * @param ends Both sides.
   * @param isPassive Whether the peer opened it.
   */
  constructor(
    connection: TcpConnection,
    ends: { readonly local: Endpoint; readonly remote: Endpoint },
    isPassive: boolean,
  ) {
    this.#connection = connection;
    this.#isPassive = isPassive;
    this.localAddress = ends.local.address;
    this.localPort = ends.local.port;
    this.remoteAddress = ends.remote.address;
    this.remotePort = ends.remote.port;
  }

  /** Where it stands. */
  get state(): SocketState {
    return this.#connection.state;
  }

  /** Bytes that wait to be read. */
  get receiveQueue(): number {
    return this.#connection.receiver?.unreadBytes ?? 0;
  }

  /** Bytes, SYN and FIN that were written and are not acknowledged. */
  get sendQueue(): number {
    return this.state === "SYN-RECV" || this.state === "TIME-WAIT"
      ? 0
      : this.#connection.sender.waitingBytes;
  }

  /** Who holds it; undefined for one that nobody holds. */
  get process(): Process | undefined {
    return this.state === "TIME-WAIT" ? undefined : this.#process;
  }

  /** Whether a program has let it go, and the kernel still has something to do. */
  get isOrphan(): boolean {
    return this.#isOrphan;
  }

  /** @param process The process of the program that takes it, where that is known. */
  hold(process: Process | undefined): void {
    this.#process = process;
  }

  /** The program has let it go. */
  release(): void {
    this.#isOrphan = true;
    this.#process = undefined;
  }

  /** What TCP knows of it; undefined for one that the kernel remembers only by its addresses. */
  get tcp(): TcpInfo | undefined {
    if (this.state === "TIME-WAIT" || this.state === "SYN-RECV") return undefined;
    const { sender, receiver, output, tally, pathMtu } = this.#connection;
    const { rtt, congestion, flight } = sender.recovery;
    const { agreement } = output.wire;
    return {
      rttUs: rtt.rttUs,
      rttVarianceUs: rtt.rttVarianceUs,
      rtoMs: rtt.rtoMs,
      mss: sender.mss,
      pathMtu,
      receiveMss: receiver?.segmentBytes ?? 0,
      advertisedMss: output.receiveMss,
      congestionWindow: congestion.window,
      slowStartThreshold: Number.isFinite(congestion.threshold) ? congestion.threshold : undefined,
      ...tally.totals,
      // A listener's child begins behind its SYN; on the other side the SYN counts as a byte.
      bytesAcked: Math.max(sender.acknowledged - (this.#isPassive ? 1 : 0), 0),
      bytesReceived: receiver?.receivedBytes ?? 0,
      unacknowledged: flight.count,
      retransmitsNow: sender.repeats.now,
      retransmitsTotal: sender.repeats.total,
      windowScale: agreement?.hasWindowScale === true
        ? { send: agreement.sendScaleBits, receive: agreement.receiveScaleBits }
        : undefined,
      more: {
        extensions: [
          ...(agreement?.hasTimestamps === true ? ["ts"] : []),
          ...(agreement?.hasSack === true ? ["sack"] : []),
        ],
        lost: flight.lost,
        selectivelyAcknowledged: flight.sacked,
      },
    };
  }
}

/**
 * Tells whether a program has let a socket go, and the kernel still has something to do. One that
 * waits to be accepted is not held yet, and no orphan either.
 *
 * @param entry A socket of any protocol.
 */
export function isOrphan(entry: SocketEntry): boolean {
  return entry instanceof TcpEntry && entry.isOrphan;
}
