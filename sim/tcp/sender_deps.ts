/**
 * What the sending half of a connection needs from what is around it, and what it is told.
 *
 * @module
 */

import type { StreamBlock } from "../packet/tcp_options.ts";
import type { VirtualClock } from "../time/virtual_clock.ts";
import type { Waited } from "./retry_limit.ts";
import type { TcpSettings } from "./settings.ts";

/** A part of the stream that goes on the wire. */
export interface OutgoingPart {
  /** Offset of its first byte, SYN or FIN. */
  readonly offset: number;
  /** SYN, FIN and PSH bits. */
  readonly flags: number;
  /** What it carries. */
  readonly payload: Uint8Array;
  /** Whether it was sent before. */
  readonly isRepeated: boolean;
}

/** What the sending half needs from the connection around it. */
export interface SenderDeps {
  /** The clock of the simulation. */
  readonly clock: VirtualClock;
  /** How the connection behaves. */
  readonly settings: TcpSettings;
  /**
   * Puts a part on the wire, with the acknowledgment of the moment.
   *
   * @param part The part.
   */
  transmit(part: OutgoingPart): void;
  /** Gives the bytes that selective acknowledgments take in every segment now. */
  sackBytes(): number;
  /** Asks the peer where it stands, with a segment that says nothing new. */
  probe(): void;
  /**
   * Tells whether to give up.
   *
   * @param waited How long there has been no answer.
   */
  isHopeless(waited: Waited): boolean;
  /** It was hopeless. */
  gaveUp(): void;
}

/** What a peer's segment says to the sending half. */
export interface HeardAcknowledgment {
  /** Offset of the first byte that the peer lacks; at most what was sent. */
  readonly offset: number;
  /** Whether it says nothing new, and so that a later segment arrived. */
  readonly isDuplicate: boolean;
  /** Round-trip time by the peer's echo of a timestamp, in microseconds; undefined for none. */
  readonly echoedUs: number | undefined;
  /** Parts of the stream that came before their turn, as offsets. */
  readonly early: readonly StreamBlock[];
}
