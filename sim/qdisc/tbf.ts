import { newQueueCounters, type QueueCounters } from "../model/counters.ts";
import { present } from "../model/invariant.ts";
import type { Qdisc, TbfParameters } from "../model/qdisc.ts";
import type { Packet } from "../path/packet.ts";
import { countIn, countLostInside, countNothing, countOut, countSent } from "./counting.ts";
import { Fifo } from "./fifo.ts";
import {
  type EnqueueResult,
  type PacketQueue,
  QDISC_DELETED,
  type QueueContext,
} from "./packet_queue.ts";
import { durationNs, prepareRate, type Rate } from "./rate.ts";

/** `tbf`: one token bucket in front of one queue, as net/sched/sch_tbf.c does it. */
export class Tbf implements PacketQueue {
  /** Every packet needs tokens. */
  readonly canBypass = false;
  readonly #qdisc: Qdisc;
  readonly #context: QueueContext;
  readonly #insideContext: QueueContext;
  #leaf: Qdisc | undefined;
  #inside: PacketQueue;
  /** A tbf whose inner qdisc was deleted loses every packet until it is changed. */
  #takesNothing = false;
  #parameters: TbfParameters;
  #rate: Rate;
  #bucketNs: number;
  #tokensNs: number;
  #checkpointNs: number;

  /**
   * @param qdisc The qdisc, of kind `tbf`.
   * @param context What is around it.
   */
  constructor(qdisc: Qdisc, context: QueueContext) {
    this.#qdisc = qdisc;
    this.#context = context;
    this.#insideContext = {
      ...context,
      reduceBacklog: (packets, bytes) => {
        countLostInside(this.counters, packets, bytes);
        context.reduceBacklog(packets, bytes);
      },
    };
    this.#parameters = parametersOf(qdisc);
    this.#rate = prepareRate(this.#parameters.rateBytesPerSecond);
    this.#bucketNs = durationNs(this.#rate, this.#parameters.burstBytes);
    this.#tokensNs = this.#bucketNs;
    this.#checkpointNs = context.nowNs();
    this.#inside = this.#makeInside();
  }

  /** {@inheritDoc PacketQueue.counters} */
  get counters(): QueueCounters {
    return this.#qdisc.counters;
  }

  /** {@inheritDoc PacketQueue.enqueue} */
  enqueue(packet: Packet): EnqueueResult {
    if (packet.lengthBytes > this.#parameters.burstBytes) {
      this.counters.drops += 1;
      this.#context.drop(packet, "tbf packet larger than burst");
      return "lost";
    }
    const result = this.#inside.enqueue(packet);
    if (result === "queued") countIn(this.counters, packet);
    else if (result === "lost") this.counters.drops += 1;
    return result;
  }

  /** {@inheritDoc PacketQueue.peek} */
  peek(): Packet | undefined {
    return this.#inside.peek();
  }

  /** {@inheritDoc PacketQueue.dequeue} */
  dequeue(): Packet | undefined {
    const first = this.#inside.peek();
    if (first === undefined) return undefined;
    const nowNs = this.#context.nowNs();
    const earnedNs = Math.min(nowNs - this.#checkpointNs, this.#bucketNs);
    const tokensNs = Math.min(this.#tokensNs + earnedNs, this.#bucketNs) -
      durationNs(this.#rate, first.lengthBytes);
    if (tokensNs < 0) {
      this.counters.overlimits += 1;
      this.#context.wakeAt(nowNs - tokensNs);
      return undefined;
    }
    const packet = this.#inside.dequeue();
    if (packet === undefined) return undefined;
    this.#checkpointNs = nowNs;
    this.#tokensNs = tokensNs;
    countOut(this.counters, packet);
    countSent(this.counters, packet);
    return packet;
  }

  /** A new rate starts with a full bucket; a new queue inside starts empty. */
  reconfigure(): void {
    const parameters = parametersOf(this.#qdisc);
    const isChanged = parameters !== this.#parameters;
    if (isChanged) {
      this.#parameters = parameters;
      this.#rate = prepareRate(parameters.rateBytesPerSecond);
      this.#bucketNs = durationNs(this.#rate, parameters.burstBytes);
      this.#tokensNs = this.#bucketNs;
    }
    const leaf = this.#leafNow();
    if (leaf === this.#leaf && !(isChanged && this.#takesNothing)) return;
    if (this.#leaf === undefined) this.#inside.destroy();
    this.#takesNothing = leaf === undefined && !isChanged;
    this.#inside = this.#makeInside();
  }

  /** {@inheritDoc PacketQueue.reset} */
  reset(reason: string): void {
    this.#inside.reset(reason);
    countNothing(this.counters);
    this.#tokensNs = this.#bucketNs;
    this.#checkpointNs = this.#context.nowNs();
  }

  /** {@inheritDoc Scheduler.destroy} */
  destroy(): void {
    const { queueLength, backlogBytes } = this.counters;
    this.reset(QDISC_DELETED);
    this.#context.reduceBacklog(queueLength, backlogBytes);
  }

  #leafNow(): Qdisc | undefined {
    return this.#qdisc.leaves.values().next().value;
  }

  #makeInside(): PacketQueue {
    this.#leaf = this.#leafNow();
    if (this.#leaf !== undefined) return this.#context.inner(this.#leaf, this.#insideContext);
    return new Fifo(newQueueCounters(), this.#insideContext, {
      bytes: () => this.#takesNothing ? 0 : this.#parameters.limitBytes,
      reason: this.#takesNothing ? "tbf without a queue inside" : "tbf full",
    });
  }
}

function parametersOf({ parameters }: Qdisc): TbfParameters {
  return present(parameters.kind === "tbf" ? parameters : undefined, "a tbf has its parameters");
}
