import { TCP_FLAG } from "../packet/tcp.ts";
import type { StreamBlock } from "../packet/tcp_options.ts";
import { partsOutside } from "./stream_blocks.ts";

/** A segment that was sent and is not acknowledged. */
export interface SentSegment {
  /** Offset of its first byte that is not acknowledged. */
  sequence: number;
  /** Offset behind its last byte, SYN or FIN. */
  end: number;
  /** Its SYN, FIN and PSH bits. */
  flags: number;
  /** When it was last sent, in nanoseconds. */
  sentAtNs: number;
  /** How many sendings there were before its last one. */
  sendings: number;
  /** Whether it was ever sent again. */
  repeated: boolean;
  /** Whether the peer says that it came before its turn. */
  sacked: boolean;
  /** Whether it is believed lost. */
  lost: boolean;
  /** Whether it was sent again since it is believed lost. */
  resent: boolean;
  /** How much the connection had handed to the machine's queues with it, in bytes. */
  chargedTo: number;
}

/**
 * The segments between the peer's acknowledgment and the next byte, and what is believed of them:
 * each is in the network, has arrived before its turn, or is lost.
 *
 * Without selective acknowledgments (`net.ipv4.tcp_sack` 0) a duplicate ACK says only that some
 * segment left the network. A peer never takes back what it said (Linux forgives that at a
 * timeout), for the simulated one never does.
 */
export class Flight {
  #segments: SentSegment[] = [];
  #head = 0;
  #cursor = 0;
  #lost = 0;
  #sacked = 0;
  #duplicates = 0;
  #sendings = 0;
  #known: readonly StreamBlock[] = [];
  /** In the order of their last sending. */
  readonly #inNetwork: Set<SentSegment> = new Set();

  /** Segments that are not acknowledged. */
  get count(): number {
    return this.#segments.length - this.#head;
  }

  /** Segments that arrived before their turn. */
  get sacked(): number {
    return this.#sacked;
  }

  /** Segments that are believed lost, whether or not they were sent again. */
  get lost(): number {
    return this.#lost;
  }

  /** Duplicate ACKs that stand for segments which have arrived. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Segments that are believed to be in the network. */
  get inNetwork(): number {
    return Math.max(this.#inNetwork.size - this.#duplicates, 0);
  }

  /** The segments in the network, the one that was sent longest ago first (`tsorted_sent_queue`). */
  get bySending(): Iterable<SentSegment> {
    return this.#inNetwork;
  }

  /** The oldest segment. */
  get oldest(): SentSegment | undefined {
    return this.#segments[this.#head];
  }

  /** The newest segment. */
  get newest(): SentSegment | undefined {
    return this.count === 0 ? undefined : this.#segments.at(-1);
  }

  /** @param segment A segment that was sent for the first time. */
  add(segment: SentSegment): void {
    this.#segments.push(segment);
    this.#sent(segment);
  }

  /**
   * Takes out what is acknowledged.
   *
   * @param end Offset of the first byte that is not.
   * @returns The whole segments, oldest first.
   */
  acknowledge(end: number): SentSegment[] {
    let at = this.#head;
    while ((this.#segments[at]?.end ?? Infinity) <= end) at += 1;
    const gone = this.#segments.slice(this.#head, at);
    for (const segment of gone) {
      if (segment.sacked) this.#sacked -= 1;
      if (segment.lost) this.#lost -= 1;
      this.#inNetwork.delete(segment);
    }
    this.#head = at;
    if (this.oldest !== undefined && this.oldest.sequence < end) this.oldest.sequence = end;
    this.#compact();
    return gone;
  }

  /**
   * Hears what came before its turn. A segment counts when it is there as a whole; Linux would cut
   * it.
   *
   * @param blocks What the peer says.
   * @returns The segments of which that is news, in the order of the blocks.
   */
  sack(blocks: readonly StreamBlock[]): SentSegment[] {
    const news: SentSegment[] = [];
    for (const block of blocks) {
      for (const part of partsOutside(block, this.#known)) {
        for (let at = this.#indexBehind(part.start); at < this.#segments.length; at++) {
          const segment = this.#segments[at];
          if (segment === undefined || segment.sequence >= part.end) break;
          if (segment.sacked || segment.sequence < block.start || segment.end > block.end) continue;
          this.#arrived(segment);
          news.push(segment);
        }
      }
    }
    if (blocks.length > 0) this.#known = blocks;
    return news;
  }

  /**
   * Cuts a segment in two, because it no longer fits the path; both parts are as lost as it was.
   *
   * @param segment A segment that is to be sent again.
   * @param at Offset of the second part's first byte.
   */
  split(segment: SentSegment, at: number): void {
    const index = this.#segments.indexOf(segment, this.#head);
    const rest = { ...segment, sequence: at };
    this.#segments.splice(index + 1, 0, rest);
    segment.end = at;
    segment.flags &= ~(TCP_FLAG.fin | TCP_FLAG.psh);
    if (segment.lost) this.#lost += 1;
    if (this.#inNetwork.has(segment)) this.#inNetwork.add(rest);
  }

  /** Counts a duplicate ACK. @returns Whether it can stand for a segment. */
  addDuplicate(): boolean {
    if (this.#duplicates + this.#lost >= this.count) return false;
    this.#duplicates += 1;
    return true;
  }

  /**
   * Takes duplicate ACKs back whose segments are acknowledged now.
   *
   * @param segments How many.
   */
  removeDuplicates(segments: number): void {
    this.#duplicates = Math.max(this.#duplicates - Math.max(segments, 0), 0);
  }

  /** @param segment A segment of the flight that is believed lost, again where it was before. */
  lose(segment: SentSegment): void {
    if (segment.sacked || (segment.lost && !segment.resent)) return;
    if (!segment.lost) this.#lost += 1;
    segment.lost = true;
    segment.resent = false;
    this.#inNetwork.delete(segment);
    this.#cursor = Math.min(this.#cursor, this.#indexBehind(segment.sequence));
  }

  /** Believes that the oldest segment is lost, if it was not believed before. */
  loseOldest(): void {
    const { oldest } = this;
    if (oldest === undefined || oldest.lost) return;
    this.lose(oldest);
    this.#duplicates = Math.min(this.#duplicates, this.count - this.#lost);
  }

  /**
   * Believes after a timeout that nothing more of it arrives.
   *
   * @param isSpared Whether a segment was sent too recently for that.
   */
  loseAll(isSpared: (segment: SentSegment) => boolean = () => false): void {
    for (const segment of [...this.#inNetwork]) {
      if (segment === this.oldest || !isSpared(segment)) this.lose(segment);
    }
    this.#duplicates = 0;
  }

  /** The oldest segment that is believed lost and was not sent again. */
  nextLost(): SentSegment | undefined {
    if (this.#lost === 0) return undefined;
    this.#cursor = Math.max(this.#cursor, this.#head);
    while (this.#cursor < this.#segments.length) {
      const segment = this.#segments[this.#cursor];
      if (segment?.lost === true && !segment.resent) return segment;
      this.#cursor += 1;
    }
    return undefined;
  }

  /**
   * Notes that a segment was sent again.
   *
   * @param segment The segment.
   * @param nowNs When, in nanoseconds.
   */
  repeat(segment: SentSegment, nowNs: number): void {
    segment.sentAtNs = nowNs;
    segment.repeated = true;
    segment.resent = segment.lost;
    this.#inNetwork.delete(segment);
    this.#sent(segment);
  }

  #sent(segment: SentSegment): void {
    segment.sendings = this.#sendings;
    this.#sendings += 1;
    this.#inNetwork.add(segment);
  }

  #arrived(segment: SentSegment): void {
    if (segment.lost) this.#lost -= 1;
    segment.lost = false;
    segment.resent = false;
    segment.sacked = true;
    this.#sacked += 1;
    this.#inNetwork.delete(segment);
  }

  /** Index of the first segment that ends behind an offset. */
  #indexBehind(offset: number): number {
    let low = this.#head;
    let high = this.#segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#segments[middle]?.end ?? Infinity) > offset) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #compact(): void {
    if (this.#head < 1024 || this.#head * 2 < this.#segments.length) return;
    this.#segments = this.#segments.slice(this.#head);
    this.#cursor = Math.max(this.#cursor - this.#head, 0);
    this.#head = 0;
  }
}
