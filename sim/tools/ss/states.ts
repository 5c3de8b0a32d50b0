import type { SocketState } from "../../model/socket.ts";
import type { Console } from "../console.ts";

/** Names of states as commands spell them, and as listings do. */
const NAMES: Readonly<Record<string, SocketState>> = {
  "established": "ESTAB",
  "syn-sent": "SYN-SENT",
  "syn-recv": "SYN-RECV",
  "syn-rcv": "SYN-RECV",
  "fin-wait-1": "FIN-WAIT-1",
  "fin-wait-2": "FIN-WAIT-2",
  "time-wait": "TIME-WAIT",
  "unconnected": "UNCONN",
  "close": "UNCONN",
  "closed": "UNCONN",
  "close-wait": "CLOSE-WAIT",
  "last-ack": "LAST-ACK",
  "listening": "LISTEN",
  "closing": "CLOSING",
};

/** Every state. */
export const ALL_STATES: ReadonlySet<SocketState> = new Set(Object.values(NAMES));

/** States that are listed where nothing is said of them. */
export const CONNECTED_STATES = without("LISTEN", "UNCONN", "TIME-WAIT", "SYN-RECV");

/** States that `-l` lists. */
export const LISTENING_STATES: ReadonlySet<SocketState> = new Set(["LISTEN", "UNCONN"]);

/** Names of several states at once. */
const GROUPS: Readonly<Record<string, ReadonlySet<SocketState>>> = {
  all: ALL_STATES,
  connected: without("UNCONN", "LISTEN"),
  synchronized: without("UNCONN", "LISTEN", "SYN-SENT"),
  bucket: new Set(["SYN-RECV", "TIME-WAIT"]),
  big: without("SYN-RECV", "TIME-WAIT"),
};

function without(...states: SocketState[]): ReadonlySet<SocketState> {
  return ALL_STATES.difference(new Set(states));
}

/**
 * Reads the name of a state or of a group of them, in upper or lower case.
 *
 * @param name The name.
 * @param console Where a wrong name is reported; that ends the tool.
 */
export function statesNamed(name: string, console: Console): ReadonlySet<SocketState> {
  const lower = name.toLowerCase();
  const state = NAMES[lower];
  if (state !== undefined) return new Set([state]);
  return GROUPS[lower] ?? console.exit(`ss: wrong state name: ${name}\n`);
}
