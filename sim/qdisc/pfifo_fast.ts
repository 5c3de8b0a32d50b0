import type { QueueCounters } from "../model/counters.ts";
import type { Packet } from "../path/packet.ts";
import { PacketList } from "./packet_list.ts";
import type { PacketQueue, QueueContext } from "./packet_queue.ts";

/** Band of each of the 16 priorities that a sender can choose; lower bands leave first. */
const BAND_OF_PRIORITY: readonly number[] = [1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1];

/** `pfifo_fast`: three bands, each first in, first out, and each as long as the link's queue. */
export class PfifoFast implements PacketQueue {
  /** A packet may pass an empty queue. */
  readonly canBypass = true;
  readonly #bands: readonly PacketList[] = [new PacketList(), new PacketList(), new PacketList()];
  readonly #counters: QueueCounters;
  readonly #context: QueueContext;
  readonly #limitPackets: () => number;

  /**
   * @param counters Where it counts.
   * @param context What is around it.
   * @param limitPackets Gives the most packets that may wait in one band.
   */
  constructor(counters: QueueCounters, context: QueueContext, limitPackets: () => number) {
    this.#counters = counters;
    this.#context = context;
    this.#limitPackets = limitPackets;
  }

  /** {@inheritDoc PacketQueue.length} */
  get length(): number {
    return this.#counters.queueLength;
  }

  /** {@inheritDoc PacketQueue.enqueue} */
  enqueue(packet: Packet): boolean {
    const band = this.#bands[BAND_OF_PRIORITY[packet.priority & 15] ?? 1];
    if (band === undefined || band.length >= this.#limitPackets()) {
      this.#counters.drops += 1;
      this.#context.drop(packet, "pfifo_fast full");
      return false;
    }
    band.push(packet);
    this.#counters.queueLength += 1;
    this.#counters.backlogBytes += packet.lengthBytes;
    return true;
  }

  /** {@inheritDoc PacketQueue.dequeue} */
  dequeue(): Packet | undefined {
    for (const band of this.#bands) {
      const packet = band.shift();
      if (packet === undefined) continue;
      this.#counters.queueLength -= 1;
      this.#counters.backlogBytes -= packet.lengthBytes;
      this.countBypass(packet);
      return packet;
    }
    return undefined;
  }

  /** {@inheritDoc PacketQueue.countBypass} */
  countBypass(packet: Packet): void {
    this.#counters.packets += 1;
    this.#counters.bytes += packet.lengthBytes;
  }

  /** It has no parameters. */
  reconfigure(): void {
    // The link's queue length is read anew for every packet.
  }

  /** {@inheritDoc PacketQueue.destroy} */
  destroy(): void {
    for (const band of this.#bands) {
      for (let packet = band.shift(); packet; packet = band.shift()) {
        this.#context.drop(packet, "qdisc deleted");
      }
    }
    this.#counters.queueLength = 0;
    this.#counters.backlogBytes = 0;
  }
}
