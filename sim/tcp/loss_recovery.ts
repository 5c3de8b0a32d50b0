import type { StreamBlock } from "../packet/tcp_options.ts";
import { Congestion } from "./congestion.ts";
import { Flight, type SentSegment } from "./flight.ts";
import { Rack, type RackPath } from "./rack.ts";
import { RttEstimator } from "./rtt.ts";

/** Duplicate ACKs that mean a loss (RFC 5681), where there are no selective ones. */
const DUPLICATES_OF_LOSS = 3;

/** What an ACK says, and where the stream stands when it comes. */
export interface Progress {
  /** Offset up to which the peer has acknowledged, this ACK included. */
  readonly acknowledged: number;
  /** Whether that is further than before. */
  readonly advanced: boolean;
  /** Whether it says nothing new, and so that a later segment arrived. */
  readonly isDuplicate: boolean;
  /** What came before its turn. */
  readonly early: readonly StreamBlock[];
  /** Offset of the next byte to send. */
  readonly next: number;
  /** Largest payload of a segment in bytes. */
  readonly mss: number;
  /** The time in nanoseconds. */
  readonly nowNs: number;
  /** Whether the congestion window, or slow start's need to test it, held the sender back. */
  readonly windowLimited: boolean;
  /** Round-trip time by the peer's echo of a timestamp, in microseconds; undefined for none. */
  readonly echoedUs: number | undefined;
}

/** What an ACK has delivered. */
interface Delivery {
  /** Segments that left the flight for the first time: in order, and before their turn. */
  readonly inOrder: readonly SentSegment[];
  readonly early: readonly SentSegment[];
  /** How many segments that stands for. */
  readonly count: number;
}

/**
 * What is believed of the segments under way and of the path: which are lost, how long a round trip
 * takes, and how many may be under way. With selective acknowledgments losses are found by time
 * (RACK); without them by duplicate ACKs, one a round trip (NewReno, RFC 6582).
 */
export class LossRecovery {
  /** How long the path takes. */
  readonly rtt: RttEstimator = new RttEstimator();
  /** What is under way. */
  readonly flight: Flight = new Flight();
  /** Whether the peer tells what came before its turn. */
  isSelective = false;
  readonly #rack = new Rack();
  #congestion: Congestion;
  readonly #initialWindow: number;
  #lateInNs = 0;

  /** @param initialWindow Congestion window at the start, in segments. */
  constructor(initialWindow: number) {
    this.#initialWindow = initialWindow;
    this.#congestion = new Congestion(initialWindow);
  }

  /** How much the path takes. */
  get congestion(): Congestion {
    return this.#congestion;
  }

  /** Whether a segment may go out. */
  get maySend(): boolean {
    return this.flight.inNetwork < this.#congestion.window;
  }

  /** In how many nanoseconds what was overtaken will be late; 0 where nothing was. */
  get lateInNs(): number {
    return this.#lateInNs;
  }

  /** @param synRepeats How often the SYN was sent again: more than once was no accident. */
  opened(synRepeats: number): void {
    // `tcp_init_transfer`: after one repetition the first SYN may just have been slow.
    this.#congestion = new Congestion(synRepeats > 1 ? 1 : this.#initialWindow);
  }

  /**
   * Hears an ACK (the order is that of `tcp_ack`).
   *
   * @param progress What it says, and where the stream stands.
   * @returns Whether it has delivered anything.
   */
  heard(progress: Progress): boolean {
    const { flight, rtt } = this;
    const { acknowledged, advanced, next, nowNs, windowLimited } = progress;
    const congestion = this.#congestion;
    const delivery = this.isSelective ? this.#deliver(progress) : this.#deliverPlainly(progress);
    this.#sampleRtt(delivery, progress);
    const hasEnded = congestion.endAt(acknowledged);
    const lost = this.isSelective
      ? this.#loseLate(next, nowNs)
      : this.#loseByDuplicates(advanced, acknowledged, next);
    const last = delivery.inOrder.at(-1);
    const isRepeated = delivery.inOrder.some(({ repeated }) => repeated);
    congestion.delivered({
      inNetwork: flight.inNetwork,
      delivered: delivery.count,
      lost,
      advanced,
      nowNs,
      rttNs: last === undefined || isRepeated ? undefined : nowNs - last.sentAtNs,
      minimumRttNs: rtt.minimumUs * 1000,
      acknowledged,
      next,
      windowLimited: windowLimited && !hasEnded,
    });
    return delivery.count > 0;
  }

  /**
   * What was overtaken has not come in time (`tcp_rack_reo_timeout`).
   *
   * @param next Offset of the next byte to send.
   * @param nowNs The time in nanoseconds.
   */
  waitedForLate(next: number, nowNs: number): void {
    const lost = this.#loseLate(next, nowNs);
    if (lost === 0) return;
    const { inNetwork } = this.flight;
    this.#congestion.reduceBy({ inNetwork, delivered: 1, lost, advanced: false });
  }

  /**
   * A timeout passed: what is under way is not believed to arrive, but for what was sent less than
   * a round trip ago. Linux asks the next two ACKs whether it was wrong (F-RTO); here a delay that
   * looks like a loss is taken for one.
   *
   * @param next Offset of the next byte to send.
   * @param nowNs The time in nanoseconds.
   */
  timedOut(next: number, nowNs: number): void {
    const isRecent = (segment: SentSegment) => this.#rack.remainingNs(segment, nowNs) > 0;
    if (this.isSelective) this.flight.loseAll(isRecent);
    else this.flight.loseAll();
    this.#congestion.enterLoss(next, this.flight.inNetwork);
  }

  #deliver({ early, acknowledged, nowNs, mss }: Progress): Delivery {
    const { flight } = this;
    const rack = this.#rack;
    const { minimumRttNs } = this.#path;
    rack.begin();
    const sacked = flight.sack(early);
    const inOrder = flight.acknowledge(acknowledged).filter(({ sacked }) => !sacked);
    for (const segment of [...sacked, ...inOrder]) {
      rack.delivered(segment, nowNs, minimumRttNs, mss);
    }
    return { inOrder, early: sacked, count: sacked.length + inOrder.length };
  }

  /** Without selective acknowledgments a duplicate ACK stands for a segment that came early. */
  #deliverPlainly({ acknowledged, advanced, isDuplicate }: Progress): Delivery {
    const { flight } = this;
    if (!advanced) {
      const count = isDuplicate && flight.addDuplicate() ? 1 : 0;
      return { inOrder: [], early: [], count };
    }
    const inOrder = flight.acknowledge(acknowledged);
    // One was the hole; the rest had been counted by their duplicates (`tcp_remove_reno_sacks`).
    const count = inOrder.length === 0 ? 0 : Math.max(inOrder.length - flight.duplicates, 1);
    flight.removeDuplicates(inOrder.length - 1);
    return { inOrder, early: [], count };
  }

  #sampleRtt({ inOrder, early }: Delivery, progress: Progress): void {
    const { advanced, acknowledged, next, nowNs, echoedUs } = progress;
    const isRepeated = inOrder.some(({ repeated }) => repeated);
    const timed = (isRepeated ? undefined : inOrder[0]) ?? early.find(({ repeated }) => !repeated);
    const sampleUs = timed === undefined
      ? advanced ? echoedUs : undefined
      : (nowNs - timed.sentAtNs) / 1000;
    if (sampleUs !== undefined) this.rtt.sample(sampleUs, acknowledged, next);
  }

  /** Finds losses by time. @returns How many. */
  #loseLate(next: number, nowNs: number): number {
    const { flight } = this;
    const congestion = this.#congestion;
    const inNetwork = flight.inNetwork;
    this.#lateInNs = this.#rack.loseLate(flight, this.#path, nowNs);
    const lost = inNetwork - flight.inNetwork;
    // After a timeout the window is as small as it gets; Linux would set a new threshold where a
    // repetition is lost again.
    if (lost > 0 && congestion.mode !== "recovery" && congestion.mode !== "loss") {
      congestion.enterRecovery(next);
    }
    return lost;
  }

  /** Finds losses by duplicate ACKs, or by the ACK of a part. @returns How many. */
  #loseByDuplicates(advanced: boolean, acknowledged: number, next: number): number {
    const { flight } = this;
    const congestion = this.#congestion;
    const before = flight.lost;
    if (advanced) {
      if (congestion.mode === "recovery") flight.loseOldest();
      else if (congestion.mode === "open") flight.removeDuplicates(flight.duplicates);
      return flight.lost - before;
    }
    if (flight.duplicates < DUPLICATES_OF_LOSS || congestion.mode === "loss") return 0;
    if (congestion.mode === "recovery" || !congestion.mayRecover(acknowledged)) return 0;
    flight.loseOldest();
    congestion.enterRecovery(next);
    return flight.lost - before;
  }

  get #path(): RackPath {
    const { rtt } = this;
    const { mode } = this.#congestion;
    return {
      minimumRttNs: rtt.minimumUs * 1000,
      rttNs: rtt.rttUs * 1000,
      isRecovering: mode === "recovery" || mode === "loss",
    };
  }
}
