import type { TcpInfo } from "../model/socket.ts";
import { TCP_FLAG, type TcpSegment } from "../packet/tcp.ts";

/** What is counted of a connection, among all that `ss -i` shows. */
export type Totals = Pick<
  TcpInfo,
  | "bytesSent"
  | "segmentsOut"
  | "segmentsIn"
  | "dataSegmentsOut"
  | "dataSegmentsIn"
  | "lastSentAtNs"
  | "lastReceivedAtNs"
  | "lastAckedAtNs"
>;

const SYN_ACK = TCP_FLAG.syn | TCP_FLAG.ack;

/** What a connection has counted: what is sent again counts again. */
export class Tally {
  readonly #totals: Totals;

  /** @param nowNs When the connection began, in nanoseconds: all silence is counted from there. */
  constructor(nowNs: number) {
    this.#totals = {
      bytesSent: 0,
      segmentsOut: 0,
      segmentsIn: 0,
      dataSegmentsOut: 0,
      dataSegmentsIn: 0,
      lastSentAtNs: nowNs,
      lastReceivedAtNs: nowNs,
      lastAckedAtNs: nowNs,
    };
  }

  /** What was counted up to now. */
  get totals(): Readonly<Totals> {
    return this.#totals;
  }

  /** @param segment A segment that goes out. @param nowNs When, in nanoseconds. */
  sent({ flags, payload }: TcpSegment, nowNs: number): void {
    // The kernel answers a SYN before it makes a socket, so that the answer counts nowhere.
    if ((flags & SYN_ACK) === SYN_ACK) return;
    const totals = this.#totals;
    totals.segmentsOut += 1;
    if (payload.length === 0) return;
    totals.dataSegmentsOut += 1;
    totals.bytesSent += payload.length;
    totals.lastSentAtNs = nowNs;
  }

  /** @param segment A segment that has come. @param nowNs When, in nanoseconds. */
  received({ flags, payload }: TcpSegment, nowNs: number): void {
    const totals = this.#totals;
    totals.segmentsIn += 1;
    if ((flags & TCP_FLAG.ack) !== 0) totals.lastAckedAtNs = nowNs;
    if (payload.length === 0) return;
    totals.dataSegmentsIn += 1;
    totals.lastReceivedAtNs = nowNs;
  }
}
