import { NS_PER_SECOND } from "../time/virtual_clock.ts";

/** How steeply the window grows, in segments per cubic second. */
const GROWTH = 0.4;
/** What a loss leaves of the window. */
const REMAINDER = 717 / 1024;
/** Acknowledged windows per segment that a Reno flow with the same remainder would gain. */
const RENO_WINDOWS = (1 + REMAINDER) / (3 * (1 - REMAINDER));

/**
 * The growth of the window in congestion avoidance, by CUBIC (RFC 9438) as Linux has it: towards
 * the window of the last loss, slowly around it, then ever faster, and never slower than Reno.
 */
export class Cubic {
  #lastMaximum = 0;
  #epochNs: number | undefined;
  #origin = 0;
  #reachSeconds = 0;
  #renoWindow = 0;
  #renoAcked = 0;
  #credit = 0;

  /**
   * Reacts to congestion.
   *
   * @param window The congestion window in segments.
   * @returns The new slow-start threshold in segments, at least 2.
   */
  reduced(window: number): number {
    // A flow that did not reach its last maximum gives room to newer ones: fast convergence.
    const yields = window < this.#lastMaximum;
    this.#lastMaximum = yields ? window * (1 + REMAINDER) / 2 : window;
    this.#epochNs = undefined;
    return Math.max(Math.floor(window * REMAINDER), 2);
  }

  /** Begins a new epoch at the next ACK, after a pause. */
  restart(): void {
    this.#epochNs = undefined;
  }

  /** Forgets everything, after a timeout. */
  reset(): void {
    this.#lastMaximum = 0;
    this.#epochNs = undefined;
  }

  /**
   * Grows the window.
   *
   * @param window The congestion window in segments.
   * @param acked Segments that were acknowledged.
   * @param nowNs The time in nanoseconds.
   * @param minimumRttNs The shortest round-trip time in nanoseconds.
   * @returns The new window in segments.
   */
  grow(window: number, acked: number, nowNs: number, minimumRttNs: number): number {
    if (this.#epochNs === undefined) this.#begin(window, nowNs);
    const epochNs = this.#epochNs ?? nowNs;
    const seconds = (nowNs - epochNs + minimumRttNs) / NS_PER_SECOND;
    const target = this.#origin + GROWTH * (seconds - this.#reachSeconds) ** 3;
    let acksPerSegment = target > window ? window / (target - window) : 100 * window;
    if (this.#lastMaximum === 0) acksPerSegment = Math.min(acksPerSegment, 20);
    acksPerSegment = Math.max(Math.min(acksPerSegment, this.#renoPace(window, acked)), 2);
    this.#credit += acked / acksPerSegment;
    const gained = Math.floor(this.#credit);
    this.#credit -= gained;
    return window + gained;
  }

  #begin(window: number, nowNs: number): void {
    this.#epochNs = nowNs;
    this.#renoWindow = window;
    this.#renoAcked = 0;
    this.#credit = 0;
    this.#origin = Math.max(window, this.#lastMaximum);
    this.#reachSeconds = Math.cbrt((this.#origin - window) / GROWTH);
  }

  /** Follows a Reno flow beside this one; gives the pace that catches up with it. */
  #renoPace(window: number, acked: number): number {
    const perSegment = window * RENO_WINDOWS;
    this.#renoAcked += acked;
    const gained = Math.floor(this.#renoAcked / perSegment);
    this.#renoAcked -= gained * perSegment;
    this.#renoWindow += gained;
    return this.#renoWindow > window ? window / (this.#renoWindow - window) : Infinity;
  }
}
