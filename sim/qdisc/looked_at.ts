import type { QueueCounters } from "../model/counters.ts";
import type { Packet } from "../path/packet.ts";
import { countIn, countOut } from "./counting.ts";

/**
 * The packet that a queue gave out because the queue around it wanted to look at it. It counts as
 * sent already, and still as waiting, as the kernel's `qdisc_peek_dequeued` has it.
 */
export class LookedAt {
  #packet: Packet | undefined;

  /**
   * Gives the packet that leaves next.
   *
   * @param counters Counters of the queue.
   * @param dequeue Takes it out where nobody has looked at it yet.
   */
  look(counters: QueueCounters, dequeue: () => Packet | undefined): Packet | undefined {
    if (this.#packet === undefined) {
      this.#packet = dequeue();
      if (this.#packet !== undefined) countIn(counters, this.#packet);
    }
    return this.#packet;
  }

  /**
   * Takes the packet that was looked at.
   *
   * @param counters Counters of the queue.
   * @returns The packet; undefined where nobody has looked at one.
   */
  take(counters: QueueCounters): Packet | undefined {
    const packet = this.#packet;
    if (packet === undefined) return undefined;
    this.#packet = undefined;
    countOut(counters, packet);
    return packet;
  }
}
