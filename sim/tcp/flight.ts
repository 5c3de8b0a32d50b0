import { TCP_FLAG } from "../packet/tcp.ts";

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
  /** Whether it was ever sent again. */
  repeated: boolean;
  /** Whether it is believed lost. */
  lost: boolean;
  /** Whether it was sent again since it is believed lost. */
  resent: boolean;
  /** How much the connection had handed to the machine's queues with it, in bytes. */
  chargedTo: number;
}

/** What an acknowledgment took out of the flight. */
export interface Acknowledged {
  /** Whole segments. */
  readonly segments: number;
  /** When the first and the last of them were sent; undefined where one was sent twice. */
  readonly sentAtNs: { readonly first: number; readonly last: number } | undefined;
}

/**
 * The segments between the peer's acknowledgment and the next byte, and what is believed of them.
 *
 * The simulator has no selective acknowledgments, as Linux with `tcp_sack` 0: a duplicate ACK says
 * that some segment left the network, and only the oldest one is known to be missing.
 */
export class Flight {
  #segments: SentSegment[] = [];
  #head = 0;
  #cursor = 0;
  #lost = 0;
  #resent = 0;
  #duplicates = 0;

  /** Segments that are not acknowledged. */
  get count(): number {
    return this.#segments.length - this.#head;
  }

  /** Segments that were sent again and not acknowledged since. */
  get resent(): number {
    return this.#resent;
  }

  /** Duplicate ACKs that stand for segments which have arrived. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Segments that are believed to be in the network. */
  get inNetwork(): number {
    return Math.max(this.count - this.#duplicates - this.#lost, 0) + this.#resent;
  }

  /** The oldest segment. */
  get oldest(): SentSegment | undefined {
    return this.#segments[this.#head];
  }

  /** @param segment A segment that was sent for the first time. */
  add(segment: SentSegment): void {
    this.#segments.push(segment);
  }

  /**
   * Takes out what is acknowledged.
   *
   * @param end Offset of the first byte that is not.
   */
  acknowledge(end: number): Acknowledged {
    let segments = 0;
    let repeated = false;
    let first: number | undefined;
    let last = 0;
    for (let oldest = this.oldest; oldest !== undefined && oldest.end <= end;) {
      segments += 1;
      repeated ||= oldest.repeated;
      first ??= oldest.sentAtNs;
      last = oldest.sentAtNs;
      if (oldest.lost) this.#lost -= 1;
      if (oldest.resent) this.#resent -= 1;
      this.#head += 1;
      oldest = this.oldest;
    }
    if (this.oldest !== undefined && this.oldest.sequence < end) this.oldest.sequence = end;
    this.#compact();
    const sentAtNs = first === undefined || repeated ? undefined : { first, last };
    return { segments, sentAtNs };
  }

  /**
   * Cuts a segment in two, because it no longer fits the path; both parts are as lost as it was.
   *
   * @param segment A segment that is believed lost.
   * @param at Offset of the second part's first byte.
   */
  split(segment: SentSegment, at: number): void {
    const index = this.#segments.indexOf(segment, this.#head);
    this.#segments.splice(index + 1, 0, { ...segment, sequence: at });
    segment.end = at;
    segment.flags &= ~(TCP_FLAG.fin | TCP_FLAG.psh);
    if (segment.lost) this.#lost += 1;
    if (segment.resent) this.#resent += 1;
  }

  /** Counts a duplicate ACK. */
  addDuplicate(): void {
    if (this.#duplicates + this.#lost < this.count) this.#duplicates += 1;
  }

  /**
   * Takes duplicate ACKs back whose segments are acknowledged now.
   *
   * @param segments How many.
   */
  removeDuplicates(segments: number): void {
    this.#duplicates = Math.max(this.#duplicates - Math.max(segments, 0), 0);
  }

  /** Believes that the oldest segment is lost. */
  loseOldest(): void {
    const { oldest } = this;
    if (oldest === undefined || oldest.lost) return;
    oldest.lost = true;
    this.#lost += 1;
    this.#cursor = this.#head;
    this.#duplicates = Math.min(this.#duplicates, this.count - this.#lost);
  }

  /** Believes that nothing of it arrived. */
  loseAll(): void {
    for (let at = this.#head; at < this.#segments.length; at++) {
      const segment = this.#segments[at];
      if (segment === undefined) continue;
      segment.lost = true;
      segment.resent = false;
    }
    this.#cursor = this.#head;
    this.#lost = this.count;
    this.#resent = 0;
    this.#duplicates = 0;
  }

  /** The oldest segment that is believed lost and was not sent again. */
  nextLost(): SentSegment | undefined {
    if (this.#lost === this.#resent) return undefined;
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
    if (!segment.lost || segment.resent) return;
    segment.resent = true;
    this.#resent += 1;
  }

  #compact(): void {
    if (this.#head < 1024 || this.#head * 2 < this.#segments.length) return;
    this.#segments = this.#segments.slice(this.#head);
    this.#cursor = Math.max(this.#cursor - this.#head, 0);
    this.#head = 0;
  }
}
