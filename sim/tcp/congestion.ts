import { Cubic } from "./cubic.ts";
import { HyStart } from "./hystart.ts";
import { RateReduction, type ReductionStep } from "./rate_reduction.ts";

/** How the sender stands to the network, as Linux names it. */
export type CongestionMode = "open" | "recovery" | "cwr" | "loss";

/** What an ACK says to congestion control. */
export interface AckReport extends ReductionStep {
  /** The time in nanoseconds. */
  readonly nowNs: number;
  /** Round-trip time of the last segment in nanoseconds; undefined where none is known. */
  readonly rttNs: number | undefined;
  /** Shortest round-trip time in nanoseconds. */
  readonly minimumRttNs: number;
  /** Offset up to which the peer has acknowledged. */
  readonly acknowledged: number;
  /** Offset of the next byte to send. */
  readonly next: number;
  /** Whether the window was what held the sender back; an idle one must not grow. */
  readonly windowLimited: boolean;
}

/**
 * The congestion window: slow start with HyStart, CUBIC after it, recovery after losses and ECN
 * marks.
 *
 * Linux takes a reduction back where a D-SACK or a timestamp proves that nothing was lost; here it
 * stands.
 */
export class Congestion {
  readonly #cubic = new Cubic();
  readonly #hystart = new HyStart();
  readonly #initialWindow: number;
  #window: number;
  #threshold = Infinity;
  #mode: CongestionMode = "open";
  #recoveryEnd = -1;
  #reduction: RateReduction | undefined;

  /** @param initialWindow The window at the start, in segments. */
  constructor(initialWindow: number) {
    this.#initialWindow = initialWindow;
    this.#window = initialWindow;
  }

  /** The window in segments. */
  get window(): number {
    return this.#window;
  }

  /** Slow-start threshold in segments; infinite before the first congestion. */
  get threshold(): number {
    return this.#threshold;
  }

  /** How the sender stands to the network. */
  get mode(): CongestionMode {
    return this.#mode;
  }

  /** Whether the window is in slow start. */
  get slowStart(): boolean {
    return this.#window < this.#threshold;
  }

  /**
   * Whether duplicate ACKs may mean a new loss: not while they may still be answers to
   * retransmissions of the last one (RFC 6582).
   *
   * @param acknowledged Offset up to which the peer has acknowledged.
   */
  mayRecover(acknowledged: number): boolean {
    return acknowledged > this.#recoveryEnd;
  }

  /** A segment has gone out. */
  sent(): void {
    this.#reduction?.sent();
  }

  /** @param next Offset of the next byte to send: recovery lasts until it is acknowledged. */
  enterRecovery(next: number): void {
    if (this.#reduction === undefined) this.#reduce();
    this.#mode = "recovery";
    this.#recoveryEnd = next;
  }

  /**
   * Reacts to an ECN mark: as to a loss, and at most once per round trip. What remains of the
   * window is CUBIC's 0.7, as on Linux, and not the half of RFC 3168.
   *
   * @param next Offset of the next byte to send.
   * @returns Whether it reacted.
   */
  enterCwr(next: number): boolean {
    if (this.#mode !== "open") return false;
    this.#reduce();
    this.#mode = "cwr";
    this.#recoveryEnd = next;
    return true;
  }

  /**
   * Reacts to a loss that one repetition has repaired already (`tcp_process_tlp_ack`).
   */
  reduceAtOnce(): void {
    if (this.#mode !== "open") return;
    this.#reduce();
    this.#endReduction();
  }

  /**
   * Reacts to a timeout: the window begins again with one segment more than may still be under way.
   *
   * @param next Offset of the next byte to send.
   * @param inNetwork Segments that are believed to be in the network.
   */
  enterLoss(next: number, inNetwork: number): void {
    if (this.#mode !== "loss") {
      if (this.#mode === "open") this.#threshold = this.#cubic.reduced(this.#window);
      this.#cubic.reset();
    }
    this.#reduction = undefined;
    this.#window = inNetwork + 1;
    this.#mode = "loss";
    this.#recoveryEnd = next;
  }

  /**
   * Ends the present mode where its end was acknowledged.
   *
   * @param acknowledged Offset up to which the peer has acknowledged.
   * @returns Whether it has ended a reduction, so that this ACK does not grow the window.
   */
  endAt(acknowledged: number): boolean {
    if (this.#mode === "open" || acknowledged < this.#recoveryEnd) return false;
    this.#mode = "open";
    return this.#endReduction();
  }

  /**
   * Hears what an ACK delivered: the reduction goes on, or the window grows.
   *
   * @param report What the ACK says.
   */
  delivered(report: AckReport): void {
    if (report.delivered === 0) return;
    if (this.#reduction !== undefined) this.reduceBy(report);
    else if (report.advanced && report.windowLimited) this.#grow(report);
  }

  /** @param step How far a reduction goes on; without one nothing happens. */
  reduceBy(step: ReductionStep): void {
    if (this.#reduction !== undefined) this.#window = this.#reduction.window(step);
  }

  /**
   * Shrinks the window after a pause: halved for every timeout that passed, down to the initial
   * one (`net.ipv4.tcp_slow_start_after_idle`).
   *
   * @param idleNs How long nothing was sent, in nanoseconds.
   * @param timeoutNs The retransmission timeout in nanoseconds.
   */
  afterIdle(idleNs: number, timeoutNs: number): void {
    const floor = Math.min(this.#initialWindow, this.#window);
    const halvings = Math.min(Math.floor(idleNs / timeoutNs), 32);
    if (halvings < 1) return;
    // What was known to fit is remembered as the threshold, so that it is reached again quickly.
    if (this.#threshold !== Infinity) {
      this.#threshold = Math.max(this.#threshold, Math.floor(this.#window * 3 / 4));
    }
    this.#window = Math.max(Math.floor(this.#window / 2 ** halvings), floor);
    this.#cubic.restart();
  }

  #reduce(): void {
    this.#threshold = this.#cubic.reduced(this.#window);
    this.#reduction = new RateReduction(this.#window, this.#threshold);
  }

  #endReduction(): boolean {
    if (this.#reduction === undefined) return false;
    this.#reduction = undefined;
    this.#window = this.#threshold;
    return true;
  }

  #grow(report: AckReport): void {
    let segments = report.delivered;
    if (this.slowStart) {
      const { rttNs, minimumRttNs, acknowledged, next } = report;
      const full = rttNs !== undefined && this.#mode === "open" &&
        this.#hystart.shouldLeave(rttNs, minimumRttNs, this.#window, acknowledged, next);
      if (full) this.#threshold = this.#window;
      const grown = Math.min(this.#window + segments, Math.max(this.#threshold, this.#window));
      segments -= grown - this.#window;
      this.#window = grown;
    }
    if (segments === 0 || this.slowStart) return;
    this.#window = this.#cubic.grow(this.#window, segments, report.nowNs, report.minimumRttNs);
  }
}
