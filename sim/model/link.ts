import type { Action } from "./action.ts";
import type { Inet6Address, InetAddress } from "./address.ts";
import { type LinkCounters, newLinkCounters } from "./counters.ts";
import type { Handle } from "./handle.ts";
import type { Impairment } from "./impairment.ts";
import type { Mac } from "./mac.ts";
import type { NetworkNamespace } from "./namespace.ts";
import { Offloads } from "./offloads.ts";
import type { Qdisc } from "./qdisc.ts";
import type { Wire } from "./wire.ts";

/** What stands behind a link. */
export type LinkKind = "loopback" | "veth" | "dummy" | "physical";

/** Index and name of a link in the namespace where it lives now. */
export interface LinkPlace {
  readonly namespace: NetworkNamespace;
  /** Its number there, from 1. */
  readonly index: number;
  /** Its name there, 1 to 15 bytes. */
  readonly name: string;
}

/** What Linux's veth driver says of itself. */
const VETH_SPEED_MBIT_PER_SECOND = 10_000;

/** A network interface. */
export class Link {
  readonly kind: LinkKind;
  /** Its MAC address. */
  mac: Mac;
  /** Largest packet in bytes, without the Ethernet header. */
  mtu: number;
  /** Whether it was set up (`IFF_UP`). */
  isUp = false;
  /** Whether it takes frames for other machines too. */
  isPromiscuous = false;
  /** Whether it resolves addresses with ARP. */
  hasArp = true;
  /** Whether it takes multicast. */
  hasMulticast: boolean;
  /** Text that its owner put on it, at most 255 bytes. */
  alias: string | undefined;
  /** Number of its group. */
  group = 0;
  /** Packets that its own queue is meant to hold. */
  txQueueLength = 1000;
  /** Whether the card, or the other end, is there: false pulls the cable of a physical link. */
  isCableConnected = true;
  /** What it takes over from the protocols; undefined of kinds whose features are not known. */
  readonly offloads: Offloads | undefined;
  /** Speed in Mbit/s as a card reports it; undefined where unknown. */
  speedMbitPerSecond: number | undefined;
  /** How often its carrier came or went; that of a veth goes once while it is made. */
  carrierChanges: number;
  /** What it counted. */
  readonly counters: LinkCounters = newLinkCounters();
  /** IPv4 addresses, in the order of a listing. */
  addresses: InetAddress[] = [];
  /** IPv6 addresses, in the order of a listing. */
  addresses6: Inet6Address[] = [];
  /** The other end of a veth pair; undefined for every other kind. */
  peer: Link | undefined;
  /** The segment that a physical link is on. */
  wire: Wire | undefined;
  /** What goes wrong with frames that it sends; undefined while it is sound. */
  impairment: Impairment | undefined;
  /** Whether it takes all multicast. */
  takesAllMulticast = false;
  /** Sending queues: what a root qdisc's reference count shows. */
  readonly txQueues: number;
  /** The qdisc that leaving packets go through; undefined only while the model builds it. */
  root: Qdisc | undefined;
  /** The `ingress` or `clsact` qdisc. */
  ingress: Qdisc | undefined;
  /** Whether it has, or once had, an `ingress` or `clsact` qdisc. */
  hasIngressQueue = false;
  /** Mirred actions that send to it. */
  readonly actionsToIt: Set<Action> = new Set();
  /** Qdiscs with a handle, root, ingress and inner ones alike. */
  readonly qdiscs: Map<Handle, Qdisc> = new Map();
  #place: LinkPlace;

  /**
   * @param kind What stands behind it.
   * @param place Where it lives.
   * @param spec Its MAC address and MTU.
   */
  constructor(
    kind: LinkKind,
    place: LinkPlace,
    spec: { readonly mac: Mac; readonly mtu: number },
  ) {
    this.kind = kind;
    this.#place = place;
    this.mac = spec.mac;
    this.mtu = spec.mtu;
    this.txQueues = kind === "veth" ? place.namespace.machine.cpuCount : 1;
    this.offloads = kind === "veth" || kind === "loopback" ? new Offloads(kind) : undefined;
    this.hasMulticast = kind !== "loopback";
    this.carrierChanges = kind === "veth" ? 1 : 0;
  }

  /** The namespace it lives in. */
  get namespace(): NetworkNamespace {
    return this.#place.namespace;
  }

  /** Its number there. */
  get index(): number {
    return this.#place.index;
  }

  /** Its name there. */
  get name(): string {
    return this.#place.name;
  }

  /** Whether it can carry frames now: of a veth, whether both ends are up. */
  get hasCarrier(): boolean {
    if (this.kind === "veth") return this.isUp && this.peer?.isUp === true;
    if (this.kind === "physical") return this.isUp && this.isCableConnected;
    return true;
  }

  /**
   * Speed in Mbit/s that it reports; undefined where it reports none, as every link that is down. A
   * veth reports one that it does not have.
   */
  get reportedSpeedMbitPerSecond(): number | undefined {
    if (!this.isUp) return undefined;
    return this.kind === "veth" ? VETH_SPEED_MBIT_PER_SECOND : this.speedMbitPerSecond;
  }

  /** Whether it starts without a queue of its own. */
  get hasNoQueue(): boolean {
    return this.kind !== "physical";
  }

  /** Smallest and largest MTU that it takes, in bytes. */
  get mtuRange(): { readonly min: number; readonly max: number } {
    if (this.kind === "loopback") return { min: 0, max: 0x7fffffff };
    if (this.kind === "dummy") return { min: 0, max: 0x7fffffff };
    return { min: 68, max: 65535 };
  }

  /**
   * Reads a per-link IPv4 sysctl.
   *
   * @param key Last word of its name, such as `rp_filter`.
   */
  inetConf(key: string): number {
    return this.namespace.sysctls.number(`net.ipv4.conf.${this.name}.${key}`);
  }

  /**
   * Reads a per-link IPv6 sysctl.
   *
   * @param key Last word of its name, such as `disable_ipv6`.
   */
  inet6Conf(key: string): number {
    return this.namespace.sysctls.number(`net.ipv6.conf.${this.name}.${key}`);
  }

  /** @param place Where it lives from now on; only its namespace calls this. */
  moveTo(place: LinkPlace): void {
    this.#place = place;
  }
}
