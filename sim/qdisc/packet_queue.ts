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
}

/** Packets that wait, and the order in which they leave. */
export interface PacketQueue {
  /** Packets waiting. */
  readonly length: number;
  /** Whether a packet may pass an empty queue without entering it. */
  readonly canBypass: boolean;
  /**
   * Takes a packet in.
   *
   * @param packet The packet; where it cannot stay, it was dropped.
   * @returns Whether the number of waiting packets grew by one.
   */
  enqueue(packet: Packet): boolean;
  /** Gives the packet that may leave now; it no longer waits. */
  dequeue(): Packet | undefined;
  /** Counts a packet that passed the empty queue. */
  countBypass(packet: Packet): void;
  /** Parameters, classes, leaves or filters have changed. */
  reconfigure(): void;
  /** Drops everything that waits, and stops. */
  destroy(): void;
}
