import type { QueueCounters } from "../model/counters.ts";
import { invariant, present } from "../model/invariant.ts";
import type { FqCodelParameters, Qdisc } from "../model/qdisc.ts";
import { ETHERNET_HEADER_BYTES } from "../packet/ethernet.ts";
import type { Packet } from "../path/packet.ts";
import { codelDequeue, type CodelParameters, newCodelState, NS_PER_CODEL_UNIT } from "./codel.ts";
import { countNothing, countSent } from "./counting.ts";
import { classifyFqCodel } from "./fq_codel_classify.ts";
import { type FlowsShare, FqCodelFlow } from "./fq_codel_flow.ts";
import { LookedAt } from "./looked_at.ts";
import {
  type EnqueueResult,
  type PacketQueue,
  QDISC_DELETED,
  type QueueContext,
} from "./packet_queue.ts";
import { ShiftList } from "./shift_list.ts";

/** `fq_codel`: fair queues, each under CoDel, as net/sched/sch_fq_codel.c has them. */
export class FqCodel implements PacketQueue {
  readonly #qdisc: Qdisc;
  readonly #context: QueueContext;
  readonly #share: FlowsShare;
  readonly #mtuBytes: number;
  readonly #flows: Map<number, FqCodelFlow> = new Map();
  readonly #newFlows = new ShiftList<FqCodelFlow>();
  readonly #oldFlows = new ShiftList<FqCodelFlow>();
  readonly #lookedAt = new LookedAt();
  #parameters: FqCodelParameters;
  #codel: CodelParameters;
  /** Packets that CoDel dropped and the queue around still counts. */
  #droppedPackets = 0;
  #droppedBytes = 0;

  /**
   * @param qdisc The qdisc, of kind `fq_codel`.
   * @param context What is around it.
   */
  constructor(qdisc: Qdisc, context: QueueContext) {
    this.#qdisc = qdisc;
    this.#context = context;
    this.#mtuBytes = qdisc.link.mtu + ETHERNET_HEADER_BYTES;
    this.#parameters = parametersOf(qdisc);
    this.#codel = this.#codelParameters();
    this.#share = {
      counters: qdisc.counters,
      statistics: qdisc.fqCodel,
      dropLate: (packet) => {
        this.#droppedPackets += 1;
        this.#droppedBytes += packet.lengthBytes;
        this.counters.drops += 1;
        context.drop(packet, "codel");
      },
    };
  }

  /** A packet may pass an empty queue, but for one that takes none at all. */
  get canBypass(): boolean {
    return this.#parameters.limitPackets > 0;
  }

  /** {@inheritDoc PacketQueue.counters} */
  get counters(): QueueCounters {
    return this.#qdisc.counters;
  }

  /** {@inheritDoc PacketQueue.enqueue} */
  enqueue(packet: Packet): EnqueueResult {
    const number = classifyFqCodel(this.#qdisc, this.#parameters, this.#context, packet);
    if (number === "stolen") return "stolen";
    if (number === "lost") {
      this.counters.drops += 1;
      this.#context.drop(packet, "fq_codel filter");
      return "lost";
    }
    const flow = this.#flowOf(number);
    packet.enqueuedAtNs = this.#context.nowNs();
    flow.push(packet);
    if (!this.#qdisc.busyFlows.has(number)) this.#begin(flow);
    const { limitPackets, memoryLimitBytes } = this.#parameters;
    const isOvermemory = this.#qdisc.fqCodel.memoryUsage > memoryLimitBytes;
    if (this.counters.queueLength <= limitPackets && !isOvermemory) return "queued";
    return this.#makeRoom(flow, packet, isOvermemory);
  }

  /** {@inheritDoc PacketQueue.peek} */
  peek(): Packet | undefined {
    return this.#lookedAt.look(this.counters, () => this.#take());
  }

  /** {@inheritDoc PacketQueue.dequeue} */
  dequeue(): Packet | undefined {
    return this.#lookedAt.take(this.counters) ?? this.#take();
  }

  /** What does not fit under new limits is lost, first come first. */
  reconfigure(): void {
    this.#parameters = parametersOf(this.#qdisc);
    this.#codel = this.#codelParameters();
    const { limitPackets, memoryLimitBytes } = this.#parameters;
    let packets = 0;
    let bytes = 0;
    while (
      this.counters.queueLength > limitPackets ||
      this.#qdisc.fqCodel.memoryUsage > memoryLimitBytes
    ) {
      const packet = this.dequeue();
      if (packet === undefined) break;
      packets += 1;
      bytes += packet.lengthBytes;
      this.#context.drop(packet, "fq_codel overlimit");
    }
    if (packets > 0) this.#context.reduceBacklog(packets, bytes);
  }

  /** {@inheritDoc PacketQueue.reset} */
  reset(reason: string): void {
    const lookedAt = this.#lookedAt.take(this.counters);
    if (lookedAt !== undefined) this.#context.drop(lookedAt, reason);
    for (const flow of this.#flows.values()) {
      for (let packet = flow.take(); packet; packet = flow.take()) {
        this.#context.drop(packet, reason);
      }
      Object.assign(flow.codel, newCodelState());
    }
    this.#qdisc.busyFlows.clear();
    this.#newFlows.clear();
    this.#oldFlows.clear();
    countNothing(this.counters);
    this.#showFlows();
  }

  /** {@inheritDoc Scheduler.destroy} */
  destroy(): void {
    const { queueLength, backlogBytes } = this.counters;
    this.reset(QDISC_DELETED);
    this.#context.reduceBacklog(queueLength, backlogBytes);
  }

  #flowOf(number: number): FqCodelFlow {
    let flow = this.#flows.get(number);
    if (flow === undefined) {
      flow = new FqCodelFlow(number, this.#share);
      this.#flows.set(number, flow);
    }
    return flow;
  }

  #begin(flow: FqCodelFlow): void {
    this.#qdisc.busyFlows.set(flow.number, flow);
    flow.deficitBytes = this.#parameters.quantumBytes;
    this.#newFlows.push(flow);
    this.#qdisc.fqCodel.newFlowCount += 1;
    this.#showFlows();
  }

  /** Drops up to half of the fullest flow. The packet that came last may be among the dropped. */
  #makeRoom(flow: FqCodelFlow, packet: Packet, isOvermemory: boolean): EnqueueResult {
    const { fqCodel } = this.#qdisc;
    const fullest = this.#fullest();
    const { packets, bytes } = this.#dropFrom(
      fullest,
      isOvermemory ? "fq_codel overmemory" : "fq_codel overlimit",
    );
    fqCodel.dropOverlimit += packets;
    if (isOvermemory) fqCodel.dropOvermemory += packets;
    // The queue around has not counted this packet yet: where its own flow paid, it never does.
    if (fullest === flow) {
      this.#context.reduceBacklog(packets - 1, bytes - packet.lengthBytes);
      return "lost";
    }
    this.#context.reduceBacklog(packets, bytes);
    return "queued";
  }

  #fullest(): FqCodelFlow {
    let fullest: FqCodelFlow | undefined;
    for (const flow of this.#flows.values()) {
      const excess = flow.waitingBytes - (fullest?.waitingBytes ?? 0);
      if (excess > 0 || (excess === 0 && flow.number < (fullest?.number ?? 0))) fullest = flow;
    }
    return present(fullest, "a full fq_codel has a flow with packets");
  }

  #dropFrom(flow: FqCodelFlow, reason: string): { packets: number; bytes: number } {
    const thresholdBytes = Math.floor(flow.waitingBytes / 2);
    const packetsMax = Math.max(1, this.#parameters.dropBatch);
    let packets = 0;
    let bytes = 0;
    do {
      const packet = flow.take();
      invariant(packet !== undefined, "the fullest flow has packets");
      packets += 1;
      bytes += packet.lengthBytes;
      this.#context.drop(packet, reason);
    } while (packets < packetsMax && bytes < thresholdBytes);
    flow.codel.count += packets;
    this.counters.drops += packets;
    return { packets, bytes };
  }

  /** New flows come before old ones; a flow whose turn is over goes to the end of the old ones. */
  #take(): Packet | undefined {
    while (true) {
      const isNew = this.#newFlows.length > 0;
      const list = isNew ? this.#newFlows : this.#oldFlows;
      const flow = list.first;
      if (flow === undefined) return undefined;
      if (flow.deficitBytes <= 0) {
        flow.deficitBytes += this.#parameters.quantumBytes;
        list.shift();
        this.#oldFlows.push(flow);
        this.#showFlows();
        continue;
      }
      const packet = codelDequeue(flow, flow.codel, this.#codel, this.#context.nowNs());
      if (packet !== undefined) return this.#account(flow, packet);
      list.shift();
      // An empty new flow waits behind the old ones, lest it be new again at once.
      if (isNew && this.#oldFlows.length > 0) this.#oldFlows.push(flow);
      else this.#qdisc.busyFlows.delete(flow.number);
      this.#showFlows();
    }
  }

  #account(flow: FqCodelFlow, packet: Packet): Packet {
    countSent(this.counters, packet);
    flow.deficitBytes -= packet.lengthBytes;
    if (this.#droppedPackets > 0) {
      this.#context.reduceBacklog(this.#droppedPackets, this.#droppedBytes);
      this.#droppedPackets = 0;
      this.#droppedBytes = 0;
    }
    return packet;
  }

  #showFlows(): void {
    const { fqCodel } = this.#qdisc;
    fqCodel.newFlowsLength = this.#newFlows.length;
    fqCodel.oldFlowsLength = this.#oldFlows.length;
  }

  #codelParameters(): CodelParameters {
    const { targetUs, intervalUs, ceThresholdUs, ecn } = this.#parameters;
    return {
      target: unitsOf(targetUs),
      interval: unitsOf(intervalUs),
      ceThreshold: ceThresholdUs === undefined ? Infinity : unitsOf(ceThresholdUs),
      mtuBytes: this.#mtuBytes,
      ecn,
    };
  }
}

/** Undoes the rounding of a time in whole units that was turned into microseconds. */
function unitsOf(us: number): number {
  return Math.ceil(us * 1000 / NS_PER_CODEL_UNIT);
}

function parametersOf({ parameters }: Qdisc): FqCodelParameters {
  return present(
    parameters.kind === "fq_codel" ? parameters : undefined,
    "an fq_codel has its parameters",
  );
}
