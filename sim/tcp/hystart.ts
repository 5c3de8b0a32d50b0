import { NS_PER_MS } from "../time/virtual_clock.ts";

/** Window in segments below which slow start is never left early. */
const LOW_WINDOW = 16;
/** Samples at the start of a round trip that are looked at. */
const SAMPLES = 8;

/**
 * Leaves slow start before the queue overflows: when the round-trip times at the start of a round
 * have risen by an eighth, within 4 and 16 ms. Of the two signs that Linux watches, the length of
 * ACK trains is left out: delays alone are exact in virtual time.
 */
export class HyStart {
  #roundEnd = -1;
  #samples = 0;
  #roundMinimumNs = Infinity;

  /**
   * Looks at a sample in slow start.
   *
   * @param rttNs The sample in nanoseconds.
   * @param minimumNs The shortest sample ever, in nanoseconds.
   * @param window The congestion window in segments.
   * @param acknowledged Offset up to which the peer has acknowledged.
   * @param next Offset of the next byte to send.
   * @returns Whether slow start should end.
   */
  shouldLeave(
    rttNs: number,
    minimumNs: number,
    window: number,
    acknowledged: number,
    next: number,
  ): boolean {
    if (acknowledged > this.#roundEnd) {
      this.#roundEnd = next;
      this.#samples = 0;
      this.#roundMinimumNs = Infinity;
    }
    this.#roundMinimumNs = Math.min(this.#roundMinimumNs, rttNs);
    if (window < LOW_WINDOW) return false;
    if (this.#samples < SAMPLES) {
      this.#samples += 1;
      return false;
    }
    const riseNs = Math.min(Math.max(minimumNs / 8, 4 * NS_PER_MS), 16 * NS_PER_MS);
    return this.#roundMinimumNs > minimumNs + riseNs;
  }
}
