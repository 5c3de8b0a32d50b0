import { NS_PER_MS } from "../time/virtual_clock.ts";

/** Shortest guess of the time between two segments, in milliseconds: `TCP_ATO_MIN`. */
const INTERVAL_MIN_MS = 40;
/** Longest delay of an ACK in milliseconds: `TCP_DELACK_MAX`. */
const DELAY_MAX_MS = 200;
/** A tick of the kernel's timers (250 Hz) in milliseconds: no delay is shorter. */
const TICK_MS = 4;
/** Most segments that are acknowledged at once after a start: `TCP_MAX_QUICKACKS`. */
const QUICK_MAX = 16;

/**
 * Decides when an ACK may wait, as Linux does: not while the sender is still growing its window
 * ("quick"), and gladly once this side has answered data with data, for the next answer will carry
 * it ("ping-pong").
 */
export class AckPolicy {
  #intervalMs = 0;
  #quick = 0;
  #isPingPong = false;
  #lastReceivedAtNs = -Infinity;

  /** Whether what comes is acknowledged at once. */
  get isQuick(): boolean {
    return this.#quick > 0 && !this.#isPingPong;
  }

  /** Whether ACKs wait for this side's own data. */
  get isPingPong(): boolean {
    return this.#isPingPong;
  }

  /** Guess of the time between two segments in milliseconds; 0 before the first one. */
  get intervalMs(): number {
    return this.#intervalMs;
  }

  /**
   * Data has come in order (`tcp_event_data_recv`).
   *
   * @param nowNs The time in nanoseconds.
   * @param timeoutMs The retransmission timeout in milliseconds.
   * @param windowSegments How many segments the announced window holds.
   */
  dataReceived(nowNs: number, timeoutMs: number, windowSegments: number): void {
    const passedMs = (nowNs - this.#lastReceivedAtNs) / NS_PER_MS;
    const half = INTERVAL_MIN_MS / 2;
    if (this.#intervalMs === 0) {
      this.#raiseQuick(windowSegments, QUICK_MAX);
      this.#intervalMs = INTERVAL_MIN_MS;
    } else if (passedMs <= half) {
      this.#intervalMs = this.#intervalMs / 2 + half;
    } else if (passedMs < this.#intervalMs) {
      this.#intervalMs = Math.min(this.#intervalMs / 2 + passedMs, timeoutMs);
    } else if (passedMs > timeoutMs) {
      // After so long a pause the sender may have begun again with a small window.
      this.#raiseQuick(windowSegments, QUICK_MAX);
    }
    this.#lastReceivedAtNs = nowNs;
  }

  /** @param nowNs When this side sends data, in nanoseconds: soon after the peer's, it answers. */
  dataSent(nowNs: number): void {
    const passedMs = (nowNs - this.#lastReceivedAtNs) / NS_PER_MS;
    if (passedMs < this.#intervalMs) this.#isPingPong = true;
  }

  /** The peer's FIN has come: what this side still says will carry the ACK (`tcp_fin`). */
  finReceived(): void {
    this.#isPingPong = true;
  }

  /**
   * Something needs the sender's attention: the next segments are acknowledged at once.
   *
   * @param windowSegments How many segments the announced window holds.
   * @param most Most segments to do so for, 16 when left out.
   */
  enterQuick(windowSegments: number, most = QUICK_MAX): void {
    this.#raiseQuick(windowSegments, most);
    this.#isPingPong = false;
    this.#intervalMs = INTERVAL_MIN_MS;
  }

  /** An ACK that was due has gone out. */
  sent(): void {
    if (this.#quick === 0) return;
    this.#quick -= 1;
    if (this.#quick === 0) this.#intervalMs = INTERVAL_MIN_MS;
  }

  /** An ACK has waited in vain. @param timeoutMs The retransmission timeout in milliseconds. */
  delayPassed(timeoutMs: number): void {
    if (this.#isPingPong) {
      this.#isPingPong = false;
      this.#intervalMs = INTERVAL_MIN_MS;
    } else {
      this.#intervalMs = Math.min(this.#intervalMs * 2, timeoutMs);
    }
  }

  /**
   * Gives how long an ACK may wait (`tcp_send_delayed_ack`).
   *
   * @param rttUs Smoothed round-trip time in microseconds; 0 where unknown.
   * @returns The delay in milliseconds.
   */
  delayMs(rttUs: number): number {
    let delayMs = this.#intervalMs;
    if (delayMs > INTERVAL_MIN_MS) {
      const longestMs = rttUs === 0 ? DELAY_MAX_MS : Math.max(rttUs / 1000, INTERVAL_MIN_MS);
      delayMs = Math.min(delayMs, longestMs);
    }
    return Math.max(Math.min(delayMs, DELAY_MAX_MS), TICK_MS);
  }

  #raiseQuick(windowSegments: number, most: number): void {
    const wanted = Math.max(Math.floor(windowSegments / 2), 2);
    this.#quick = Math.max(this.#quick, Math.min(wanted, most));
  }
}
