import type { Action } from "../model/action.ts";
import type { Link } from "../model/link.ts";
import type { NetworkNamespace } from "../model/namespace.ts";
import { ETHERNET_HEADER_BYTES, VLAN_TAG_BYTES } from "../packet/ethernet.ts";
import type { VirtualClock } from "../time/virtual_clock.ts";
import { describePacket } from "../trace/describe_packet.ts";
import { PacketTrace, type TraceStage } from "../trace/packet_trace.ts";
import { verdictOfControl } from "./classify.ts";
import { passIngress } from "./clsact.ts";
import { Packet } from "./packet.ts";
import type { IpStack, PathContext } from "./path_context.ts";
import { deliver, typeOf } from "./receivers.ts";
import { VERDICT } from "./verdict.ts";

/**
 * Links that a packet may cross. Linux has no such limit: between two redirects a packet circles
 * for
 * ever. A simulation must end, so here it is dropped, and the loop is reported as a finding.
 */
const HOPS_MAX = 100;

/** Bytes by which a frame may be longer than the MTU of a veth's other end: header and tag. */
const VETH_SLACK_BYTES = ETHERNET_HEADER_BYTES + VLAN_TAG_BYTES;

/** The kernel takes a tag off a frame only where the protocol behind it is there too. */
const TAGGED_BYTES_MIN = ETHERNET_HEADER_BYTES + VLAN_TAG_BYTES + 2;

/** What a {@linkcode Datapath} stands on. */
export interface DatapathOptions {
  /** The one clock. */
  readonly clock: VirtualClock;
  /** Makes the IPv4 stack of a namespace. */
  readonly makeStack: (context: PathContext, namespace: NetworkNamespace) => IpStack;
  /** Makes the queues in front of links; they give packets back through `transmit`. */
  readonly makeQueues: (queues: {
    readonly clock: VirtualClock;
    readonly context: PathContext;
    transmit(packet: Packet): void;
  }) => { send(link: Link, packet: Packet): void };
}

/** The way of frames between links: egress queues, wires, veths, ingress filters, redirects. */
export class Datapath implements PathContext {
  readonly clock: VirtualClock;
  /** Traces of packets, in the order of their making; empty unless tracing is on. */
  readonly traces: PacketTrace[] = [];
  /** What was unusual, one sentence each, in the order of its happening. */
  readonly findings: string[] = [];
  /** Whether packets made from now on are traced. */
  isTracing = false;
  /** How many traces are kept at most: those of the packets that are made first. */
  traceLimit = Infinity;
  /** Hears of every packet that is dropped, and why. */
  dropped: ((packet: Packet, reason: string) => void) | undefined;
  readonly #stacks = new WeakMap<NetworkNamespace, IpStack>();
  readonly #makeStack: DatapathOptions["makeStack"];
  readonly #queues: { send(link: Link, packet: Packet): void };
  readonly #taps = new Map<Link, (frame: Uint8Array) => void>();
  #lastPacketId = 0;

  /** @param options What it stands on. */
  constructor(options: DatapathOptions) {
    this.clock = options.clock;
    this.#makeStack = options.makeStack;
    this.#queues = options.makeQueues({
      clock: options.clock,
      context: this,
      transmit: (packet) => this.#transmit(packet),
    });
  }

  /** {@inheritDoc PathContext.newPacket} */
  newPacket(bytes: Uint8Array, link: Link): Packet {
    const packet = new Packet(++this.#lastPacketId, bytes, link);
    this.#trace(packet);
    return packet;
  }

  /** {@inheritDoc PathContext.stack} */
  stack(namespace: NetworkNamespace): IpStack {
    const known = this.#stacks.get(namespace);
    if (known !== undefined) return known;
    const stack = this.#makeStack(this, namespace);
    this.#stacks.set(namespace, stack);
    return stack;
  }

  /** {@inheritDoc PathContext.send} */
  send(packet: Packet): void {
    const { link } = packet;
    if (!link.isUp) return this.drop(packet, "device down");
    packet.hops += 1;
    if (packet.hops > HOPS_MAX) {
      this.find(`a packet went over ${HOPS_MAX} links and was still under way at ${link.name}`);
      return this.drop(packet, "loop: hop limit");
    }
    this.note(packet, "egress", `to the queue of ${link.name}`);
    this.#queues.send(link, packet);
  }

  /** {@inheritDoc PathContext.mirred} */
  mirred(action: Action, packet: Packet): number {
    const { parameters } = action;
    if (parameters.kind !== "mirred") return VERDICT.pipe;
    const { target, mode } = parameters;
    const isRedirect = mode === "redirect";
    if (target === undefined || !target.isUp || !target.hasCarrier) {
      action.counters.overlimits += 1;
      this.note(
        packet,
        "action",
        `${mode} to ${
          target === undefined ? "a device that is gone" : `${target.name}, which is down`
        }`,
      );
      return isRedirect ? VERDICT.drop : verdictOfControl(parameters.control);
    }
    this.note(packet, "action", `${mode} to ${target.name}`);
    const moved = isRedirect ? packet : this.#copy(packet);
    moved.link = target;
    if (parameters.direction === "egress") this.send(moved);
    else this.clock.after(0, () => this.#pass(moved));
    return isRedirect ? VERDICT.stolen : verdictOfControl(parameters.control);
  }

  /** {@inheritDoc PathContext.drop} */
  drop(packet: Packet, reason: string): void {
    this.note(packet, "drop", reason);
    this.dropped?.(packet, reason);
    packet.trace?.finish({ outcome: "dropped", reason });
    packet.orphan();
  }

  /** {@inheritDoc PathContext.delivered} */
  delivered(packet: Packet, to: string): void {
    this.note(packet, "deliver", to);
    packet.trace?.finish({ outcome: "delivered", reason: to });
  }

  /** {@inheritDoc PathContext.note} */
  note(packet: Packet, stage: TraceStage, what: string, matched?: boolean): void {
    const { trace, link } = packet;
    if (trace === undefined) return;
    trace.add({
      timeNs: this.clock.nowNs,
      machine: link.namespace.machine.name,
      namespace: link.namespace.inode,
      link: link.name,
      stage,
      what,
      ...(matched === undefined ? {} : { matched }),
    });
  }

  /** {@inheritDoc PathContext.find} */
  find(finding: string): void {
    this.findings.push(finding);
  }

  /**
   * Lets a frame arrive at a link, as if its wire had brought it.
   *
   * @param link The link.
   * @param bytes The frame from its Ethernet header on.
   * @returns The packet, for its trace.
   */
  inject(link: Link, bytes: Uint8Array): Packet {
    const packet = this.newPacket(bytes, link);
    this.clock.after(0, () => this.#receive(packet));
    return packet;
  }

  /**
   * Hears of every frame that arrives at a link, before any filter is asked, as a packet socket
   * does.
   *
   * @param link The link.
   * @param hear Is given each frame; it must not change it.
   */
  tap(link: Link, hear: (frame: Uint8Array) => void): void {
    this.#taps.set(link, hear);
  }

  #trace(packet: Packet, copiedFrom?: number): void {
    if (!this.isTracing || this.traces.length >= this.traceLimit) return;
    packet.trace = new PacketTrace(packet.id, describePacket(packet), copiedFrom);
    this.traces.push(packet.trace);
  }

  #copy(packet: Packet): Packet {
    const copy = packet.clone(++this.#lastPacketId);
    if (packet.trace !== undefined) this.#trace(copy, packet.id);
    return copy;
  }

  /** A frame leaves the queue of its link. */
  #transmit(packet: Packet): void {
    const { link } = packet;
    const receivers = receiversOf(link);
    const isDummy = link.kind === "dummy";
    if (!isDummy && (receivers.length === 0 || !link.hasCarrier)) {
      link.counters.txDropped += 1;
      return this.drop(packet, "no carrier");
    }
    if (link.peer !== undefined && packet.lengthBytes > link.peer.mtu + VETH_SLACK_BYTES) {
      link.counters.txDropped += 1;
      link.peer.counters.rxDropped += 1;
      return this.drop(packet, "longer than the MTU of the veth's other end");
    }
    link.counters.txPackets += 1;
    link.counters.txBytes += packet.lengthBytes;
    this.note(packet, "transmit", link.name);
    // A dummy counts as sent what goes nowhere.
    if (isDummy) return this.drop(packet, "dummy device");
    packet.orphan();
    receivers.forEach(({ receiver, delayNs }, i) => {
      const moved = i === 0 ? packet : this.#copy(packet);
      // Only the loopback keeps what the sender decided; another namespace decides for itself.
      if (link.kind !== "loopback") {
        moved.isRouted = false;
        moved.priority = 0;
      }
      this.#carry(moved, receiver, delayNs);
    });
  }

  /** A frame is on its way, which may be a bad one. */
  #carry(packet: Packet, receiver: Link, delayNs: number): void {
    const { link } = packet;
    const impairment = link.impairment ?? link.wire?.impairment;
    const [extraNs, duplicateNs] = impairment?.nextFate() ?? [0];
    if (extraNs === undefined) return this.drop(packet, "lost on the wire");
    if (extraNs > 0) this.note(packet, "transmit", `${extraNs} ns late on the wire`);
    if (duplicateNs !== undefined) {
      this.note(packet, "transmit", "duplicated on the wire");
      this.#arriveAfter(delayNs + duplicateNs, this.#copy(packet), receiver);
    }
    this.#arriveAfter(delayNs + extraNs, packet, receiver);
  }

  #arriveAfter(delayNs: number, packet: Packet, receiver: Link): void {
    this.clock.after(delayNs, () => {
      packet.link = receiver;
      if (!receiver.isUp) this.drop(packet, "device down");
      else if (!receiver.hasCarrier) this.drop(packet, "no carrier");
      else this.#receive(packet);
    });
  }

  /** A frame has arrived at a link. */
  #receive(packet: Packet): void {
    const { link } = packet;
    if (packet.lengthBytes < ETHERNET_HEADER_BYTES) return this.drop(packet, "short frame");
    link.counters.rxPackets += 1;
    link.counters.rxBytes += packet.lengthBytes;
    // A card counts groups; a veth and the loopback do not.
    if (link.kind === "physical" && typeOf(packet) === "multicast") link.counters.rxMulticast += 1;
    this.#pass(packet);
  }

  /** A frame is on its way up from a link, which counted it if it came in there. */
  #pass(packet: Packet): void {
    const { link } = packet;
    packet.type = typeOf(packet);
    if (packet.hasTag && packet.tagControl === undefined) {
      if (packet.lengthBytes < TAGGED_BYTES_MIN) return this.drop(packet, "VLAN tag cut short");
      packet.takeTagAside();
    }
    this.note(packet, "receive", `${link.name} as ${packet.type}`);
    if (this.#taps.size > 0) this.#taps.get(link)?.(packet.bytes);
    if (!link.namespace.isAlive) return this.drop(packet, "namespace gone");
    if (!passIngress(this, link, packet)) return;
    deliver(this, packet);
  }
}

/** Who receives what a link sends, and how long that takes. */
function receiversOf(link: Link): readonly { readonly receiver: Link; readonly delayNs: number }[] {
  if (link.kind === "loopback") return [{ receiver: link, delayNs: 0 }];
  if (link.peer !== undefined) return [{ receiver: link.peer, delayNs: 0 }];
  const { wire } = link;
  if (wire === undefined) return [];
  return [...wire.ends].filter((end) => end !== link)
    .map((receiver) => ({ receiver, delayNs: wire.delayNs }));
}
