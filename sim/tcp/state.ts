import { type SocketState } from "../model/socket.ts";
import { present } from "../model/invariant.ts";

/** What moves a connection from one state to another. */
export type StateInput =
  /** The owner opens it. */
  | "open"
  /** A SYN without an acknowledgment came. */
  | "syn"
  /** Both SYNs are acknowledged. */
  | "connected"
  /** The owner has nothing more to write. */
  | "close"
  /** The peer's FIN came in order. */
  | "fin"
  /** The peer acknowledged the FIN. */
  | "fin-acknowledged"
  /** It ended: by a reset, a timeout, an abort or the end of TIME-WAIT. */
  | "end";

/** The state that each input leads to; an input that is absent cannot happen there. */
const TRANSITIONS: Readonly<Record<SocketState, Partial<Record<StateInput, SocketState>>>> = {
  "UNCONN": { "open": "SYN-SENT", "syn": "SYN-RECV" },
  // The table of listeners belongs to the owner; a connection is never one.
  "LISTEN": {},
  "SYN-SENT": { "connected": "ESTAB", "syn": "SYN-RECV", "end": "UNCONN" },
  "SYN-RECV": { "connected": "ESTAB", "end": "UNCONN" },
  "ESTAB": { "close": "FIN-WAIT-1", "fin": "CLOSE-WAIT", "end": "UNCONN" },
  "FIN-WAIT-1": { "fin": "CLOSING", "fin-acknowledged": "FIN-WAIT-2", "end": "UNCONN" },
  "FIN-WAIT-2": { "fin": "TIME-WAIT", "end": "UNCONN" },
  "CLOSING": { "fin-acknowledged": "TIME-WAIT", "end": "UNCONN" },
  "TIME-WAIT": { "end": "UNCONN" },
  "CLOSE-WAIT": { "close": "LAST-ACK", "end": "UNCONN" },
  "LAST-ACK": { "fin-acknowledged": "UNCONN", "end": "UNCONN" },
};

/**
 * Follows the table of transitions (RFC 9293, section 3.3.2).
 *
 * @param state Where the connection is.
 * @param input What happened.
 * @returns Where it is now.
 * @throws {BrokenInvariant} If that cannot happen in this state.
 */
export function nextState(state: SocketState, input: StateInput): SocketState {
  return present(TRANSITIONS[state][input], `${input} has a meaning in ${state}`);
}
