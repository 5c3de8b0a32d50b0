import type { Ipv4 } from "../model/ipv4.ts";
import type { Link } from "../model/link.ts";
import type { NetworkNamespace } from "../model/namespace.ts";
import type { Route } from "../model/route.ts";
import { encodeEthernet, ETHERTYPE_IPV4 } from "../packet/ethernet.ts";
import { fragmentIpv4 } from "../packet/ipv4_fragment.ts";
import { isLoopback } from "../packet/ipv4_address.ts";
import type { Arp } from "./arp.ts";
import type { Packet, PacketOwner } from "./packet.ts";
import type { PathContext } from "./path_context.ts";
import type { PathMtus } from "./path_mtus.ts";
import { priorityOfService } from "./service_priority.ts";

/** Why a datagram cannot be sent at all. */
export type SendFailure =
  | "network unreachable"
  | "invalid source"
  | "message too long"
  /** Sockets here never ask for SO_BROADCAST, so Linux refuses with EACCES. */
  | "broadcast not permitted";

/** The way of a datagram out of its namespace. */
export interface OutputRoute {
  /** The address that it comes from. */
  readonly source: Ipv4;
  /** The link that it leaves by. */
  readonly link: Link;
  /** Whether it stays in the namespace. */
  readonly isLocal: boolean;
  /** The neighbour that it goes to. */
  readonly nextHop: Ipv4;
  /** Size of the largest datagram in bytes. */
  readonly mtu: number;
}

/** How a datagram leaves: by which link, to whom, and who is charged. */
export type Leaving = Omit<OutputRoute, "source"> & { readonly owner?: PacketOwner | undefined };

/** The way of datagrams out of a namespace: their route, their fragments, their neighbour. */
export class Ipv4Output {
  readonly #context: PathContext;
  readonly #namespace: NetworkNamespace;
  readonly #arp: Arp;
  readonly #pathMtus: PathMtus;
  readonly #unreachable: (packet: Packet) => void;

  /**
   * @param context What is around it.
   * @param namespace Whose datagrams.
   * @param parts Where neighbours are asked, path MTUs are known, and who hears of a packet whose
   *   neighbour does not answer.
   */
  constructor(
    context: PathContext,
    namespace: NetworkNamespace,
    parts: {
      readonly arp: Arp;
      readonly pathMtus: PathMtus;
      readonly unreachable: (packet: Packet) => void;
    },
  ) {
    this.#context = context;
    this.#namespace = namespace;
    this.#arp = parts.arp;
    this.#pathMtus = parts.pathMtus;
    this.#unreachable = parts.unreachable;
  }

  /**
   * Finds the way to an address.
   *
   * @param destination Where to.
   * @param from Where from; the kernel's choice when left out.
   * @returns The way, or why there is none.
   */
  routeTo(destination: Ipv4, from?: Ipv4): OutputRoute | SendFailure {
    const route = this.#namespace.routes.lookup(destination, isUsable);
    const isLocal = route?.type === "local";
    const link = isLocal ? this.#namespace.loopback : route?.link;
    if (route === undefined || link === undefined || !link.isUp) return "network unreachable";
    if (route.type === "broadcast") return "broadcast not permitted";
    const source = from ?? sourceOf(route, destination, link);
    if (source === undefined) return "network unreachable";
    if (isLoopback(source) && !isLocal && link.inetConf("route_localnet") === 0) {
      return "invalid source";
    }
    const known = this.#pathMtus.get(destination) ?? Infinity;
    const mtu = Math.min(route.mtu ?? link.mtu, known);
    return { source, link, isLocal, nextHop: route.gateway ?? destination, mtu };
  }

  /**
   * Sends a datagram that this namespace has made, cut into fragments where it is too long.
   *
   * @param datagram The datagram from its header on.
   * @param leaving Its way.
   */
  send(datagram: Uint8Array, leaving: Leaving): void {
    const { link, isLocal, owner } = leaving;
    for (const part of this.#fragments(datagram, leaving.mtu)) {
      const ethernet = { destination: 0, source: link.mac, etherType: ETHERTYPE_IPV4 };
      const packet = this.#context.newPacket(encodeEthernet(ethernet, part), link);
      packet.isRouted = isLocal;
      packet.owner = owner;
      packet.priority = priorityOfService(datagram[1] ?? 0);
      this.#context.note(packet, "route", `${isLocal ? "local" : "unicast"} by ${link.name}`);
      this.#transmit(packet, leaving.nextHop);
    }
  }

  /**
   * Sends a packet on that came from another machine.
   *
   * @param packet The packet.
   * @param leaving Its way.
   */
  forward(packet: Packet, leaving: Leaving): void {
    packet.link = leaving.link;
    const datagram = packet.bytes.subarray(packet.networkOffset);
    if (datagram.length > leaving.mtu) {
      this.send(datagram, leaving);
      return this.#context.delivered(packet, "fragments of it");
    }
    this.#transmit(packet, leaving.nextHop);
  }

  #fragments(datagram: Uint8Array, mtu: number): readonly Uint8Array[] {
    if (datagram.length <= mtu) return [datagram];
    const fragments = fragmentIpv4(datagram, mtu);
    const { snmp } = this.#namespace;
    snmp.add("Ip", "FragOKs");
    snmp.add("Ip", "FragCreates", fragments.length);
    return fragments;
  }

  #transmit(packet: Packet, nextHop: Ipv4): void {
    this.#namespace.snmp.add("Ip", "OutTransmits");
    this.#arp.send(packet, nextHop, this.#unreachable);
  }
}

function isUsable(route: Route): boolean {
  return route.link === undefined || route.link.isUp;
}

/** The kernel's choice of a source address. */
function sourceOf(route: Route, destination: Ipv4, link: Link): Ipv4 | undefined {
  if (route.preferredSource !== undefined) {
    return isLoopback(destination) ? destination : route.preferredSource;
  }
  if (route.type === "local") return destination;
  return link.addresses.find(({ scope }) => scope === "global")?.local;
}
