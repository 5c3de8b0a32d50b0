import { TCP_FLAG } from "../packet/tcp.ts";
import { NS_PER_MS } from "../time/virtual_clock.ts";
import { DeadlineTimer } from "./deadline_timer.ts";
import { EarlyTimers } from "./early_timers.ts";
import type { SentSegment } from "./flight.ts";
import { LossRecovery } from "./loss_recovery.ts";
import { PeerWindow } from "./peer_window.ts";
import { SendBuffer } from "./send_buffer.ts";
import type { HeardAcknowledgment, SenderDeps } from "./sender_deps.ts";

/** Longest time between two questions about a closed window, in milliseconds: `TCP_RTO_MAX`. */
const PROBE_DELAY_MAX_MS = 120_000;

const NOTHING = new Uint8Array(0);

/** The sending half of a connection: what goes out when, and what goes out again. */
export class TcpSender {
  /** What is believed of the segments under way. */
  readonly recovery: LossRecovery;
  /** How much the peer takes. */
  readonly window: PeerWindow = new PeerWindow();
  /** Largest payload of a segment in bytes. */
  mss = 0;
  readonly #deps: SenderDeps;
  readonly #buffer = new SendBuffer();
  readonly #timer: DeadlineTimer;
  readonly #early: EarlyTimers;
  #acknowledged = 0;
  #next = 0;
  #timeouts = 0;
  #firstRepeatAtNs: number | undefined;
  #unansweredProbes = 0;
  #probeDoublings = 0;
  #repeats = 0;
  #isOpen = false;
  #wantsFin = false;
  #isFinSent = false;
  #smallEnd = 0;
  #isSending = false;
  #isWindowLimited = false;
  #mostInFlight = 0;
  #queued = 0;
  #left = 0;
  #lastSentAtNs = 0;

  /** @param deps What is around it. */
  constructor(deps: SenderDeps) {
    this.#deps = deps;
    this.recovery = new LossRecovery(deps.settings.initialWindow);
    this.#timer = new DeadlineTimer(deps.clock, () => this.#timedOut());
    this.#early = new EarlyTimers({
      clock: deps.clock,
      recovery: this.recovery,
      late: () => this.#late(),
      probe: () => this.#probeTail(),
      armTimeout: () => this.#arm(),
    });
  }

  /** Offset up to which the peer has acknowledged. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Offset of the next byte to send. */
  get next(): number {
    return this.#next;
  }

  /** Timeouts since the last progress, and segments sent again in all. */
  get repeats(): { readonly now: number; readonly total: number } {
    return { now: this.#timeouts, total: this.#repeats };
  }

  /** Places in the stream that were written and are not acknowledged: bytes, SYN and FIN. */
  get waitingBytes(): number {
    const end = this.#buffer.end + 1 + (this.#wantsFin ? 1 : 0);
    return Math.max(end - this.#acknowledged, 0);
  }

  /** Whether the peer has every byte that was written. */
  get isDrained(): boolean {
    return this.#buffer.lengthBytes === 0;
  }

  /** Whether the peer has everything that was written, FIN included. */
  get isFinAcknowledged(): boolean {
    return this.#isFinSent && this.#acknowledged === this.#next;
  }

  /** When data was last sent, in nanoseconds; 0 before. */
  get lastSentAtNs(): number {
    return this.#lastSentAtNs;
  }

  /** @param mss Largest payload of a segment in bytes. @param hasSack Whether gaps are told. */
  agree(mss: number, hasSack: boolean): void {
    this.mss = mss;
    this.recovery.isSelective = hasSack;
  }

  /** @param flags SYN, with ACK or without: it opens the stream. */
  sendSyn(flags: number): void {
    this.#next = 1;
    this.#queued += 1;
    this.recovery.flight.add(this.#newSegment(0, 1, flags));
    this.#deps.transmit({ offset: 0, flags, payload: NOTHING, isRepeated: false });
    this.#arm();
  }

  /** Sends the SYN of a simultaneous opening again, with the ACK that it now needs. */
  answerSyn(flags: number): void {
    this.recovery.flight.acknowledge(1);
    this.sendSyn(flags);
  }

  /** The peer's own SYN acknowledges this side's. */
  synAcknowledged(): void {
    this.acknowledge({ offset: 1, isDuplicate: false, echoedUs: undefined, early: [] });
  }

  /** Both SYNs are acknowledged: data may flow. */
  open(): void {
    this.#isOpen = true;
    this.#lastSentAtNs = this.#deps.clock.nowNs;
    this.recovery.opened(this.#repeats);
  }

  /** @param data Bytes to send, or how many zeros. */
  write(data: Uint8Array | number): void {
    this.#restartAfterIdle();
    this.#buffer.append(data);
    this.output();
  }

  /** Nothing more will be written. */
  finish(): void {
    this.#wantsFin = true;
    this.output();
  }

  /** Nothing goes out any more. */
  stop(): void {
    this.#isOpen = false;
    this.#timer.clear();
    this.#early.clear();
  }

  /** @param length How much of the stream has left the machine's queues. */
  left(length: number): void {
    this.#left += length;
    if (this.#isOpen) this.output();
  }

  /**
   * Hears an acknowledgment.
   *
   * @param heard What it says.
   */
  acknowledge(heard: HeardAcknowledgment): void {
    this.#unansweredProbes = 0;
    const { offset, isDuplicate, early, echoedUs } = heard;
    const { flight, congestion } = this.recovery;
    const advanced = offset > this.#acknowledged;
    if (!advanced && (flight.count === 0 || (!isDuplicate && early.length === 0))) return;
    const isStream = this.#acknowledged > 0;
    if (advanced) this.#advance(offset);
    const probesRoom = congestion.slowStart && congestion.window < 2 * this.#mostInFlight;
    const isNews = this.recovery.heard({
      acknowledged: this.#acknowledged,
      advanced,
      isDuplicate,
      early,
      next: this.#next,
      mss: this.mss,
      nowNs: this.#deps.clock.nowNs,
      windowLimited: isStream && (this.#isWindowLimited || probesRoom),
      echoedUs,
    });
    this.#early.heard(offset, isNews);
    if (advanced) this.#expectAnswer();
  }

  /** Sends what may be sent now. */
  output(): void {
    // A frame that leaves at once reports back from within: the loop that is running goes on.
    if (this.#isSending) return;
    this.#isSending = true;
    this.#isWindowLimited = false;
    while (this.#sendNext());
    this.#isSending = false;
    this.#mostInFlight = this.recovery.flight.count;
    this.#watch();
  }

  /** Repeats the oldest segment, because the path's MTU is smaller than it. */
  resize(mss: number): void {
    this.mss = mss;
    this.recovery.flight.loseOldest();
    this.output();
  }

  #advance(offset: number): void {
    this.#acknowledged = offset;
    this.#timeouts = 0;
    this.#firstRepeatAtNs = undefined;
    this.#buffer.release(Math.min(offset - 1, this.#buffer.end));
  }

  /** Largest payload beside the options of the moment (`tcp_current_mss`). */
  get #payloadBytes(): number {
    return this.mss - this.#deps.sackBytes();
  }

  /**
   * Bytes that may wait in the machine's own queues: what the pacing rate sends in a millisecond,
   * at least two segments (`tcp_small_queue_check`, `tcp_update_pacing_rate`).
   */
  get #smallQueueBytes(): number {
    const { congestion, rtt } = this.recovery;
    const gain = congestion.window < congestion.threshold / 2 ? 2 : 1.2;
    const windowBytes = congestion.window * this.mss;
    const inMillisecond = rtt.rttUs === 0 ? Infinity : gain * windowBytes / rtt.rttUs * 1000;
    const { smallQueueBytes } = this.#deps.settings;
    return Math.min(Math.max(inMillisecond, 2 * this.mss), smallQueueBytes);
  }

  /** Sends one segment. Tells whether another may follow. */
  #sendNext(): boolean {
    if (this.#queued - this.#left >= this.#smallQueueBytes) return false;
    if (!this.recovery.maySend) {
      this.#isWindowLimited = true;
      return false;
    }
    const lost = this.recovery.flight.nextLost();
    if (lost !== undefined) {
      // One that still waits in this machine's own queue is not sent twice.
      if (lost.chargedTo > this.#left) return false;
      this.#repeat(lost);
      return true;
    }
    return this.#isOpen && this.#sendNew();
  }

  #sendNew(): boolean {
    if (this.#isFinSent) return false;
    const waiting = this.#buffer.end + 1 - this.#next;
    const mss = this.#payloadBytes;
    const length = Math.min(mss, waiting);
    const isLast = length === waiting;
    const withFin = isLast && this.#wantsFin;
    if (length === 0 && !withFin) return false;
    // A segment goes out whole or waits: crumbs would only feed a small window.
    if (this.#next + length + (withFin ? 1 : 0) > this.window.end) return false;
    // Nagle as Minshall has it: a small segment waits for the answer to a small one before it.
    const isSmall = length < mss && !withFin && !this.#deps.settings.noDelay;
    if (isSmall && this.#smallEnd > this.#acknowledged) return false;
    this.#sendPart(length, withFin, isLast);
    return true;
  }

  #sendPart(length: number, withFin: boolean, isLast: boolean): void {
    const flags = (withFin ? TCP_FLAG.fin : 0) | (isLast && length > 0 ? TCP_FLAG.psh : 0);
    const payload = length > 0 ? this.#buffer.slice(this.#next - 1, length) : NOTHING;
    const offset = this.#next;
    this.#next = offset + length + (withFin ? 1 : 0);
    this.#isFinSent = withFin;
    if (length < this.#payloadBytes) this.#smallEnd = this.#next;
    this.#queued += this.#next - offset;
    if (length > 0) this.#lastSentAtNs = this.#deps.clock.nowNs;
    const { flight } = this.recovery;
    flight.add(this.#newSegment(offset, this.#next, flags));
    this.#probeDoublings = 0;
    this.recovery.congestion.sent();
    // A timer of window probes may be running, far longer than this segment's.
    if (flight.count === 1) this.#expectAnswer();
    else if (this.#early.expectTail()) this.#timer.clear();
    this.#deps.transmit({ offset, flags, payload, isRepeated: false });
  }

  #repeat(segment: SentSegment): void {
    const mss = this.#payloadBytes;
    if (segment.end - segment.sequence > mss && this.#isOpen) {
      this.recovery.flight.split(segment, segment.sequence + mss);
    }
    const { sequence: offset, end, flags } = segment;
    const isControl = (flags & (TCP_FLAG.syn | TCP_FLAG.fin)) !== 0;
    const length = end - offset - (isControl ? 1 : 0);
    const payload = length > 0 ? this.#buffer.slice(offset - 1, length) : NOTHING;
    const { nowNs } = this.#deps.clock;
    this.#firstRepeatAtNs ??= nowNs;
    const { flight } = this.recovery;
    flight.repeat(segment, nowNs);
    if (segment === flight.oldest) this.#arm();
    this.#queued += end - offset;
    segment.chargedTo = this.#queued;
    this.#repeats += 1;
    this.recovery.congestion.sent();
    this.#deps.transmit({ offset, flags, payload, isRepeated: true });
  }

  #restartAfterIdle(): void {
    const { flight, congestion, rtt } = this.recovery;
    if (flight.count > 0 || this.#lastSentAtNs === 0) return;
    const timeoutNs = rtt.rtoMs * NS_PER_MS;
    const idleNs = this.#deps.clock.nowNs - this.#lastSentAtNs;
    if (idleNs > timeoutNs) congestion.afterIdle(idleNs, timeoutNs);
  }

  /** While the peer's window holds everything back, a timer must ask whether it still does. */
  #watch(): void {
    const end = this.#buffer.end + 1 + (this.#wantsFin ? 1 : 0);
    const isBlocked = this.#isOpen && this.recovery.flight.count === 0 && this.#next < end;
    if (isBlocked && !this.#timer.armed) this.#armProbe();
  }

  /** Waits for an answer to what is under way: first for a probe, where one helps. */
  #expectAnswer(): void {
    this.#timer.clear();
    this.#early.clearTail();
    if (this.recovery.flight.count > 0 && !this.#early.expectTail()) this.#arm();
  }

  #arm(): void {
    this.#early.clearTail();
    this.#timer.set(this.recovery.rtt.rtoMs * NS_PER_MS);
  }

  #armProbe(): void {
    const delayMs = this.recovery.rtt.rtoMs * 2 ** this.#probeDoublings;
    this.#timer.set(Math.min(delayMs, PROBE_DELAY_MAX_MS) * NS_PER_MS);
  }

  #timedOut(): void {
    const { flight, rtt } = this.recovery;
    if (flight.count === 0) return this.#probe();
    const { nowNs } = this.#deps.clock;
    const elapsedMs = (nowNs - (this.#firstRepeatAtNs ?? nowNs)) / NS_PER_MS;
    if (this.#deps.isHopeless({ timeouts: this.#timeouts, elapsedMs })) return this.#deps.gaveUp();
    this.#timeouts += 1;
    const { synLinearTimeouts } = this.#deps.settings;
    const isLinear = flight.oldest?.flags === TCP_FLAG.syn && this.#timeouts <= synLinearTimeouts;
    if (!isLinear) rtt.backOff();
    this.#early.clear();
    if (this.#isOpen) this.recovery.timedOut(this.#next, nowNs);
    else flight.loseAll();
    this.#arm();
    this.output();
  }

  #late(): void {
    this.recovery.waitedForLate(this.#next, this.#deps.clock.nowNs);
    this.output();
  }

  /** Sends what shows whether the last segments have arrived (`tcp_send_loss_probe`). */
  #probeTail(): { readonly end: number; readonly isRepeated: boolean } | undefined {
    const { newest } = this.recovery.flight;
    if (!this.#isOpen || newest === undefined) return undefined;
    const isRepeated = !this.#sendNew();
    if (isRepeated) {
      if (newest.chargedTo > this.#left) return undefined;
      this.#repeat(newest);
    }
    return { end: this.#next, isRepeated };
  }

  /** The peer's window has been too small for a timeout (`tcp_send_probe0`). */
  #probe(): void {
    if (this.#unansweredProbes >= this.#deps.settings.retries) return this.#deps.gaveUp();
    const room = this.window.end - this.#next;
    if (room > 0 && this.#buffer.end + 1 > this.#next) {
      const length = Math.min(room, this.mss, this.#buffer.end + 1 - this.#next);
      return this.#sendPart(length, false, true);
    }
    this.#deps.probe();
    this.#unansweredProbes += 1;
    this.#probeDoublings += 1;
    this.#armProbe();
  }

  #newSegment(sequence: number, end: number, flags: number): SentSegment {
    return {
      sequence,
      end,
      flags,
      sentAtNs: this.#deps.clock.nowNs,
      sendings: 0,
      chargedTo: this.#queued,
      repeated: false,
      sacked: false,
      lost: false,
      resent: false,
    };
  }
}
