import type { HtbClass, HtbClassParameters } from "../model/class.ts";
import { present } from "../model/invariant.ts";
import type { Packet } from "../path/packet.ts";
import { ClassRing } from "./class_ring.ts";
import { countSent } from "./counting.ts";
import { HtbBucket, LONGEST_NS } from "./htb_bucket.ts";
import type { PacketQueue } from "./packet_queue.ts";

/** Levels of classes; leaves are on level 0, classes directly under the qdisc on level 7. */
export const LEVELS = 8;
/** Priorities of leaves. */
export const PRIORITIES = 8;

/** Whether a class may send: on its own tokens, on those of the class above it, or not now. */
export type HtbMode = "can send" | "may borrow" | "cannot send";

/** A class of `htb` at work. */
export class HtbNode {
  readonly cls: HtbClass;
  readonly parent: HtbNode | undefined;
  readonly handle: number;
  /** The queue of a leaf; undefined for an inner class. */
  queue: PacketQueue | undefined;
  /** 0 for a leaf. */
  level = 0;
  mode: HtbMode = "can send";
  /** Priorities at which it has something to send, as bits. */
  activity = 0;
  /** When its mode will change; in use while it is not `can send`. */
  eventNs = 0;
  /** What a leaf may still send in its turn, by the level that it borrows from, in bytes. */
  readonly deficits: number[] = new Array(LEVELS).fill(0);
  #feeds: readonly ClassRing<HtbNode>[] = [];
  readonly #own: HtbBucket;
  readonly #ceiling: HtbBucket;
  #parameters: HtbClassParameters;
  #checkpointNs: number;

  /**
   * @param cls The class.
   * @param parent The class above it, if any.
   * @param nowNs The time in nanoseconds.
   */
  constructor(cls: HtbClass, parent: HtbNode | undefined, nowNs: number) {
    this.cls = cls;
    this.parent = parent;
    this.handle = cls.handle;
    this.#parameters = cls.parameters;
    const { rateBytesPerSecond, ceilBytesPerSecond } = cls.parameters;
    this.#own = new HtbBucket(rateBytesPerSecond, cls.parameters.burstTicks);
    this.#ceiling = new HtbBucket(ceilBytesPerSecond, cls.parameters.ceilBurstTicks);
    this.#checkpointNs = nowNs;
  }

  /** What its class was told, as it was last looked at. */
  get parameters(): HtbClassParameters {
    return this.#parameters;
  }

  /**
   * Children of an inner class that borrow from it and have something to send.
   *
   * @param priority 0 to 7.
   */
  feed(priority: number): ClassRing<HtbNode> {
    return present(this.#feeds[priority], "an inner class has its feeds");
  }

  /** Takes over what its class was told since. */
  refresh(): void {
    const { parameters } = this.cls;
    if (parameters === this.#parameters) return;
    this.#parameters = parameters;
    this.#own.change(parameters.rateBytesPerSecond, parameters.burstTicks);
    this.#ceiling.change(parameters.ceilBytesPerSecond, parameters.ceilBurstTicks);
  }

  /** @param level The level of a class that has children now. */
  becomeInner(level: number): void {
    this.level = level;
    this.queue = undefined;
    this.#feeds = Array.from({ length: PRIORITIES }, () => new ClassRing<HtbNode>());
  }

  /** @param nowNs The time at which its last child went. */
  becomeLeaf(nowNs: number): void {
    this.level = 0;
    this.#feeds = [];
    this.#own.fill();
    this.#ceiling.fill();
    this.#checkpointNs = nowNs;
    this.#showTokens();
  }

  /** @param nowNs The time. @returns How long its tokens have not been counted. */
  earnedNs(nowNs: number): number {
    return Math.min(nowNs - this.#checkpointNs, LONGEST_NS);
  }

  /**
   * Tells in which mode it will be once tokens of some time have come in.
   *
   * @param earnedNs The time.
   */
  modeAfter(earnedNs: number): HtbMode {
    if (this.#ceiling.tokensNs + earnedNs < 0) return "cannot send";
    return this.#own.tokensNs + earnedNs >= 0 ? "can send" : "may borrow";
  }

  /**
   * Tells how long it stays in the mode of {@linkcode modeAfter}.
   *
   * @param earnedNs The same time.
   * @returns Nanoseconds; 0 for `can send`.
   */
  delayNs(earnedNs: number): number {
    const ceilingNs = this.#ceiling.tokensNs + earnedNs;
    return Math.max(0, -(ceilingNs < 0 ? ceilingNs : this.#own.tokensNs + earnedNs));
  }

  /**
   * Pays for a packet of a leaf at or under it.
   *
   * @param packet The packet.
   * @param lendingLevel Level of the class whose tokens let it go.
   * @param nowNs The time.
   */
  charge(packet: Packet, lendingLevel: number, nowNs: number): void {
    const { overheadBytes, minimumPacketBytes } = this.#parameters;
    const { statistics } = this.cls;
    const countedBytes = Math.max(packet.lengthBytes + overheadBytes, minimumPacketBytes);
    const earnedNs = this.earnedNs(nowNs);
    if (this.level >= lendingLevel) {
      if (this.level === lendingLevel) statistics.lends += 1;
      this.#own.charge(earnedNs, countedBytes);
    } else {
      statistics.borrows += 1;
      this.#own.tokensNs += earnedNs;
    }
    this.#ceiling.charge(earnedNs, countedBytes);
    this.#checkpointNs = nowNs;
    this.#showTokens();
    if (this.level > 0) countSent(this.cls.counters, packet);
  }

  #showTokens(): void {
    const { statistics } = this.cls;
    statistics.tokens = this.#own.tokensTicks;
    statistics.ceilTokens = this.#ceiling.tokensTicks;
  }
}
