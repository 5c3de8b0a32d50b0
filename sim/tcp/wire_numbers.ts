import { TCP_FLAG, type TcpSegment } from "../packet/tcp.ts";
import type { StreamBlock } from "../packet/tcp_options.ts";
import { NS_PER_MS, type VirtualClock } from "../time/virtual_clock.ts";
import { type Agreement, type SynOptions } from "./handshake.ts";
import { offsetOf, wireNumber } from "./sequence.ts";

/** What of a segment is this connection's own business, in offsets. */
export interface NumberedSegment {
  /** Offset of its first byte, SYN or FIN. */
  readonly offset: number;
  /** Flags. */
  readonly flags: number;
  /** What it acknowledges; undefined where it has no ACK. */
  readonly acknowledged: number | undefined;
  /** Bytes that this side takes. */
  readonly windowBytes: number;
  /** Parts of the peer's stream that came before their turn. */
  readonly early: readonly StreamBlock[];
  /** What it carries. */
  readonly payload: Uint8Array;
  /** Options of a SYN; undefined for other segments, whose window is scaled. */
  readonly syn: SynOptions | undefined;
}

/** What a connection's segments look like on the wire: numbers modulo 2³², windows, timestamps. */
export class WireNumbers {
  /** What both sides hold to; undefined before the peer's SYN. */
  agreement: Agreement | undefined;
  readonly #clock: VirtualClock;
  readonly #ports: Pick<TcpSegment, "sourcePort" | "destinationPort">;
  readonly #hasTimestamps: boolean;
  readonly #initial: number;
  readonly #timestampOffset: number;
  #peerInitial = 0;
  #recentTimestamp = 0;

  /**
   * @param clock The clock of the simulation.
   * @param random Where the first number comes from, and that of the timestamps.
   * @param options The ports, and whether this side would use timestamps.
   */
  constructor(
    clock: VirtualClock,
    random: { nextUint32(): number },
    options: {
      readonly localPort: number;
      readonly remotePort: number;
      readonly timestamps: boolean;
    },
  ) {
    this.#clock = clock;
    this.#ports = { sourcePort: options.localPort, destinationPort: options.remotePort };
    this.#hasTimestamps = options.timestamps;
    this.#initial = random.nextUint32();
    this.#timestampOffset = random.nextUint32();
  }

  /**
   * Hears the peer's SYN.
   *
   * @param syn The SYN.
   * @param agreement What both sides hold to from now on.
   */
  learn(syn: TcpSegment, agreement: Agreement): void {
    this.agreement = agreement;
    this.#peerInitial = syn.sequence;
    this.#recentTimestamp = syn.timestamps?.value ?? 0;
  }

  /**
   * Notes a segment's timestamp where it is the one to echo: of the segment that the last ACK
   * asked for.
   *
   * @param segment The segment.
   * @param offset Its place in the peer's stream.
   * @param toldAt Offset that the last ACK asked for.
   */
  noteTimestamp(segment: TcpSegment, offset: number, toldAt: number): void {
    const value = segment.timestamps?.value;
    if (value === undefined || offset > toldAt) return;
    if (((value - this.#recentTimestamp) | 0) >= 0) this.#recentTimestamp = value;
  }

  /** @returns Place in the peer's stream of a segment of its. @param near What is expected. */
  offsetOf(segment: TcpSegment, near: number): number {
    return offsetOf(segment.sequence, this.#peerInitial, near);
  }

  /** @returns Place in this side's stream that a segment asks for. @param near The last one. */
  acknowledgedBy(segment: TcpSegment, near: number): number {
    return offsetOf(segment.acknowledgment, this.#initial, near);
  }

  /** @returns Parts of this side's stream that a segment says came before their turn. */
  sackedBy(segment: TcpSegment, near: number): readonly StreamBlock[] {
    if (this.agreement?.hasSack !== true) return [];
    return (segment.sackBlocks ?? []).map(({ start, end }) => ({
      start: offsetOf(start, this.#initial, near),
      end: offsetOf(end, this.#initial, near),
    }));
  }

  /** @returns The window of a segment in bytes; that of a SYN is never scaled. */
  windowOf(segment: TcpSegment): number {
    const isSyn = (segment.flags & TCP_FLAG.syn) !== 0;
    return segment.window * 2 ** (isSyn ? 0 : this.agreement?.sendScaleBits ?? 0);
  }

  /** @returns The round-trip time by a segment's echo in microseconds; undefined for none. */
  echoedUs(segment: TcpSegment): number | undefined {
    const echo = segment.timestamps?.echo;
    if (echo === undefined || echo === 0 || this.agreement?.hasTimestamps !== true) {
      return undefined;
    }
    return Math.max((this.#timestamp - echo) >>> 0, 1) * 1000;
  }

  /** @returns Whether a segment's timestamp is newer than any this side has seen. */
  isNewer(segment: TcpSegment): boolean {
    const value = segment.timestamps?.value;
    return value !== undefined && ((value - this.#recentTimestamp) | 0) > 0;
  }

  /** @returns A segment as it goes on the wire. */
  write(numbered: NumberedSegment): TcpSegment {
    const { offset, flags, acknowledged, windowBytes, early, payload, syn } = numbered;
    const scaleBits = syn === undefined ? this.agreement?.receiveScaleBits ?? 0 : 0;
    const hasTimestamps = this.agreement?.hasTimestamps ?? this.#hasTimestamps;
    return {
      ...this.#ports,
      sequence: wireNumber(this.#initial, offset),
      acknowledgment: acknowledged === undefined ? 0 : wireNumber(this.#peerInitial, acknowledged),
      flags,
      window: Math.min(Math.floor(windowBytes / 2 ** scaleBits), 0xffff),
      ...syn,
      ...(hasTimestamps
        ? { timestamps: { value: this.#timestamp, echo: this.#recentTimestamp } }
        : {}),
      ...(early.length > 0 ? { sackBlocks: early.map((block) => this.#blockOnWire(block)) } : {}),
      payload,
    };
  }

  #blockOnWire({ start, end }: StreamBlock): StreamBlock {
    return { start: wireNumber(this.#peerInitial, start), end: wireNumber(this.#peerInitial, end) };
  }

  /** The clock of the timestamps: milliseconds, from a chance beginning. */
  get #timestamp(): number {
    return (Math.floor(this.#clock.nowNs / NS_PER_MS) + this.#timestampOffset) >>> 0;
  }
}
