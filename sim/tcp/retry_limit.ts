/**
 * How long an unanswered sender goes on.
 *
 * @module
 */

import type { SocketState } from "../model/socket.ts";
import type { TcpSettings } from "./settings.ts";

/** How long a sender has been without an answer. */
export interface Waited {
  /** Timeouts that passed in vain. */
  readonly timeouts: number;
  /** Milliseconds since the segment was first sent again. */
  readonly elapsedMs: number;
}

/**
 * Tells whether to give a connection up (`tcp_write_timeout`).
 *
 * @param settings How it behaves.
 * @param state Where it stands.
 * @param isHeld Whether a program still has it.
 * @param waited How long it has been without an answer.
 */
export function isHopeless(
  settings: TcpSettings,
  state: SocketState,
  isHeld: boolean,
  { timeouts, elapsedMs }: Waited,
): boolean {
  const { synRetries, synLinearTimeouts, synAckRetries, retries, orphanRetries } = settings;
  if (state === "SYN-SENT") return timeouts >= synRetries + synLinearTimeouts;
  if (state === "SYN-RECV") return timeouts >= synAckRetries;
  return timeouts > 0 && elapsedMs >= retryTimeMs(isHeld ? retries : orphanRetries);
}

/** Shortest and longest timeout in milliseconds: `TCP_RTO_MIN` and `TCP_RTO_MAX`. */
const TIMEOUT_MS = { shortest: 200, longest: 120_000 };

/** Timeouts that double before they reach the longest one. */
const DOUBLINGS = Math.floor(Math.log2(TIMEOUT_MS.longest / TIMEOUT_MS.shortest));

/**
 * Gives the time that a number of timeouts stands for: as if the first took 200 ms, whatever this
 * connection's own timeout is (`retransmits_timed_out`). 924.6 s for 15, which RFC 1122 asks for.
 *
 * @param retries How many timeouts.
 * @returns Milliseconds from the first time that the segment was sent again.
 */
export function retryTimeMs(retries: number): number {
  const doubled = (2 ** (Math.min(retries, DOUBLINGS) + 1) - 1) * TIMEOUT_MS.shortest;
  return doubled + Math.max(retries - DOUBLINGS, 0) * TIMEOUT_MS.longest;
}
