import type { QueueCounters } from "../model/counters.ts";
import type { FilterBlock } from "../model/filter_block.ts";
import type { Qdisc } from "../model/qdisc.ts";
import type { Scheduler } from "../model/scheduler.ts";
import type { Classification } from "../path/classify.ts";
import type { Packet } from "../path/packet.ts";

/** What a queue needs from around it. */
export interface QueueContext {
  /** The time in nanoseconds. */
  nowNs(): number;
  /**
   * Ends a packet's way.
   *
   * @param packet The packet that is lost.
   * @param reason The rule of the kernel that says so.
   */
  drop(packet: Packet, reason: string): void;
  /**
   * Asks to be dequeued again at a time.
   *
   * @param timeNs When, in nanoseconds.
   */
  wakeAt(timeNs: number): void;
  /**
   * Tells the queue around this one that packets which it counts are gone.
   *
   * @param packets How many.
   * @param bytes Their size together.
   */
  reduceBacklog(packets: number, bytes: number): void;
  /**
   * Asks the filters of a place about a packet.
   *
   * @param block The filters.
   * @param packet The packet; actions may send it, or copies of it, elsewhere.
   */
  classify(block: FilterBlock, packet: Packet): Classification;
  /**
   * Makes the queue of a qdisc that hangs inside another one.
   *
   * @param qdisc The inner qdisc.
   * @param context What is around its queue.
   */
  inner(qdisc: Qdisc, context: QueueContext): PacketQueue;
}

/**
 * What became of a packet: it waits; it is lost, and the queues around count that too; or a filter
 * took it, and nobody counts.
 */
export type EnqueueResult = "queued" | "lost" | "stolen";

/** Packets that wait, and the order in which they leave. */
export interface PacketQueue extends Scheduler {
  /** What it has counted, and what waits in it now. */
  readonly counters: QueueCounters;
  /** Whether a packet may pass an empty queue without entering it. */
  readonly canBypass: boolean;
  /**
   * Takes a packet in.
   *
   * @param packet The packet; where it is lost, it was dropped.
   */
  enqueue(packet: Packet): EnqueueResult;
  /** Gives the packet that {@linkcode dequeue} would give next; it goes on waiting. */
  peek(): Packet | undefined;
  /** Gives the packet that may leave now; it no longer waits. */
  dequeue(): Packet | undefined;
  /**
   * Drops everything that waits.
   *
   * @param reason The rule of the kernel that says so.
   */
  reset(reason: string): void;
}

/** Why packets are lost that wait in a qdisc when it goes. */
export const QDISC_DELETED = "qdisc deleted";
