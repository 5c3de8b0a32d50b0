/** Shortest slack that is added to the round-trip time, in microseconds: `TCP_RTO_MIN`. */
const MIN_SLACK_US = 200_000;
/** Longest timeout in microseconds: `TCP_RTO_MAX`. */
const MAX_TIMEOUT_US = 120_000_000;
/** Timeout before the first sample, in microseconds. */
const INITIAL_TIMEOUT_US = 1_000_000;
/** A tick of the kernel's timers (250 Hz) in microseconds: timeouts are whole ticks. */
const TICK_US = 4000;

/**
 * Estimates the round-trip time as Linux does: RFC 6298, but with the floor of 200 ms under four
 * deviations and not under the sum, with falling samples weighing less, and with a slack that
 * rises at once and sinks by a quarter of the difference once a round trip.
 */
export class RttEstimator {
  #smoothedUs = 0;
  #deviationUs = 0;
  #slackUs = MIN_SLACK_US;
  #roundSlackUs = MIN_SLACK_US;
  #roundEnd = 0;
  #backoff = 0;
  #minimumUs = Infinity;

  /** Smoothed round-trip time in microseconds; 0 before the first sample. */
  get rttUs(): number {
    return Math.round(this.#smoothedUs);
  }

  /** Mean deviation in microseconds. */
  get rttVarianceUs(): number {
    return Math.round(this.#deviationUs);
  }

  /** Shortest sample in microseconds; infinite before the first. */
  get minimumUs(): number {
    return this.#minimumUs;
  }

  /** Retransmission timeout in milliseconds, with its backoff. */
  get rtoMs(): number {
    const plainUs = this.#smoothedUs === 0
      ? INITIAL_TIMEOUT_US
      : Math.ceil((this.#smoothedUs + this.#slackUs) / TICK_US) * TICK_US;
    return Math.min(plainUs * 2 ** this.#backoff, MAX_TIMEOUT_US) / 1000;
  }

  /**
   * Takes a sample, of a segment that was sent once (Karn's rule). Ends the backoff.
   *
   * @param sampleUs The round-trip time in microseconds.
   * @param acknowledged Offset up to which the peer has acknowledged.
   * @param next Offset of the next byte to send: where the round that begins now will end.
   */
  sample(sampleUs: number, acknowledged: number, next: number): void {
    const us = Math.max(sampleUs, 1);
    this.#backoff = 0;
    this.#minimumUs = Math.min(this.#minimumUs, us);
    if (this.#smoothedUs === 0) {
      this.#smoothedUs = us;
      this.#deviationUs = us / 2;
      this.#slackUs = Math.max(this.#deviationUs * 4, MIN_SLACK_US);
      this.#roundSlackUs = this.#slackUs;
      this.#roundEnd = next;
      return;
    }
    const error = us - this.#smoothedUs;
    this.#smoothedUs += error / 8;
    const excess = Math.abs(error) - this.#deviationUs;
    // A sample far below the mean is good news: it must not raise the timeout much.
    this.#deviationUs += error < 0 && excess > 0 ? excess / 32 : excess / 4;
    this.#roundSlackUs = Math.max(this.#roundSlackUs, this.#deviationUs * 4);
    this.#slackUs = Math.max(this.#slackUs, this.#roundSlackUs);
    if (acknowledged > this.#roundEnd) this.#endRound(next);
  }

  /** Doubles the timeout, because it passed. */
  backOff(): void {
    this.#backoff += 1;
  }

  #endRound(next: number): void {
    this.#slackUs -= (this.#slackUs - this.#roundSlackUs) / 4;
    this.#roundSlackUs = MIN_SLACK_US;
    this.#roundEnd = next;
  }
}
