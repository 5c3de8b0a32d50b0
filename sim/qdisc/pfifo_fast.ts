import type { QueueCounters } from "../model/counters.ts";
import type { Packet } from "../path/packet.ts";
import { countIn, countNothing, countOut, countSent } from "./counting.ts";
import { ShiftList } from "./shift_list.ts";
import {
  type EnqueueResult,
  type PacketQueue,
  QDISC_DELETED,
  type QueueContext,
} from "./packet_queue.ts";

/** Band of each of the 16 priorities that a sender can choose; lower bands leave first. */
const BAND_OF_PRIORITY: readonly number[] = [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1];

/** `pfifo_fast`: three bands, each first in, first out, and each as long as the link's queue. */
export class PfifoFast implements PacketQueue {
  readonly canBypass = true;
  readonly counters: QueueCounters;
  readonly #bands: readonly ShiftList<Packet>[] = [
    new ShiftList<Packet>(),
    new ShiftList<Packet>(),
    new ShiftList<Packet>(),
  ];
  readonly #context: QueueContext;
  readonly #limitPackets: () => number;

  /**
   * @param counters Where it counts.
   * @param context What is around it.
   * @param limitPackets Gives the most packets that may wait in one band.
   */
  constructor(counters: QueueCounters, context: QueueContext, limitPackets: () => number) {
    this.counters = counters;
    this.#context = context;
    this.#limitPackets = limitPackets;
  }

  /** {@inheritDoc PacketQueue.enqueue} */
  enqueue(packet: Packet): EnqueueResult {
    const band = this.#bands[BAND_OF_PRIORITY[packet.priority & 15] ?? 1];
    if (band === undefined || band.length >= this.#limitPackets()) {
      this.counters.drops += 1;
      this.#context.drop(packet, "pfifo_fast full");
      return "lost";
    }
    band.push(packet);
    countIn(this.counters, packet);
    return "queued";
  }

  /** {@inheritDoc PacketQueue.peek} */
  peek(): Packet | undefined {
    for (const band of this.#bands) if (band.first !== undefined) return band.first;
    return undefined;
  }

  /** {@inheritDoc PacketQueue.dequeue} */
  dequeue(): Packet | undefined {
    for (const band of this.#bands) {
      const packet = band.shift();
      if (packet === undefined) continue;
      countOut(this.counters, packet);
      countSent(this.counters, packet);
      return packet;
    }
    return undefined;
  }

  /** It has no parameters. */
  reconfigure(): void {
    // The link's queue length is read anew for every packet.
  }

  /** {@inheritDoc PacketQueue.reset} */
  reset(reason: string): void {
    countNothing(this.counters);
    for (const band of this.#bands) {
      for (let packet = band.shift(); packet; packet = band.shift()) {
        this.#context.drop(packet, reason);
      }
    }
  }

  /** {@inheritDoc Scheduler.destroy} */
  destroy(): void {
    const { queueLength, backlogBytes } = this.counters;
    this.reset(QDISC_DELETED);
    this.#context.reduceBacklog(queueLength, backlogBytes);
  }
}
