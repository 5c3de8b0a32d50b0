import { Congestion } from "./congestion.ts";
import { Flight } from "./flight.ts";
import { RttEstimator } from "./rtt.ts";

/** Duplicate ACKs that mean a loss (RFC 5681). Linux raises it where it sees reordering. */
const DUPLICATES_OF_LOSS = 3;

/** Where a stream stands when an ACK comes. */
export interface Progress {
  /** Offset up to which the peer has acknowledged, this ACK included. */
  readonly acknowledged: number;
  /** Offset of the next byte to send. */
  readonly next: number;
  /** The time in nanoseconds. */
  readonly nowNs: number;
  /** Whether the congestion window, or slow start's need to test it, held the sender back. */
  readonly windowLimited: boolean;
  /** Round-trip time by the peer's echo of a timestamp, in microseconds; undefined for none. */
  readonly echoedUs: number | undefined;
}

/**
 * What is believed of the segments under way and of the path: which are lost, how long a round trip
 * takes, and how many may be under way (NewReno, RFC 6582).
 */
export class LossRecovery {
  /** How long the path takes. */
  readonly rtt: RttEstimator = new RttEstimator();
  /** What is under way. */
  readonly flight: Flight = new Flight();
  #congestion: Congestion;
  readonly #initialWindow: number;
  #isUrgent = false;

  /** @param initialWindow Congestion window at the start, in segments. */
  constructor(initialWindow: number) {
    this.#initialWindow = initialWindow;
    this.#congestion = new Congestion(initialWindow);
  }

  /** How much the path takes. */
  get congestion(): Congestion {
    return this.#congestion;
  }

  /**
   * Whether a segment may go out: there is room for it, or it is the repetition that a loss has
   * just called for, which does not wait for the network to drain (`tcp_cwnd_reduction`).
   */
  get maySend(): boolean {
    return this.#isUrgent || this.flight.inNetwork < this.#congestion.window;
  }

  /** A segment has gone out. */
  sent(): void {
    this.#isUrgent = false;
  }

  /** @param synRepeats How often the SYN was sent again: more than once was no accident. */
  opened(synRepeats: number): void {
    // `tcp_init_transfer`: after one repetition the first SYN may just have been slow.
    this.#congestion = new Congestion(synRepeats > 1 ? 1 : this.#initialWindow);
  }

  /**
   * Hears an ACK that advanced.
   *
   * @param progress Where the stream stands.
   */
  advanced(progress: Progress): void {
    const { flight, rtt } = this;
    const { acknowledged, next, nowNs } = progress;
    const congestion = this.#congestion;
    const { segments, sentAtNs } = flight.acknowledge(acknowledged);
    const sampleUs = sentAtNs === undefined ? progress.echoedUs : (nowNs - sentAtNs.first) / 1000;
    if (sampleUs !== undefined) rtt.sample(sampleUs, acknowledged, next);
    flight.removeDuplicates(segments - 1);
    congestion.acknowledged({
      segments,
      nowNs,
      rttNs: sentAtNs === undefined ? undefined : nowNs - sentAtNs.last,
      minimumRttNs: rtt.minimumUs * 1000,
      acknowledged,
      next,
      windowLimited: progress.windowLimited,
    });
    // The ACK of a part names the next loss.
    if (congestion.mode === "recovery") this.#loseOldest();
    else if (congestion.mode === "open") flight.removeDuplicates(flight.duplicates);
  }

  /**
   * Hears an ACK that says nothing new: some later segment has arrived.
   *
   * @param acknowledged Offset up to which the peer has acknowledged.
   * @param next Offset of the next byte to send.
   */
  duplicated(acknowledged: number, next: number): void {
    const { flight } = this;
    const congestion = this.#congestion;
    flight.addDuplicate();
    if (flight.duplicates < DUPLICATES_OF_LOSS || congestion.mode === "loss") return;
    if (congestion.mode === "recovery" || !congestion.mayRecover(acknowledged)) return;
    this.#loseOldest();
    congestion.enterRecovery(next);
  }

  /**
   * A timeout passed: nothing of what is under way is believed to have arrived. Linux asks the next
   * two ACKs whether it was wrong (F-RTO); here a delay that looks like a loss is taken for one.
   *
   * @param next Offset of the next byte to send.
   */
  timedOut(next: number): void {
    this.flight.loseAll();
    this.#congestion.enterLoss(next);
  }

  #loseOldest(): void {
    this.flight.loseOldest();
    this.#isUrgent = this.flight.nextLost() !== undefined;
  }
}
