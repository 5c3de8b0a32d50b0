import { present } from "../model/invariant.ts";
import type { Qdisc, TbfParameters } from "../model/qdisc.ts";
import type { Packet } from "../path/packet.ts";
import type { PacketQueue, QueueContext } from "./packet_queue.ts";
import { durationNs, NS_PER_TICK, prepareRate, type Rate } from "./rate.ts";

/** `tbf`: one token bucket in front of one queue. */
export class Tbf implements PacketQueue {
  /** Every packet needs tokens. */
  readonly canBypass = false;
  readonly #qdisc: Qdisc;
  readonly #context: QueueContext;
  readonly #inner: () => PacketQueue;
  #head: Packet | undefined;
  #rate: Rate;
  #bucketNs: number;
  #tokensNs: number;
  #checkpointNs: number;

  /**
   * @param qdisc The qdisc, of kind `tbf`.
   * @param context What is around it.
   * @param inner Gives the queue inside it.
   */
  constructor(qdisc: Qdisc, context: QueueContext, inner: () => PacketQueue) {
    this.#qdisc = qdisc;
    this.#context = context;
    this.#inner = inner;
    const parameters = this.#parameters();
    this.#rate = prepareRate(parameters.rateBytesPerSecond);
    this.#bucketNs = parameters.burstTicks * NS_PER_TICK;
    this.#tokensNs = this.#bucketNs;
    this.#checkpointNs = context.nowNs();
  }

  /** {@inheritDoc PacketQueue.length} */
  get length(): number {
    return this.#qdisc.counters.queueLength;
  }

  /** {@inheritDoc PacketQueue.enqueue} */
  enqueue(packet: Packet): boolean {
    const { counters } = this.#qdisc;
    const { lengthBytes } = packet;
    if (durationNs(this.#rate, lengthBytes) > this.#bucketNs) {
      counters.drops += 1;
      this.#context.drop(packet, "tbf packet larger than burst");
      return false;
    }
    if (!this.#inner().enqueue(packet)) {
      counters.drops += 1;
      return false;
    }
    counters.queueLength += 1;
    counters.backlogBytes += lengthBytes;
    return true;
  }

  /** {@inheritDoc PacketQueue.dequeue} */
  dequeue(): Packet | undefined {
    const { counters } = this.#qdisc;
    this.#head ??= this.#inner().dequeue();
    const packet = this.#head;
    if (packet === undefined) return undefined;
    const nowNs = this.#context.nowNs();
    const earnedNs = Math.min(nowNs - this.#checkpointNs, this.#bucketNs);
    const tokensNs = Math.min(this.#tokensNs + earnedNs, this.#bucketNs) -
      durationNs(this.#rate, packet.lengthBytes);
    if (tokensNs < 0) {
      counters.overlimits += 1;
      this.#context.wakeAt(nowNs - tokensNs);
      return undefined;
    }
    this.#head = undefined;
    this.#checkpointNs = nowNs;
    this.#tokensNs = tokensNs;
    counters.queueLength -= 1;
    counters.backlogBytes -= packet.lengthBytes;
    this.countBypass(packet);
    return packet;
  }

  /** {@inheritDoc PacketQueue.countBypass} */
  countBypass(packet: Packet): void {
    this.#qdisc.counters.packets += 1;
    this.#qdisc.counters.bytes += packet.lengthBytes;
  }

  /** {@inheritDoc PacketQueue.reconfigure} */
  reconfigure(): void {
    const parameters = this.#parameters();
    this.#rate = prepareRate(parameters.rateBytesPerSecond);
    this.#bucketNs = parameters.burstTicks * NS_PER_TICK;
    this.#tokensNs = this.#bucketNs;
    this.#checkpointNs = this.#context.nowNs();
    this.#inner().reconfigure();
  }

  /** {@inheritDoc PacketQueue.destroy} */
  destroy(): void {
    if (this.#head !== undefined) this.#context.drop(this.#head, "qdisc deleted");
    this.#head = undefined;
    this.#inner().destroy();
    this.#qdisc.counters.queueLength = 0;
    this.#qdisc.counters.backlogBytes = 0;
  }

  #parameters(): TbfParameters {
    const { parameters } = this.#qdisc;
    return present(parameters.kind === "tbf" ? parameters : undefined, "a tbf has its parameters");
  }
}
