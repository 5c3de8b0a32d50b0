import type { SocketState } from "../model/socket.ts";
import type { TcpSegment } from "../packet/tcp.ts";
import type { VirtualClock } from "../time/virtual_clock.ts";

/** What a connection tells its owner. `closed`, `reset`, `refused` and `timed-out` are the last. */
export type TcpEvent =
  /** The handshake is done. */
  | { readonly kind: "connected" }
  /** The next bytes of the stream; the receiver must not change them. */
  | { readonly kind: "readable"; readonly bytes: Uint8Array }
  /** The peer will write no more. */
  | { readonly kind: "peer-closed" }
  /** Both directions ended, TIME-WAIT included, or the owner aborted. */
  | { readonly kind: "closed" }
  /** The peer broke the connection off. */
  | { readonly kind: "reset" }
  /** The peer answered the SYN with a reset. */
  | { readonly kind: "refused" }
  /** Retransmissions were never answered. */
  | { readonly kind: "timed-out" }
  /** The state changed; told before the event that goes with it. */
  | { readonly kind: "state-changed"; readonly from: SocketState; readonly to: SocketState };

/** What a connection needs from its owner. */
export interface TcpDeps {
  /** The clock of the simulation. */
  readonly clock: VirtualClock;
  /** Where the initial sequence number comes from. */
  readonly random: { nextUint32(): number };
  /**
   * Sends a segment. The owner answers with {@linkcode TcpConnection.segmentLeft} when the frame
   * has left the machine's queues, by the wire or by a drop; it may do so at once.
   *
   * @param segment The segment.
   * @param ecnCapable Whether its IP header must carry ECT(0).
   */
  send(segment: TcpSegment, ecnCapable: boolean): void;
  /**
   * Hears of an event. The connection is consistent by then, so that it may be called back.
   *
   * @param event What happened.
   */
  onEvent(event: TcpEvent): void;
}

/** How a connection behaves; the defaults are those of Linux where nothing else is said. */
export interface TcpOptions {
  /** Port of this side. */
  readonly localPort: number;
  /** Port of the peer. */
  readonly remotePort: number;
  /** Path MTU in bytes; the largest segment is 40 bytes less. 1500 by default. */
  readonly mtu?: number;
  /** `net.ipv4.tcp_ecn`: 0 is "off", 1 "request", 2 (the default) "accept". */
  readonly ecn?: "off" | "request" | "accept";
  /** Sends small segments without waiting for the last one's ACK. False by default. */
  readonly noDelay?: boolean;
  /**
   * Payload bytes that may wait in the machine's queues, 128 KiB by default. Linux derives its
   * limit from the pacing rate; a fixed one bounds the queue just as well and is foreseeable.
   */
  readonly smallQueueBytes?: number;
  /** Receive window in bytes, 6 MiB by default. Linux would grow it up to there by and by. */
  readonly receiveWindowBytes?: number;
  /** Congestion window at the start, in segments. 10 by default. */
  readonly initialWindow?: number;
  /** Longest delay of an ACK in milliseconds. 40 by default. */
  readonly delayedAckMs?: number;
  /** `net.ipv4.tcp_syn_retries`. 6 by default: the attempt ends after 127 s. */
  readonly synRetries?: number;
  /** `net.ipv4.tcp_synack_retries`. 5 by default: the attempt ends after 63 s. */
  readonly synAckRetries?: number;
  /** `net.ipv4.tcp_retries2`. 15 by default. */
  readonly retries?: number;
  /** How long TIME-WAIT lasts, in milliseconds. 60,000 by default. */
  readonly timeWaitMs?: number;
}

/** Every option, decided. */
export type TcpSettings = Required<TcpOptions>;

/**
 * Fills in the defaults.
 *
 * @param options What was asked for.
 * @returns Every option.
 */
export function settingsFrom(options: TcpOptions): TcpSettings {
  return {
    mtu: 1500,
    ecn: "accept",
    noDelay: false,
    smallQueueBytes: 128 * 1024,
    receiveWindowBytes: 6 * 1024 * 1024,
    initialWindow: 10,
    delayedAckMs: 40,
    synRetries: 6,
    synAckRetries: 5,
    retries: 15,
    timeWaitMs: 60_000,
    ...options,
  };
}
