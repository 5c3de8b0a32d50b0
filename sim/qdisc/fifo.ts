import type { QueueCounters } from "../model/counters.ts";
import type { Packet } from "../path/packet.ts";
import type { PacketQueue, QueueContext } from "./packet_queue.ts";
import { PacketList } from "./packet_list.ts";

/** How much a {@linkcode Fifo} takes. */
export interface FifoLimit {
  /** Most packets that may wait. */
  readonly packets: number;
  /** Most bytes that may wait. */
  readonly bytes: number;
}

/** `pfifo` and `bfifo`: first in, first out, and no more than a limit. */
export class Fifo implements PacketQueue {
  /** A packet may pass an empty queue. */
  readonly canBypass = true;
  readonly #packets = new PacketList();
  readonly #counters: QueueCounters;
  readonly #context: QueueContext;
  readonly #limit: () => FifoLimit;
  readonly #reason: string;

  /**
   * @param counters Where it counts.
   * @param context What is around it.
   * @param options Its present limit, and the reason it gives for a packet that finds it full.
   */
  constructor(
    counters: QueueCounters,
    context: QueueContext,
    options: { readonly limit: () => FifoLimit; readonly reason: string },
  ) {
    this.#counters = counters;
    this.#context = context;
    this.#limit = options.limit;
    this.#reason = options.reason;
  }

  /** {@inheritDoc PacketQueue.length} */
  get length(): number {
    return this.#packets.length;
  }

  /** {@inheritDoc PacketQueue.enqueue} */
  enqueue(packet: Packet): boolean {
    const limit = this.#limit();
    const bytesAfter = this.#counters.backlogBytes + packet.lengthBytes;
    if (this.#packets.length >= limit.packets || bytesAfter > limit.bytes) {
      this.#counters.drops += 1;
      this.#context.drop(packet, this.#reason);
      return false;
    }
    this.#packets.push(packet);
    this.#counters.queueLength += 1;
    this.#counters.backlogBytes = bytesAfter;
    return true;
  }

  /** {@inheritDoc PacketQueue.dequeue} */
  dequeue(): Packet | undefined {
    const packet = this.#packets.shift();
    if (packet === undefined) return undefined;
    this.#counters.queueLength -= 1;
    this.#counters.backlogBytes -= packet.lengthBytes;
    this.countBypass(packet);
    return packet;
  }

  /** {@inheritDoc PacketQueue.countBypass} */
  countBypass(packet: Packet): void {
    this.#counters.packets += 1;
    this.#counters.bytes += packet.lengthBytes;
  }

  /** A new limit counts from the next packet on; what waits may stay. */
  reconfigure(): void {
    // The limit is read anew for every packet.
  }

  /** {@inheritDoc PacketQueue.destroy} */
  destroy(): void {
    for (let packet = this.#packets.shift(); packet; packet = this.#packets.shift()) {
      this.#context.drop(packet, "qdisc deleted");
    }
    this.#counters.queueLength = 0;
    this.#counters.backlogBytes = 0;
  }
}
