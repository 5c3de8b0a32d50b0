import { NS_PER_MS } from "../time/virtual_clock.ts";

/** How a {@linkcode ReceiveWindow} begins. */
export interface ReceiveWindowOptions {
  /** Memory for received data at the start, and how far it may grow, in bytes. */
  readonly memoryBytes: { readonly initial: number; readonly maximum: number };
  /** Largest payload that was announced to the peer, in bytes. */
  readonly mss: number;
  /** Bits by which windows are shifted. */
  readonly scaleBits: number;
  /** The window that this side's SYN spoke of, in bytes. */
  readonly initialBytes: number;
}

/**
 * Gives the window of a SYN, which is never scaled: whole segments, and 65,535 bytes at most.
 *
 * @param memoryBytes Memory for received data.
 * @param mss Largest payload of the peer's segments as far as is known, in bytes.
 */
export function initialWindowBytes(memoryBytes: number, mss: number): number {
  const spaceBytes = memoryBytes / 2;
  const whole = spaceBytes > mss ? spaceBytes - spaceBytes % mss : spaceBytes;
  return Math.min(whole, 0xffff);
}

/** Segments shorter than this say nothing of a bulk transfer. */
const SMALL_BYTES = 128;

/**
 * How much the peer may send: what there is memory for, never less than was promised before, and
 * more when the reader keeps up (`__tcp_select_window`, `tcp_rcv_space_adjust`).
 *
 * Half of the memory is for payload, as with `tcp_adv_win_scale` 1. Linux learns from each buffer
 * how much of it is overhead; segments of the simulator have none.
 */
export class ReceiveWindow {
  readonly #options: ReceiveWindowOptions;
  #spaceBytes: number;
  #thresholdBytes: number;
  #promisedEnd: number;
  #toldAt: number;
  #told: number;
  #measured: { startNs: number; bytes: number; copied: number };

  /** @param options How it begins. */
  constructor(options: ReceiveWindowOptions) {
    this.#options = options;
    const { mss } = options;
    this.#spaceBytes = options.memoryBytes.initial / 2;
    // One segment more than was promised must always fit.
    this.#thresholdBytes = Math.max(this.#spaceBytes - mss, 2 * mss);
    this.#told = options.initialBytes;
    this.#toldAt = 1;
    this.#promisedEnd = 1 + this.#told;
    this.#measured = { startNs: 0, bytes: Math.min(10 * mss, this.#told), copied: 0 };
  }

  /** Offset up to which the peer may send. */
  get end(): number {
    return this.#promisedEnd;
  }

  /** The offset that was expected next when the peer last heard of the window. */
  get toldAt(): number {
    return this.#toldAt;
  }

  /** The window that the peer last heard of, in bytes. */
  get toldBytes(): number {
    return this.#told;
  }

  /** Payload that there is room for in all, in bytes. */
  get spaceBytes(): number {
    return this.#spaceBytes;
  }

  /**
   * Gives the window that there is room for, 0 where it is not worth a segment.
   *
   * @param queuedBytes Bytes that wait to be read.
   * @param segmentBytes Largest payload seen from the peer.
   */
  possibleBytes(queuedBytes: number, segmentBytes: number): number {
    const { scaleBits } = this.#options;
    const unit = 2 ** scaleBits;
    let free = Math.max(this.#spaceBytes - queuedBytes, 0);
    if (free < this.#spaceBytes / 2) {
      free -= free % unit;
      // A window of less than a segment would make the peer send crumbs.
      if (free < this.#spaceBytes / 16 || free < segmentBytes) return 0;
    }
    return Math.ceil(Math.min(free, this.#thresholdBytes) / unit) * unit;
  }

  /**
   * Gives the window for a segment that goes out now, and holds this side to it.
   *
   * @param next Offset of the byte that is expected next.
   * @param queuedBytes Bytes that wait to be read.
   * @param segmentBytes Largest payload seen from the peer.
   * @returns The window in bytes, a multiple of its unit.
   */
  tell(next: number, queuedBytes: number, segmentBytes: number): number {
    const unit = 2 ** this.#options.scaleBits;
    const promised = Math.max(this.#promisedEnd - next, 0);
    const possible = this.possibleBytes(queuedBytes, segmentBytes);
    const bytes = possible < promised ? Math.ceil(promised / unit) * unit : possible;
    this.#told = Math.min(bytes, 0xffff * unit);
    this.#toldAt = next;
    this.#promisedEnd = next + this.#told;
    return this.#told;
  }

  /** @param payloadBytes Size of a segment that came in order: large ones widen the window. */
  arrived(payloadBytes: number): void {
    if (payloadBytes < SMALL_BYTES) return;
    const grown = this.#thresholdBytes + 2 * this.#options.mss;
    this.#thresholdBytes = Math.max(this.#thresholdBytes, Math.min(grown, this.#spaceBytes));
  }

  /**
   * Hears how much was read: within a round trip more than ever before, and the memory grows to
   * twice that and more, so that it never holds back a sender that doubles its window.
   *
   * @param bytes How much.
   * @param nowNs The time in nanoseconds.
   * @param rttNs The round-trip time in nanoseconds.
   */
  consumed(bytes: number, nowNs: number, rttNs: number): void {
    const measured = this.#measured;
    measured.copied += bytes;
    if (nowNs - measured.startNs < Math.max(rttNs, NS_PER_MS)) return;
    const { copied } = measured;
    if (copied > measured.bytes) {
      let wanted = 2 * copied;
      wanted += 2 * Math.floor(wanted * (copied - measured.bytes) / measured.bytes);
      const most = this.#options.memoryBytes.maximum / 2;
      this.#spaceBytes = Math.max(this.#spaceBytes, Math.min(wanted, most));
      measured.bytes = copied;
    }
    measured.startNs = nowNs;
    measured.copied = 0;
  }
}
