import type { Link } from "../model/link.ts";
import type { Qdisc } from "../model/qdisc.ts";
import type { Scheduler } from "../model/scheduler.ts";
import { classify } from "../path/classify.ts";
import type { Packet } from "../path/packet.ts";
import type { PathContext } from "../path/path_context.ts";
import type { Timer } from "../time/virtual_clock.ts";
import { countIn, countOut, countSent } from "./counting.ts";
import { makeQueue } from "./kinds.ts";
import { type PacketQueue, QDISC_DELETED, type QueueContext } from "./packet_queue.ts";
import type { Transmitter } from "./transmitter.ts";

/** Packets that leave behind a first one, from `try_bulk_dequeue_skb_slow`. */
const BULK_PACKETS = 8;

/** A packet that a queue has lost, and the rule that says so. */
interface Loss {
  readonly packet: Packet;
  readonly reason: string;
}

/**
 * A root qdisc at work: packets enter it, and leave it for the link when its rules and the link let
 * them, as net/sched/sch_generic.c and net/core/dev.c have it.
 */
export class LinkQueue implements Scheduler {
  readonly #context: PathContext;
  readonly #link: Link;
  readonly #transmitter: Transmitter;
  readonly #queue: PacketQueue;
  /** A packet that has left the qdisc and found the link busy; it goes before all others. */
  #putBack: Packet | undefined;
  #losses: Loss[] = [];
  #isRunning = false;
  #timer: Timer | undefined;
  #wakeNs = Infinity;
  readonly #awake = () => {
    this.#timer = undefined;
    this.run();
  };

  /**
   * @param qdisc The root qdisc of a link, other than `noqueue`.
   * @param context What is around packets.
   * @param transmitter What sends frames.
   */
  constructor(qdisc: Qdisc, context: PathContext, transmitter: Transmitter) {
    this.#context = context;
    this.#link = qdisc.link;
    this.#transmitter = transmitter;
    const around: QueueContext = {
      nowNs: () => context.clock.nowNs,
      drop: (packet, reason) => this.#lose(packet, reason),
      wakeAt: (timeNs) => this.#wakeNs = Math.min(this.#wakeNs, timeNs),
      reduceBacklog: () => {},
      classify: (block, packet) => classify(context, block, packet, packet.lengthBytes),
      inner: makeQueue,
    };
    this.#queue = makeQueue(qdisc, around);
    qdisc.scheduler = this;
  }

  /**
   * Takes a packet that wants to leave by the link.
   *
   * @param packet The packet.
   */
  send(packet: Packet): void {
    const queue = this.#queue;
    const { counters } = queue;
    packet.enqueuedAtNs = this.#context.clock.nowNs;
    if (queue.canBypass && counters.queueLength === 0 && !this.#isRunning) {
      countSent(counters, packet);
      if (this.#transmitter.isBusy) {
        counters.requeues += 1;
        countIn(counters, packet);
        this.#putBack = packet;
        return;
      }
      this.#isRunning = true;
      this.#transmitter.send(packet);
      this.#isRunning = false;
      if (counters.queueLength > 0) this.run();
      return;
    }
    const wasRunning = this.#isRunning;
    this.#isRunning = true;
    queue.enqueue(packet);
    this.#isRunning = wasRunning;
    if (wasRunning) return;
    this.#endLosses();
    this.run();
  }

  /** Lets leave whatever may leave now. */
  run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#wakeNs = Infinity;
    while (!this.#transmitter.isBusy) {
      const packet = this.#next();
      if (packet === undefined) break;
      this.#leave(packet);
      if (this.#link.txQueues > 1) this.#leaveInBulk();
    }
    this.#isRunning = false;
    this.#wakeLater();
    this.#endLosses();
  }

  /** {@inheritDoc Scheduler.reconfigure} */
  reconfigure(): void {
    this.#queue.reconfigure();
  }

  /**
   * Drops everything that waits.
   *
   * @param reason The rule of the kernel that says so.
   */
  reset(reason: string): void {
    this.#stop(reason);
    this.#queue.reset(reason);
  }

  /** {@inheritDoc Scheduler.destroy} */
  destroy(): void {
    this.#stop(QDISC_DELETED);
    this.#queue.destroy();
  }

  #next(): Packet | undefined {
    const putBack = this.#putBack;
    if (putBack === undefined) return this.#queue.dequeue();
    this.#putBack = undefined;
    countOut(this.#queue.counters, putBack);
    return putBack;
  }

  /**
   * Takes more packets in one go, as the kernel does for links with several queues. Tries count: a
   * `tbf` that has to refuse is asked twice.
   */
  #leaveInBulk(): void {
    for (let left = BULK_PACKETS; left > 0; left--) {
      const packet = this.#queue.dequeue();
      if (packet === undefined) return;
      this.#leave(packet);
    }
  }

  #leave(packet: Packet): void {
    if (packet.trace !== undefined) this.#noteWait(packet);
    this.#transmitter.send(packet);
  }

  #noteWait(packet: Packet): void {
    const waitedMs = (this.#context.clock.nowNs - packet.enqueuedAtNs) / 1e6;
    this.#context.note(
      packet,
      "queue",
      `left the queue of ${this.#link.name} after ${waitedMs} ms`,
    );
  }

  #stop(reason: string): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const putBack = this.#putBack;
    this.#putBack = undefined;
    if (putBack !== undefined) this.#lose(putBack, reason);
  }

  /** Sets the timer to what the queues asked for in this run; an empty queue needs none. */
  #wakeLater(): void {
    const isNeeded = this.#wakeNs !== Infinity;
    if (this.#timer !== undefined) {
      if (isNeeded && this.#timer.timeNs === Math.ceil(this.#wakeNs)) return;
      if (isNeeded || this.#queue.counters.queueLength === 0) {
        this.#timer.cancel();
        this.#timer = undefined;
      }
    }
    if (!isNeeded) return;
    const { clock } = this.#context;
    this.#timer = clock.after(Math.max(0, this.#wakeNs - clock.nowNs), this.#awake);
  }

  /**
   * Packets end when the queues are done with their work, as the kernel frees them after it has let
   * go of the lock: whoever sent them may send more at once.
   */
  #lose(packet: Packet, reason: string): void {
    if (this.#isRunning) this.#losses.push({ packet, reason });
    else this.#context.drop(packet, reason);
  }

  #endLosses(): void {
    if (this.#losses.length === 0) return;
    const losses = this.#losses;
    this.#losses = [];
    for (const { packet, reason } of losses) this.#context.drop(packet, reason);
  }
}
