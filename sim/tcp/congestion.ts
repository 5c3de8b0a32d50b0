import { Cubic } from "./cubic.ts";
import { HyStart } from "./hystart.ts";

/** How the sender stands to the network, as Linux names it. */
export type CongestionMode = "open" | "recovery" | "cwr" | "loss";

/** What an ACK that advanced says to congestion control. */
export interface AckReport {
  /** Segments that it acknowledged. */
  readonly segments: number;
  /** The time in nanoseconds. */
  readonly nowNs: number;
  /** Round-trip time of the last segment in nanoseconds; undefined where it was sent twice. */
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
 * Linux shrinks the window bit by bit over the round trip after a loss (PRR); here it shrinks at
 * once and the sender waits until the network has drained that far.
 */
export class Congestion {
  readonly #cubic = new Cubic();
  readonly #hystart = new HyStart();
  readonly #initialWindow: number;
  #window: number;
  #threshold = Infinity;
  #mode: CongestionMode = "open";
  #recoveryEnd = -1;

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

  /** @param next Offset of the next byte to send: recovery lasts until it is acknowledged. */
  enterRecovery(next: number): void {
    if (this.#mode === "open") this.#reduce();
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
   * Reacts to a timeout: the window begins again with one segment.
   *
   * @param next Offset of the next byte to send.
   */
  enterLoss(next: number): void {
    if (this.#mode !== "loss") {
      if (this.#mode === "open") this.#threshold = this.#cubic.reduced(this.#window);
      this.#cubic.reset();
    }
    this.#window = 1;
    this.#mode = "loss";
    this.#recoveryEnd = next;
  }

  /**
   * Hears of an ACK that advanced; ends the present mode where its end was acknowledged.
   *
   * @param report What the ACK says.
   */
  acknowledged(report: AckReport): void {
    const wasReduced = this.#mode === "recovery" || this.#mode === "cwr";
    if (this.#mode !== "open" && report.acknowledged >= this.#recoveryEnd) {
      this.#mode = "open";
      if (wasReduced) this.#window = this.#threshold;
    }
    if (wasReduced || !report.windowLimited) return;
    this.#grow(report);
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
    this.#window = this.#threshold;
  }

  #grow(report: AckReport): void {
    let segments = report.segments;
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
