import type { HtbClass } from "../model/class.ts";
import { newQueueCounters, type QueueCounters } from "../model/counters.ts";
import { present } from "../model/invariant.ts";
import type { Qdisc } from "../model/qdisc.ts";
import type { Packet } from "../path/packet.ts";
import { NS_PER_SECOND } from "../time/virtual_clock.ts";
import type { ClassRing } from "./class_ring.ts";
import { countIn, countLostInside, countNothing, countOut, countSent } from "./counting.ts";
import { Fifo } from "./fifo.ts";
import { classifyHtb } from "./htb_classify.ts";
import { HtbNode, LEVELS } from "./htb_node.ts";
import { HtbTree } from "./htb_tree.ts";
import { LookedAt } from "./looked_at.ts";
import { ShiftList } from "./shift_list.ts";
import {
  type EnqueueResult,
  type PacketQueue,
  QDISC_DELETED,
  type QueueContext,
} from "./packet_queue.ts";

/** Longest time that it waits before it looks again, in nanoseconds. */
const WATCHDOG_MAX_NS = 5 * NS_PER_SECOND;

/** `htb`: hierarchical token buckets, as net/sched/sch_htb.c computes them. */
export class Htb implements PacketQueue {
  /** Its packets need tokens. */
  readonly canBypass = false;
  readonly #qdisc: Qdisc;
  readonly #context: QueueContext;
  readonly #nodes: Map<HtbClass, HtbNode> = new Map();
  readonly #leaves: Map<HtbNode, Qdisc | undefined> = new Map();
  readonly #direct = new ShiftList<Packet>();
  readonly #lookedAt = new LookedAt();
  #tree: HtbTree;

  /**
   * @param qdisc The qdisc, of kind `htb`.
   * @param context What is around it.
   */
  constructor(qdisc: Qdisc, context: QueueContext) {
    this.#qdisc = qdisc;
    this.#context = context;
    this.#tree = this.#newTree();
    this.reconfigure();
  }

  /** {@inheritDoc PacketQueue.counters} */
  get counters(): QueueCounters {
    return this.#qdisc.counters;
  }

  /** {@inheritDoc PacketQueue.enqueue} */
  enqueue(packet: Packet): EnqueueResult {
    const cls = classifyHtb(this.#qdisc, this.#context, packet);
    if (cls === "stolen") return "stolen";
    if (cls === "lost") return this.#lose(packet, "htb filter");
    if (cls === "direct") {
      if (this.#direct.length >= this.#directQueueLength) {
        return this.#lose(packet, "htb direct queue full");
      }
      this.#direct.push(packet);
      this.#qdisc.directPackets += 1;
    } else {
      const node = present(this.#nodes.get(cls), "every class of an htb is at work");
      const result = present(node.queue, "a leaf has a queue").enqueue(packet);
      if (result !== "queued") {
        if (result === "lost") {
          this.counters.drops += 1;
          cls.counters.drops += 1;
        }
        return result;
      }
      countIn(cls.counters, packet);
      this.#tree.activate(node);
    }
    countIn(this.counters, packet);
    return "queued";
  }

  /** {@inheritDoc PacketQueue.peek} */
  peek(): Packet | undefined {
    return this.#lookedAt.look(this.counters, () => this.#take());
  }

  /** {@inheritDoc PacketQueue.dequeue} */
  dequeue(): Packet | undefined {
    return this.#lookedAt.take(this.counters) ?? this.#take();
  }

  /** Follows the classes and their queues, as they have become. */
  reconfigure(): void {
    const { classes } = this.#qdisc;
    for (const [cls, node] of this.#nodes) {
      if (classes.get(cls.handle) !== cls) this.#remove(node);
    }
    for (const cls of classes.values()) {
      let node = this.#nodes.get(cls);
      if (node === undefined) {
        const parent = cls.parent === undefined ? undefined : this.#nodes.get(cls.parent);
        node = new HtbNode(cls, parent, this.#context.nowNs());
        this.#nodes.set(cls, node);
      }
      node.refresh();
      this.#followPlace(node);
    }
  }

  /** {@inheritDoc PacketQueue.reset} */
  reset(reason: string): void {
    this.#tree = this.#newTree();
    for (const [cls, node] of this.#nodes) {
      node.queue?.reset(reason);
      countNothing(cls.counters);
      node.activity = 0;
      node.mode = "can send";
      if (node.level > 0) node.becomeInner(node.level);
    }
    const lookedAt = this.#lookedAt.take(this.counters);
    if (lookedAt !== undefined) this.#context.drop(lookedAt, reason);
    for (let packet = this.#direct.shift(); packet; packet = this.#direct.shift()) {
      this.#context.drop(packet, reason);
    }
    countNothing(this.counters);
  }

  /** {@inheritDoc Scheduler.destroy} */
  destroy(): void {
    const { queueLength, backlogBytes } = this.counters;
    this.reset(QDISC_DELETED);
    this.#context.reduceBacklog(queueLength, backlogBytes);
  }

  get #directQueueLength(): number {
    const { parameters } = this.#qdisc;
    return parameters.kind === "htb" ? parameters.directQueueLength : 0;
  }

  #newTree(): HtbTree {
    return new HtbTree(() => this.counters.overlimits += 1);
  }

  #lose(packet: Packet, reason: string): "lost" {
    this.counters.drops += 1;
    this.#context.drop(packet, reason);
    return "lost";
  }

  /** Direct packets come first; of the others, lower levels and lower priorities. */
  #take(): Packet | undefined {
    const packet = this.#direct.shift() ?? this.#takeFromClasses();
    if (packet === undefined) return undefined;
    countOut(this.counters, packet);
    countSent(this.counters, packet);
    return packet;
  }

  #takeFromClasses(): Packet | undefined {
    if (this.counters.queueLength === 0) return undefined;
    const nowNs = this.#context.nowNs();
    let wakeNs = nowNs + WATCHDOG_MAX_NS;
    for (let level = 0; level < LEVELS; level++) {
      wakeNs = Math.min(wakeNs, this.#tree.doEvents(level, nowNs));
      // What becomes active meanwhile is looked at the next time.
      const active = this.#tree.activity[level] ?? 0;
      for (let priority = 0; active >> priority !== 0; priority++) {
        if ((active & 1 << priority) === 0) continue;
        const packet = this.#takeFromRow(level, priority, nowNs);
        if (packet !== undefined) return packet;
      }
    }
    this.#context.wakeAt(wakeNs);
    return undefined;
  }

  #takeFromRow(level: number, priority: number, nowNs: number): Packet | undefined {
    const tree = this.#tree;
    const row = tree.row(level, priority);
    let leaf = tree.leafOf(row, priority);
    let start = leaf;
    while (leaf !== undefined) {
      const queue = present(leaf.queue, "a leaf has a queue");
      if (queue.counters.queueLength === 0) {
        tree.deactivate(leaf);
        const next = tree.leafOf(row, priority);
        if (leaf === start) start = next;
        leaf = next;
        continue;
      }
      const packet = queue.dequeue();
      if (packet !== undefined) {
        if (this.#hasHadItsTurn(leaf, packet, level)) ringOf(leaf, row, priority).advance();
        if (queue.counters.queueLength === 0) tree.deactivate(leaf);
        tree.settle(leaf, packet, level, nowNs);
        return packet;
      }
      // A queue that has packets and gives none, such as a tbf, is passed over.
      ringOf(leaf, row, priority).advance();
      leaf = tree.leafOf(row, priority);
      if (leaf === start) return undefined;
    }
    return undefined;
  }

  /** Counts a packet of a leaf, and tells whether the leaf has sent its share for now. */
  #hasHadItsTurn(leaf: HtbNode, packet: Packet, level: number): boolean {
    countOut(leaf.cls.counters, packet);
    countSent(leaf.cls.counters, packet);
    const deficit = (leaf.deficits[level] ?? 0) - packet.lengthBytes;
    leaf.deficits[level] = deficit < 0 ? deficit + leaf.parameters.quantumBytes : deficit;
    return deficit < 0;
  }

  #remove(node: HtbNode): void {
    node.queue?.destroy();
    this.#tree.forget(node);
    this.#nodes.delete(node.cls);
    this.#leaves.delete(node);
  }

  /** A class that gets its first child has no queue any more; one that loses its last gets one. */
  #followPlace(node: HtbNode): void {
    const isInner = node.cls.children.size > 0;
    if (isInner && node.level === 0) {
      if (node.queue !== undefined && this.#leaves.get(node) === undefined) node.queue.destroy();
      this.#leaves.delete(node);
      this.#tree.forget(node);
      node.becomeInner((node.parent?.level ?? LEVELS) - 1);
    } else if (!isInner && node.level > 0) {
      this.#tree.forget(node);
      node.becomeLeaf(this.#context.nowNs());
    }
    if (!isInner) this.#followQueue(node);
  }

  #followQueue(node: HtbNode): void {
    const { leaf } = node.cls;
    if (node.queue !== undefined && this.#leaves.get(node) === leaf) return;
    // The queue of a qdisc is destroyed with it; a plain one is nobody's but ours.
    if (node.queue !== undefined && this.#leaves.get(node) === undefined) node.queue.destroy();
    const around = { ...this.#context, reduceBacklog: this.#lostUnder(node) };
    this.#leaves.set(node, leaf);
    const limit = this.#qdisc.link.txQueueLength;
    node.queue = leaf === undefined
      ? new Fifo(newQueueCounters(), around, { packets: () => limit, reason: "htb overlimit" })
      : this.#context.inner(leaf, around);
  }

  #lostUnder(node: HtbNode): (packets: number, bytes: number) => void {
    return (packets, bytes) => {
      node.cls.counters.queueLength -= packets;
      node.cls.counters.backlogBytes -= bytes;
      countLostInside(this.counters, packets, bytes);
      if ((node.queue?.counters.queueLength ?? 0) === 0) this.#tree.deactivate(node);
      this.#context.reduceBacklog(packets, bytes);
    };
  }
}

/** Where a leaf takes its turns that was found from a row: the row itself, or its parent's feed. */
function ringOf(leaf: HtbNode, row: ClassRing<HtbNode>, priority: number): ClassRing<HtbNode> {
  const { parent } = leaf;
  return leaf.mode === "may borrow" && parent !== undefined ? parent.feed(priority) : row;
}
