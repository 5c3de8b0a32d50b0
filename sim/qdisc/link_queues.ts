import type { Link } from "../model/link.ts";
import type { Machine } from "../model/machine.ts";
import { passEgress } from "../path/clsact.ts";
import type { Packet } from "../path/packet.ts";
import type { PathContext } from "../path/path_context.ts";
import type { VirtualClock } from "../time/virtual_clock.ts";
import { LinkQueue } from "./link_queue.ts";
import { Transmitter } from "./transmitter.ts";

/** What {@linkcode LinkQueues} stand on. */
export interface LinkQueuesOptions {
  /** The one clock. */
  readonly clock: VirtualClock;
  /** What is around packets. */
  readonly context: PathContext;
  /**
   * Takes a frame that leaves its link.
   *
   * @param packet The frame.
   */
  transmit(packet: Packet): void;
}

/**
 * The queues in front of all links: every leaving packet passes the egress filters of `clsact`, and
 * then the root qdisc of its link.
 */
export class LinkQueues {
  readonly #options: LinkQueuesOptions;
  readonly #transmitters: WeakMap<Link, Transmitter> = new WeakMap();
  readonly #watched: WeakSet<Machine> = new WeakSet();

  /** @param options What they stand on. */
  constructor(options: LinkQueuesOptions) {
    this.#options = options;
  }

  /**
   * Sends a frame out of a link that is up.
   *
   * @param link The link.
   * @param packet The frame.
   */
  send(link: Link, packet: Packet): void {
    const { context, transmit } = this.#options;
    if (link.ingress !== undefined && !passEgress(context, link, packet)) return;
    if (!link.hasCarrier) {
      // Without a carrier the kernel has put `noop` in the place of every qdisc.
      link.counters.txDropped += 1;
      return context.drop(packet, "no carrier");
    }
    const qdisc = link.root;
    if (qdisc === undefined) return context.drop(packet, "no qdisc");
    if (qdisc.scheduler instanceof LinkQueue) return qdisc.scheduler.send(packet);
    if (qdisc.kind !== "noqueue") {
      this.#watch(link.namespace.machine);
      return new LinkQueue(qdisc, context, this.#transmitterOf(link)).send(packet);
    }
    if (link.kind !== "physical") return transmit(packet);
    const transmitter = this.#transmitterOf(link);
    if (transmitter.isBusy) context.drop(packet, "noqueue on a busy link");
    else transmitter.send(packet);
  }

  #transmitterOf(link: Link): Transmitter {
    const known = this.#transmitters.get(link);
    if (known !== undefined) return known;
    const { clock, transmit } = this.#options;
    const ready = () => {
      if (link.root?.scheduler instanceof LinkQueue) link.root.scheduler.run();
    };
    const transmitter = new Transmitter(link, clock, { transmit, ready });
    this.#transmitters.set(link, transmitter);
    return transmitter;
  }

  /** What waits is lost when its link goes down or loses its carrier. */
  #watch(machine: Machine): void {
    if (this.#watched.has(machine)) return;
    this.#watched.add(machine);
    machine.observers.add({
      linkChanged: (link) => {
        resetWhereDown(link);
        if (link.peer !== undefined) resetWhereDown(link.peer);
      },
    });
  }
}

function resetWhereDown(link: Link): void {
  if (link.hasCarrier && link.isUp) return;
  const scheduler = link.root?.scheduler;
  if (scheduler instanceof LinkQueue) scheduler.reset(link.isUp ? "no carrier" : "device down");
}

/**
 * Makes the queues in front of all links: what a `Datapath` takes as `makeQueues`.
 *
 * @param options What they stand on.
 */
export function makeLinkQueues(options: LinkQueuesOptions): LinkQueues {
  return new LinkQueues(options);
}
