import { TCP_FLAG, type TcpSegment } from "../packet/tcp.ts";

/** How many places in the stream a segment takes: its bytes, its SYN and its FIN. */
export function lengthInStream(segment: TcpSegment): number {
  const { flags, payload } = segment;
  return payload.length + ((flags & TCP_FLAG.syn) === 0 ? 0 : 1) +
    ((flags & TCP_FLAG.fin) === 0 ? 0 : 1);
}

/**
 * Makes the reset that answers a segment which belongs to no connection (`tcp_v4_send_reset`).
 *
 * @param segment The segment.
 * @returns The reset; undefined for a segment that is one itself.
 */
export function resetFor(segment: TcpSegment): TcpSegment | undefined {
  if ((segment.flags & TCP_FLAG.rst) !== 0) return undefined;
  const hasAck = (segment.flags & TCP_FLAG.ack) !== 0;
  return {
    sourcePort: segment.destinationPort,
    destinationPort: segment.sourcePort,
    sequence: hasAck ? segment.acknowledgment : 0,
    acknowledgment: hasAck ? 0 : (segment.sequence + lengthInStream(segment)) >>> 0,
    flags: TCP_FLAG.rst | (hasAck ? 0 : TCP_FLAG.ack),
    window: 0,
    payload: new Uint8Array(0),
  };
}
