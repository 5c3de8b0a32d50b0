/**
 * What the life of a connection adds to `/proc/net/snmp` (`tcp_set_state`, `tcp_done`).
 *
 * @module
 */

import type { Snmp } from "../model/snmp.ts";
import type { SocketState } from "../model/socket.ts";
import { TCP_FLAG, type TcpSegment } from "../packet/tcp.ts";
import type { TcpEnd } from "../tcp/events.ts";

/** States that `CurrEstab` counts. */
const ESTABLISHED: ReadonlySet<SocketState> = new Set<SocketState>(["ESTAB", "CLOSE-WAIT"]);

/** How an opening must end to count as failed, by the state that it was in. */
const FAILED_OPENINGS: Readonly<Partial<Record<SocketState, ReadonlySet<TcpEnd>>>> = {
  "SYN-SENT": new Set<TcpEnd>(["refused", "unreachable", "timed-out", "reset"]),
  // One that is never answered just expires in the listener's queue.
  "SYN-RECV": new Set<TcpEnd>(["reset"]),
};

/**
 * Counts a change of state.
 *
 * @param snmp Where to count.
 * @param from The state before.
 * @param to The state after.
 */
export function countState(snmp: Snmp, from: SocketState, to: SocketState): void {
  const [was, is] = [ESTABLISHED.has(from), ESTABLISHED.has(to)];
  if (was !== is) snmp.add("Tcp", "CurrEstab", is ? 1 : -1);
  if (was && to === "UNCONN") snmp.add("Tcp", "EstabResets");
}

/**
 * Counts the end of a connection.
 *
 * @param snmp Where to count.
 * @param from The state that it ended in.
 * @param end How it ended.
 */
export function countEnd(snmp: Snmp, from: SocketState, end: TcpEnd): void {
  if (FAILED_OPENINGS[from]?.has(end) === true) snmp.add("Tcp", "AttemptFails");
}

/**
 * Counts a segment that goes out.
 *
 * @param snmp Where to count.
 * @param segment The segment.
 * @param isRepeated Whether it was sent before.
 */
export function countSent(snmp: Snmp, { flags }: TcpSegment, isRepeated: boolean): void {
  if ((flags & TCP_FLAG.rst) !== 0) snmp.add("Tcp", "OutRsts");
  if (isRepeated) snmp.add("Tcp", "RetransSegs");
  // A SYN-ACK is made anew each time, so that a repeated one counts as both.
  const isSynAck = (flags & TCP_FLAG.syn) !== 0 && (flags & TCP_FLAG.ack) !== 0;
  if (!isRepeated || isSynAck) snmp.add("Tcp", "OutSegs");
}
