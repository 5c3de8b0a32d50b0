import { NS_PER_MS } from "../time/virtual_clock.ts";
import type { Flight, SentSegment } from "./flight.ts";

/** Segments by which one may overtake another before that means a loss, and most of them. */
const REORDERING = { initial: 3, most: 300 };

/** What the reordering window is measured by. */
export interface RackPath {
  /** Shortest round-trip time in nanoseconds. */
  readonly minimumRttNs: number;
  /** Smoothed round-trip time in nanoseconds. */
  readonly rttNs: number;
  /** Whether losses are being repaired already. */
  readonly isRecovering: boolean;
}

/**
 * Finds losses by time (RACK, RFC 8985, as `tcp_recovery.c` has it): what was sent before something
 * that has arrived, and is late by more than segments overtake each other, is lost.
 *
 * Many segments leave in one instant of the simulation, so that their order counts and not their
 * time (`tcp_skb_sent_after` compares both).
 *
 * Linux widens the window of reordering by what D-SACKs prove to have been sent twice in vain; here
 * it stays at a quarter of the shortest round trip.
 */
export class Rack {
  #sendings = -1;
  #rttNs = 0;
  #reordering = REORDERING.initial;
  #hasSeenReordering = false;
  #highestDelivered = 0;
  #highestBefore = 0;

  /** An ACK begins: what it delivers below what was there before has been overtaken. */
  begin(): void {
    this.#highestBefore = this.#highestDelivered;
  }

  /**
   * Hears that a segment has arrived.
   *
   * @param segment The segment.
   * @param nowNs The time in nanoseconds.
   * @param minimumRttNs The shortest round-trip time in nanoseconds.
   * @param mss Largest payload of a segment in bytes.
   */
  delivered(segment: SentSegment, nowNs: number, minimumRttNs: number, mss: number): void {
    const { sequence, end, sentAtNs, repeated } = segment;
    if (!repeated && sequence < this.#highestBefore) {
      const distance = Math.ceil((this.#highestBefore - sequence) / Math.max(mss, 1));
      this.#reordering = Math.min(Math.max(this.#reordering, distance), REORDERING.most);
      this.#hasSeenReordering = true;
    }
    this.#highestDelivered = Math.max(this.#highestDelivered, end);
    const rttNs = nowNs - sentAtNs;
    // So soon after a repetition it is the first sending that has arrived.
    if (repeated && rttNs < minimumRttNs) return;
    this.#rttNs = rttNs;
    this.#sendings = Math.max(this.#sendings, segment.sendings);
  }

  /**
   * Marks what is lost by now (`tcp_rack_detect_loss`).
   *
   * @param flight The segments.
   * @param path What the reordering window is measured by.
   * @param nowNs The time in nanoseconds.
   * @returns In how many nanoseconds the rest of what was overtaken will be late; 0 for no rest.
   */
  loseLate(flight: Flight, path: RackPath, nowNs: number): number {
    const windowNs = this.#reorderingWindowNs(flight, path);
    let longestNs = 0;
    const late: SentSegment[] = [];
    for (const segment of flight.bySending) {
      if (segment.sendings >= this.#sendings) break;
      const remainingNs = this.remainingNs(segment, nowNs) + windowNs;
      if (remainingNs <= 0) late.push(segment);
      else longestNs = Math.max(longestNs, remainingNs);
    }
    for (const segment of late) flight.lose(segment);
    return longestNs;
  }

  /** @returns How long from now a segment may still arrive by the last round trip's time. */
  remainingNs(segment: SentSegment, nowNs: number): number {
    return this.#rttNs - (nowNs - segment.sentAtNs);
  }

  /** How much later than the next one a segment may arrive (`tcp_rack_reo_wnd`). */
  #reorderingWindowNs({ sacked }: Flight, path: RackPath): number {
    const isSure = path.isRecovering || sacked >= this.#reordering;
    if (!this.#hasSeenReordering && isSure) return 0;
    return Math.min(path.minimumRttNs / 4, path.rttNs);
  }
}

/** What is added to the wait for a segment that was overtaken: two ticks, `TCP_TIMEOUT_MIN`. */
export const TIMEOUT_MIN_NS = 8 * NS_PER_MS;
