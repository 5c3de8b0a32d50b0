import type { SocketState } from "../model/socket.ts";
import type { TcpSegment } from "../packet/tcp.ts";
import type { VirtualClock } from "../time/virtual_clock.ts";

/** How a connection ended. */
export type TcpEnd =
  /** Both directions ended, TIME-WAIT included; or its owner broke it off. */
  | "closed"
  /** The peer broke it off. */
  | "reset"
  /** The peer answered the SYN with a reset, or its machine with "port unreachable". */
  | "refused"
  /** Nobody answered. */
  | "timed-out"
  /** A router, or this machine itself, said that the peer cannot be reached. */
  | "unreachable";

/** What a connection tells whoever keeps it. */
export type TcpEvent =
  /** The handshake is done. */
  | { readonly kind: "connected" }
  /** Bytes wait to be read. */
  | { readonly kind: "readable" }
  /** The peer will write no more. */
  | { readonly kind: "peer-closed" }
  /** Everything that was written has been acknowledged. */
  | { readonly kind: "drained" }
  /** The state changed; told before the event that goes with it. */
  | { readonly kind: "state-changed"; readonly from: SocketState; readonly to: SocketState }
  /** The connection is over; the last event. */
  | { readonly kind: "ended"; readonly end: TcpEnd };

/** What is to be known of a segment besides what it says. */
export interface SegmentManner {
  /** Whether its IP header says that routers may mark it: ECT(0). */
  readonly isEcnCapable: boolean;
  /** Whether it was sent before. */
  readonly isRepeated: boolean;
}

/** What a connection needs from whoever keeps it. */
export interface TcpDeps {
  /** The clock of the simulation. */
  readonly clock: VirtualClock;
  /** Where the initial sequence number comes from. */
  readonly random: { nextUint32(): number };
  /**
   * Sends a segment. `TcpConnection.segmentLeft` answers it when the frame has left the machine's
   * queues, by the wire or by a drop; that may be at once.
   *
   * @param segment The segment.
   * @param manner What is to be known of it besides.
   */
  send(segment: TcpSegment, manner: SegmentManner): void;
  /**
   * Hears of an event. The connection is consistent by then, so that it may be called back.
   *
   * @param event What happened.
   */
  onEvent(event: TcpEvent): void;
}
