import { NS_PER_MS, type VirtualClock } from "../time/virtual_clock.ts";
import { AckPolicy } from "./ack_policy.ts";
import { DeadlineTimer } from "./deadline_timer.ts";
import { EarlyBlocks } from "./early_blocks.ts";
import { ReceiveBuffer } from "./receive_buffer.ts";
import type { ReceiveWindow } from "./receive_window.ts";

/** Largest payload that a peer is believed to send before it has sent any: `TCP_MSS_DEFAULT`. */
const FIRST_MSS = 536;

/** ACKs at once after a congestion mark, so that the sender hears of it soon. */
const QUICK_AFTER_MARK = 2;

/** What the receiving half needs from the connection around it. */
export interface ReceiverDeps {
  /** The clock of the simulation. */
  readonly clock: VirtualClock;
  /** How much the peer may send. */
  readonly window: ReceiveWindow;
  /** Sends an ACK now. */
  acknowledge(): void;
  /** The retransmission timeout in milliseconds, and the round-trip time in microseconds. */
  timing(): { readonly rtoMs: number; readonly rttUs: number };
}

/** The receiving half of a connection: the stream in order, and when to acknowledge it. */
export class TcpReceiver {
  /** How much the peer may send. */
  readonly window: ReceiveWindow;
  readonly #deps: ReceiverDeps;
  /** What came before its turn. */
  readonly early: EarlyBlocks = new EarlyBlocks();
  readonly #buffer = new ReceiveBuffer(1);
  readonly #policy = new AckPolicy();
  readonly #delay: DeadlineTimer;
  readonly #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  #segmentBytes: number;
  #finAt: number | undefined;
  #isFinTaken = false;
  #isDue = false;
  #isDueNow = false;
  #hasSmall = false;

  /** @param deps What is around it. */
  constructor(deps: ReceiverDeps) {
    this.#deps = deps;
    this.window = deps.window;
    this.#segmentBytes = FIRST_MSS;
    this.#delay = new DeadlineTimer(deps.clock, () => this.#delayPassed());
  }

  /** Offset of the byte that is expected next. */
  get next(): number {
    return this.#buffer.next;
  }

  /** Bytes that are in order and wait to be read. */
  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  /** Largest payload that the peer has sent, in bytes. */
  get segmentBytes(): number {
    return this.#segmentBytes;
  }

  /** Whether the peer's FIN has come in order. */
  get isFinished(): boolean {
    return this.#isFinTaken;
  }

  /** Places in the stream that came in order: bytes, and the FIN. */
  get receivedBytes(): number {
    return this.#buffer.next - 1 - (this.#isFinTaken ? 1 : 0);
  }

  /** @returns The window to tell the peer now, in bytes. */
  tellWindow(): number {
    return this.window.tell(this.next, this.#unreadBytes, this.#segmentBytes);
  }

  /** An acknowledgment has gone out, alone or with data. */
  acknowledged(): void {
    if (this.#isDue) this.#policy.sent();
    this.early.told();
    this.#isDue = false;
    this.#isDueNow = false;
    this.#hasSmall = false;
    this.#delay.clear();
  }

  /** This side sends data. */
  dataSent(): void {
    this.#policy.dataSent(this.#deps.clock.nowNs);
  }

  /** Nothing is acknowledged any more. */
  stop(): void {
    this.#delay.clear();
  }

  /**
   * What has come is old or out of place: its sender should hear at once where this side is, and
   * that it was old (`tcp_send_dupack`, RFC 2883).
   *
   * @param offset Offset of its first byte.
   * @param end Offset behind its last byte.
   */
  repeatAcknowledgment(offset: number, end: number): void {
    if (offset < this.next && offset < end) {
      this.early.cameTwice({ start: offset, end: Math.min(end, this.next) });
    }
    this.#policy.enterQuick(this.#windowSegments);
    this.#deps.acknowledge();
  }

  /** A packet with a congestion mark has come: the next ACKs tell of it at once. */
  marked(): void {
    this.#policy.enterQuick(this.#windowSegments, QUICK_AFTER_MARK);
  }

  /** The ACK of the segment that is being taken must not wait. */
  hurry(): void {
    this.#isDueNow = true;
  }

  /**
   * Takes a segment that lies in the window; {@linkcode acknowledgeIfDue} follows.
   *
   * @param offset Offset of its first byte.
   * @param payload What it carries.
   * @param hasFin Whether its sender has nothing more to say.
   * @returns Whether the stream has grown, and whether it ended by this.
   */
  take(
    offset: number,
    payload: Uint8Array,
    hasFin: boolean,
  ): { readonly hasGrown: boolean; readonly hasEnded: boolean } {
    const before = this.#buffer.next;
    const hadGap = this.#buffer.hasGap;
    if (hasFin) this.#finAt = offset + payload.length;
    if (payload.length > 0) this.#queue(offset, payload);
    const hasGrown = this.#buffer.next > before;
    const hasEnded = !this.#isFinTaken && this.#finAt === this.#buffer.next;
    if (hasEnded) {
      this.#isFinTaken = true;
      this.#buffer.skipFin();
      this.#policy.finReceived();
    }
    this.#isDue = true;
    // A gap that closes is news for the sender (RFC 5681, section 4.2).
    if (hadGap && !this.#buffer.hasGap) this.#isDueNow = true;
    return { hasGrown, hasEnded };
  }

  /** Sends the ACK that is due, now or later (`__tcp_ack_snd_check`). */
  acknowledgeIfDue(): void {
    if (!this.#isDue) return;
    const { window } = this;
    const isMuch = this.next - window.toldAt > this.#segmentBytes &&
      window.possibleBytes(this.#unreadBytes, this.#segmentBytes) >= window.toldBytes;
    if (isMuch || this.#isDueNow || this.#policy.isQuick || this.#buffer.hasGap) {
      return this.#deps.acknowledge();
    }
    if (this.#delay.armed) return;
    this.#delay.set(this.#policy.delayMs(this.#deps.timing().rttUs) * NS_PER_MS);
  }

  /**
   * Gives the next bytes of the stream to the reader.
   *
   * @returns The bytes, which are not to be changed; undefined where none wait.
   */
  read(): Uint8Array | undefined {
    const bytes = this.#unread.shift();
    if (bytes === undefined) return undefined;
    this.#unreadBytes -= bytes.length;
    const { clock, timing } = this.#deps;
    this.window.consumed(bytes.length, clock.nowNs, timing().rttUs * 1000);
    if (!this.#isFinTaken) this.#updateWindow();
    return bytes;
  }

  #queue(offset: number, payload: Uint8Array): void {
    for (const piece of this.#buffer.take(offset, payload)) {
      this.#unread.push(piece);
      this.#unreadBytes += piece.length;
    }
    if (offset > this.next) this.early.came({ start: offset, end: offset + payload.length });
    else this.early.reached(this.next);
    if (payload.length < this.#segmentBytes) this.#hasSmall = true;
    this.#segmentBytes = Math.max(this.#segmentBytes, payload.length);
    const { clock, timing } = this.#deps;
    this.#policy.dataReceived(clock.nowNs, timing().rtoMs, this.#windowSegments);
    this.window.arrived(payload.length);
  }

  /** Tells the sender of room that reading has made, where it has doubled (`tcp_cleanup_rbuf`). */
  #updateWindow(): void {
    const { window } = this;
    const left = window.end - this.next;
    const isMuch = this.#isDue && this.next - window.toldAt > this.#segmentBytes;
    // A small segment is the end of what its sender had to say: it waits for the answer.
    const isAwaited = this.#isDue && this.#hasSmall && this.#unreadBytes === 0 &&
      !this.#policy.isPingPong;
    const possible = window.possibleBytes(this.#unreadBytes, this.#segmentBytes);
    const hasDoubled = 2 * left <= window.spaceBytes && possible > 0 && possible >= 2 * left;
    if (isMuch || isAwaited || hasDoubled) this.#deps.acknowledge();
  }

  #delayPassed(): void {
    if (!this.#isDue) return;
    this.#policy.delayPassed(this.#deps.timing().rtoMs);
    this.#deps.acknowledge();
  }

  get #windowSegments(): number {
    return Math.floor(this.window.toldBytes / this.#segmentBytes);
  }
}
