import type { QueueCounters } from "../model/counters.ts";
import type { Packet } from "../path/packet.ts";
import { countIn, countNothing, countOut, countSent } from "./counting.ts";
import {
  type EnqueueResult,
  type PacketQueue,
  QDISC_DELETED,
  type QueueContext,
} from "./packet_queue.ts";
import { ShiftList } from "./shift_list.ts";

/** How much a {@linkcode Fifo} takes, read anew for every packet. */
export interface FifoLimit {
  /** Gives the most packets that may wait; no such limit where left out. */
  readonly packets?: () => number;
  /** Gives the most bytes that may wait; no such limit where left out. */
  readonly bytes?: () => number;
  /** Why a packet is lost that finds it full. */
  readonly reason: string;
}

/** `pfifo` and `bfifo`: first in, first out, and no more than a limit. */
export class Fifo implements PacketQueue {
  readonly canBypass = true;
  readonly counters: QueueCounters;
  readonly #packets = new ShiftList<Packet>();
  readonly #context: QueueContext;
  readonly #limit: FifoLimit;

  /**
   * @param counters Where it counts.
   * @param context What is around it.
   * @param limit How much it takes.
   */
  constructor(counters: QueueCounters, context: QueueContext, limit: FifoLimit) {
    this.counters = counters;
    this.#context = context;
    this.#limit = limit;
  }

  /** {@inheritDoc PacketQueue.enqueue} */
  enqueue(packet: Packet): EnqueueResult {
    if (!this.#hasRoomFor(packet)) {
      this.counters.drops += 1;
      this.#context.drop(packet, this.#limit.reason);
      return "lost";
    }
    this.#packets.push(packet);
    countIn(this.counters, packet);
    return "queued";
  }

  #hasRoomFor(packet: Packet): boolean {
    const { packets, bytes } = this.#limit;
    const { queueLength, backlogBytes } = this.counters;
    if (packets !== undefined && queueLength >= packets()) return false;
    return bytes === undefined || backlogBytes + packet.lengthBytes <= bytes();
  }

  /** {@inheritDoc PacketQueue.peek} */
  peek(): Packet | undefined {
    return this.#packets.first;
  }

  /** {@inheritDoc PacketQueue.dequeue} */
  dequeue(): Packet | undefined {
    const packet = this.#packets.shift();
    if (packet === undefined) return undefined;
    countOut(this.counters, packet);
    countSent(this.counters, packet);
    return packet;
  }

  /** A new limit counts from the next packet on; what waits may stay. */
  reconfigure(): void {
    // The limit is read anew for every packet.
  }

  /** {@inheritDoc PacketQueue.reset} */
  reset(reason: string): void {
    countNothing(this.counters);
    for (let packet = this.#packets.shift(); packet; packet = this.#packets.shift()) {
      this.#context.drop(packet, reason);
    }
  }

  /** {@inheritDoc Scheduler.destroy} */
  destroy(): void {
    const { queueLength, backlogBytes } = this.counters;
    this.reset(QDISC_DELETED);
    this.#context.reduceBacklog(queueLength, backlogBytes);
  }
}
