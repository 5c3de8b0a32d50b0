/** What an ACK says to a reduction. */
export interface ReductionStep {
  /** Segments that are believed to be in the network. */
  readonly inNetwork: number;
  /** Segments of which the ACK says that they have arrived. */
  readonly delivered: number;
  /** Segments that it shows to be lost. */
  readonly lost: number;
  /** Whether it acknowledges anything new in order. */
  readonly advanced: boolean;
}

/**
 * Shrinks the window bit by bit over the round trip after congestion, so that a segment leaves for
 * a part of those that arrive (proportional rate reduction, RFC 6937; `tcp_cwnd_reduction`).
 */
export class RateReduction {
  readonly #before: number;
  readonly #threshold: number;
  #delivered = 0;
  #sent = 0;

  /**
   * @param before The window before it, in segments.
   * @param threshold The window that it leads to, in segments.
   */
  constructor(before: number, threshold: number) {
    this.#before = before;
    this.#threshold = threshold;
  }

  /** A segment has gone out. */
  sent(): void {
    this.#sent += 1;
  }

  /**
   * Gives the window after an ACK.
   *
   * @param step What the ACK says; it has delivered something.
   * @returns The window in segments.
   */
  window({ inNetwork, delivered, lost, advanced }: ReductionStep): number {
    this.#delivered += delivered;
    const room = this.#threshold - inNetwork;
    const due = this.#delivered - this.#sent;
    let sendable = room < 0
      ? Math.ceil(this.#threshold * this.#delivered / this.#before) - this.#sent
      : Math.min(room, Math.max(due, delivered) + (advanced && lost === 0 ? 1 : 0));
    // The first loss is repaired at once, however full the network is.
    sendable = Math.max(sendable, this.#sent === 0 ? 1 : 0);
    return inNetwork + sendable;
  }
}
