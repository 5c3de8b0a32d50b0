import type { Ipv4 } from "../model/ipv4.ts";
import type { Link } from "../model/link.ts";
import type { NetworkNamespace } from "../model/namespace.ts";
import type { Route } from "../model/route.ts";
import { encodeEthernet, ETHERNET_HEADER_BYTES, ETHERTYPE_IPV4 } from "../packet/ethernet.ts";
import {
  type DecodedIpv4,
  decodeIpv4,
  encodeIpv4,
  PROTOCOL_ICMP,
  PROTOCOL_UDP,
} from "../packet/ipv4.ts";
import { isLoopback } from "../packet/ipv4_address.ts";
import { EchoSockets } from "../socket/echo_sockets.ts";
import { UdpSockets } from "../socket/udp_sockets.ts";
import { Icmp } from "./icmp.ts";
import { Neighbours } from "./neighbours.ts";
import type { Packet } from "./packet.ts";
import type { IpStack, PathContext } from "./path_context.ts";
import { routeInput } from "./source_check.ts";

/** A datagram that a namespace wants to send. */
export interface OutgoingDatagram {
  /** Where from; the kernel's choice when left out. */
  readonly source?: Ipv4;
  /** Where to. */
  readonly destination: Ipv4;
  /** Protocol number. */
  readonly protocol: number;
  /** Makes what it carries, once the source address is known. */
  readonly payload: (source: Ipv4) => Uint8Array;
}

/** A datagram that has reached its namespace. */
export interface ArrivedDatagram {
  /** The packet. */
  readonly packet: Packet;
  /** Its header. */
  readonly header: DecodedIpv4;
  /** What it carries. */
  readonly payload: Uint8Array;
}

/** Why a datagram cannot be sent at all. */
export type SendFailure = "network unreachable" | "invalid source" | "message too long";

/** The IPv4 stack of one namespace. */
export class Ipv4Stack implements IpStack {
  /** Its UDP sockets. */
  readonly udp: UdpSockets;
  /** Its sockets for ICMP echo. */
  readonly echo: EchoSockets;
  readonly #context: PathContext;
  readonly #namespace: NetworkNamespace;
  readonly #neighbours: Neighbours;
  readonly #icmp: Icmp;
  #identification = 0;

  /**
   * @param context What is around it.
   * @param namespace Whose stack.
   */
  constructor(context: PathContext, namespace: NetworkNamespace) {
    this.#context = context;
    this.#namespace = namespace;
    this.#neighbours = new Neighbours(context, namespace);
    this.#icmp = new Icmp(this, namespace);
    this.udp = new UdpSockets(this, namespace);
    this.echo = new EchoSockets(this, namespace);
  }

  /** {@inheritDoc IpStack.receiveArp} */
  receiveArp(packet: Packet): void {
    this.#neighbours.receive(packet);
  }

  /** {@inheritDoc IpStack.receiveIp} */
  receiveIp(packet: Packet): void {
    const { snmp } = this.#namespace;
    if (packet.type === "otherhost") return this.#context.drop(packet, "otherhost");
    snmp.add("Ip", "InReceives");
    const header = decodeIpv4(packet.bytes, packet.networkOffset);
    if (header === undefined || !header.checksumValid) {
      snmp.add("Ip", "InHdrErrors");
      return this.#context.drop(packet, "bad IP header");
    }
    if (!packet.isRouted) {
      const route = routeInput(packet.link, header.source, header.destination);
      if (route.kind === "refused") {
        snmp.add("Ip", "InAddrErrors");
        return this.#context.drop(packet, route.reason);
      }
    }
    if (header.moreFragments || header.fragmentOffsetBytes > 0) {
      // Linux would wait for the other fragments; here they never become whole.
      return this.#context.drop(packet, "fragment: reassembly is not modelled");
    }
    snmp.add("Ip", "InDelivers");
    const begin = packet.networkOffset + header.headerBytes;
    const payload = packet.bytes.subarray(begin, packet.networkOffset + header.totalBytes);
    this.#deliver({ packet, header, payload });
  }

  /**
   * Sends a datagram.
   *
   * @param datagram The datagram.
   * @returns Why it cannot be sent; undefined where it is under way.
   */
  send(datagram: OutgoingDatagram): SendFailure | undefined {
    const { destination, protocol } = datagram;
    const route = this.#namespace.routes.lookup(destination, isUsable);
    const isLocal = route?.type === "local";
    const link = isLocal ? this.#namespace.loopback : route?.link;
    if (route === undefined || link === undefined || !link.isUp) {
      this.#namespace.snmp.add("Ip", "OutNoRoutes");
      return "network unreachable";
    }
    const source = datagram.source ?? sourceOf(route, destination, link);
    if (source === undefined) return "network unreachable";
    if (isLoopback(source) && !isLocal && link.inetConf("route_localnet") === 0) {
      return "invalid source";
    }
    const payload = datagram.payload(source);
    this.#identification = (this.#identification + 1) & 0xffff;
    const identification = this.#identification;
    const ip = encodeIpv4({ source, destination, protocol, identification }, payload);
    if (ip.length > link.mtu) return "message too long";
    this.#namespace.snmp.add("Ip", "OutRequests");
    const ethernet = { destination: 0, source: link.mac, etherType: ETHERTYPE_IPV4 };
    const packet = this.#context.newPacket(encodeEthernet(ethernet, ip), link);
    packet.isRouted = isLocal;
    this.#context.note(packet, "route", `${isLocal ? "local" : "unicast"} by ${link.name}`);
    const nextHop = route.gateway ?? destination;
    this.#neighbours.send(packet, nextHop, (lost) => this.#hostUnreachable(lost));
    return undefined;
  }

  /** Ends a datagram's way in its namespace. */
  delivered(packet: Packet, to: string): void {
    this.#context.delivered(packet, to);
  }

  /** Ends a datagram's way in nothing. */
  drop(packet: Packet, reason: string): void {
    this.#context.drop(packet, reason);
  }

  /**
   * Answers a datagram that nobody takes.
   *
   * @param datagram The datagram.
   */
  portUnreachable(datagram: ArrivedDatagram): void {
    this.#icmp.portUnreachable(datagram);
  }

  #deliver(datagram: ArrivedDatagram): void {
    const { protocol } = datagram.header;
    if (protocol === PROTOCOL_ICMP) this.#icmp.receive(datagram);
    else if (protocol === PROTOCOL_UDP) this.udp.receive(datagram);
    else this.drop(datagram.packet, `no handler for IP protocol ${protocol}`);
  }

  /** Nobody answered for the next hop: the sender hears of it as of an ICMP error. */
  #hostUnreachable(packet: Packet): void {
    const header = decodeIpv4(packet.bytes, ETHERNET_HEADER_BYTES);
    if (header === undefined) return;
    const begin = ETHERNET_HEADER_BYTES + header.headerBytes;
    const inner = packet.bytes.subarray(begin);
    if (header.protocol === PROTOCOL_UDP) this.udp.failed(header, inner, "unreachable");
    if (header.protocol === PROTOCOL_ICMP) this.echo.failed(inner);
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
