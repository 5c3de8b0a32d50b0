import type { Ipv4 } from "../model/ipv4.ts";
import type { MachineObserver } from "../model/machine.ts";
import type { NetworkNamespace } from "../model/namespace.ts";
import { ICMP_TYPE, UNREACHABLE_CODE } from "../packet/icmp.ts";
import {
  type DecodedIpv4,
  decodeIpv4,
  encodeIpv4,
  faultOfIpv4,
  IPV4_HEADER_BYTES,
  type Ipv4Fault,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
  writeHeaderChecksum,
} from "../packet/ipv4.ts";
import { readOptions } from "../packet/ipv4_options.ts";
import { EchoSockets } from "../socket/echo_sockets.ts";
import { TcpSockets } from "../socket/tcp_sockets.ts";
import { UdpSockets } from "../socket/udp_sockets.ts";
import { NS_PER_MS } from "../time/virtual_clock.ts";
import { Arp } from "./arp.ts";
import { Forwarding } from "./forward.ts";
import { Icmp } from "./icmp.ts";
import { type FaultyDatagram, IcmpErrors } from "./icmp_errors.ts";
import { type DestinationKind, type InputRoute, REVERSE_PATH, routeInput } from "./input_route.ts";
import { Ipv4Output, type OutputRoute, type SendFailure } from "./ipv4_output.ts";
import type { Packet, PacketOwner } from "./packet.ts";
import type { IpStack, PathContext } from "./path_context.ts";
import { PathMtus } from "./path_mtus.ts";
import { Reassembly } from "./reassembly.ts";

export type { OutputRoute, SendFailure } from "./ipv4_output.ts";

/** First byte of an IPv4 header without options: its version, and its length in words. */
const PLAIN_HEADER = 0x45;

/** Largest datagram in bytes. */
const DATAGRAM_BYTES_MAX = 65_535;

/** A datagram that a namespace wants to send. */
export interface OutgoingDatagram {
  /** Where from; the kernel's choice when left out. */
  readonly source?: Ipv4;
  /** Where to. */
  readonly destination: Ipv4;
  /** Protocol number. */
  readonly protocol: number;
  /** Traffic class byte; 0 when left out. */
  readonly trafficClass?: number;
  /**
   * Whether it must not be fragmented, here or by routers; `"where it fits"` forbids routers what
   * this machine would not do either, as sockets do by default. False when left out.
   */
  readonly dontFragment?: boolean | "where it fits";
  /** Option bytes of its header, a multiple of 4; none when left out. */
  readonly options?: Uint8Array;
  /** Whoever is charged for it while it waits on this machine; nobody when left out. */
  readonly owner?: PacketOwner;
  /** Makes what it carries, once the source address is known. */
  readonly payload: (source: Ipv4) => Uint8Array;
}

/** A datagram that has reached its namespace. */
export interface ArrivedDatagram {
  /** The packet. */
  readonly packet: Packet;
  /** Its header. */
  readonly header: DecodedIpv4;
  /** Whom it is for. */
  readonly to: DestinationKind;
  /** What it carries. */
  readonly payload: Uint8Array;
}

/** The IPv4 stack of one namespace. */
export class Ipv4Stack implements IpStack {
  /** Its UDP sockets. */
  readonly udp: UdpSockets;
  /** Its TCP sockets. */
  readonly tcp: TcpSockets;
  /** Its sockets for ICMP echo. */
  readonly echo: EchoSockets;
  /** What routers have said of the paths from here. */
  readonly pathMtus: PathMtus;
  readonly #context: PathContext;
  readonly #namespace: NetworkNamespace;
  readonly #arp: Arp;
  readonly #output: Ipv4Output;
  readonly #errors: IcmpErrors;
  readonly #forwarding: Forwarding;
  readonly #reassembly: Reassembly;
  readonly #icmp: Icmp;
  #identification = 0;

  /**
   * @param context What is around it.
   * @param namespace Whose stack.
   */
  constructor(context: PathContext, namespace: NetworkNamespace) {
    this.#context = context;
    this.#namespace = namespace;
    this.#arp = new Arp(context, namespace);
    this.pathMtus = new PathMtus(context.clock);
    this.#output = new Ipv4Output(context, namespace, {
      arp: this.#arp,
      pathMtus: this.pathMtus,
      unreachable: (packet) => this.#hostUnreachable(packet),
    });
    this.#errors = new IcmpErrors(namespace, context.clock, (datagram) => this.send(datagram));
    this.#forwarding = new Forwarding(context, namespace, this.#errors);
    this.#reassembly = new Reassembly(context, namespace, (packet, header) => {
      this.#errors.send({ packet, header, to: "local" }, { type: ICMP_TYPE.timeExceeded, code: 1 });
    });
    this.#icmp = new Icmp(this, namespace, this.#errors);
    this.udp = new UdpSockets(this, namespace);
    this.tcp = new TcpSockets(this, namespace, context.clock);
    this.echo = new EchoSockets(this, namespace);
    this.#followDeaths(namespace.machine.observers);
  }

  /** What is around it. */
  get context(): PathContext {
    return this.#context;
  }

  /** {@inheritDoc IpStack.receiveArp} */
  receiveArp(packet: Packet): void {
    this.#arp.receive(packet);
  }

  /** {@inheritDoc IpStack.receiveIp} */
  receiveIp(packet: Packet): void {
    const { snmp } = this.#namespace;
    if (packet.type === "otherhost") return this.#context.drop(packet, "otherhost");
    // From here on its sender is not charged for it any more (`ip_rcv_core`).
    packet.orphan();
    snmp.add("Ip", "InReceives");
    // Options are written to where they stand.
    const isPlain = packet.bytes[packet.networkOffset] === PLAIN_HEADER;
    const bytes = isPlain ? packet.bytes : packet.ownBytes;
    const header = decodeIpv4(bytes, packet.networkOffset);
    if (header === undefined || !header.checksumValid) return this.#refuseHeader(packet);
    // What a frame is padded with does not belong to the datagram.
    const end = packet.networkOffset + header.totalBytes;
    if (end < packet.bytes.length) packet.bytes = packet.bytes.subarray(0, end);
    const route: InputRoute = packet.isRouted
      ? { kind: "local", to: "local" }
      : routeInput(packet.link, header.source, header.destination);
    if (route.kind === "refused") {
      if (route.reason === REVERSE_PATH) snmp.add("TcpExt", "IPReversePathFilter");
      return this.#context.drop(packet, route.reason);
    }
    if (header.options.length > 0 && !this.#readOptions(packet, header, route)) return;
    if (route.kind === "error") return this.#forwarding.refuse(packet, header, route);
    if (route.kind === "forward") {
      if (!this.#forwarding.prepare(packet, header, route)) return;
      const { gateway = header.destination, mtu = route.link.mtu } = route.route;
      return this.#output.forward(packet, {
        link: route.link,
        isLocal: false,
        nextHop: gateway,
        mtu,
      });
    }
    if (route.to === "broadcast") snmp.add("IpExt", "InBcastPkts");
    if (route.to === "multicast") snmp.add("IpExt", "InMcastPkts");
    this.#receiveLocal(packet, header, route.to);
  }

  /**
   * Finds the way to an address.
   *
   * @param destination Where to.
   * @param from Where from; the kernel's choice when left out.
   * @returns The way, or why there is none.
   */
  routeTo(destination: Ipv4, from?: Ipv4): OutputRoute | SendFailure {
    return this.#output.routeTo(destination, from);
  }

  /**
   * Sends a datagram.
   *
   * @param datagram The datagram.
   * @returns Why it cannot be sent; undefined where it is under way.
   */
  send(datagram: OutgoingDatagram): SendFailure | undefined {
    const { destination, protocol, trafficClass = 0, options, owner } = datagram;
    const { snmp, sysctls } = this.#namespace;
    const route = this.routeTo(destination, datagram.source);
    if (typeof route === "string") {
      if (route === "network unreachable") snmp.add("Ip", "OutNoRoutes");
      return route;
    }
    const { source, mtu } = route;
    const payload = datagram.payload(source);
    const totalBytes = IPV4_HEADER_BYTES + (options?.length ?? 0) + payload.length;
    const fits = totalBytes <= mtu;
    if (totalBytes > DATAGRAM_BYTES_MAX || (!fits && datagram.dontFragment === true)) {
      return "message too long";
    }
    this.#identification = (this.#identification + 1) & 0xffff;
    const header = {
      ...{ source, destination, protocol, trafficClass },
      identification: this.#identification,
      ttl: sysctls.number("net.ipv4.ip_default_ttl"),
      dontFragment: fits && (datagram.dontFragment ?? false) !== false,
      ...(options === undefined ? {} : { options }),
    };
    snmp.add("Ip", "OutRequests");
    this.#output.send(encodeIpv4(header, payload), { ...route, owner });
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
  portUnreachable(datagram: FaultyDatagram): void {
    const { port: code } = UNREACHABLE_CODE;
    this.#errors.send(datagram, { type: ICMP_TYPE.destinationUnreachable, code });
  }

  #refuseHeader(packet: Packet): void {
    const { snmp } = this.#namespace;
    const fault = faultOfIpv4(packet.bytes, packet.networkOffset) ?? "header";
    if (fault === "truncated") snmp.add("IpExt", "InTruncatedPkts");
    else snmp.add("Ip", "InHdrErrors");
    if (fault === "checksum") snmp.add("IpExt", "InCsumErrors");
    this.#context.drop(packet, HEADER_FAULTS[fault]);
  }

  /** Reads the options and writes what they ask for. Tells whether the datagram goes on. */
  #readOptions(packet: Packet, header: DecodedIpv4, route: InputRoute): boolean {
    const address = route.kind === "forward"
      ? route.link.addresses[0]?.local ?? 0
      : header.destination;
    const timeMs = Math.floor(this.#context.clock.nowNs / NS_PER_MS);
    const reading = readOptions(header.options, { address, timeMs });
    writeHeaderChecksum(packet.bytes, packet.networkOffset, header.headerBytes);
    if (reading.kind === "fault") {
      this.#namespace.snmp.add("Ip", "InHdrErrors");
      const to = route.kind === "local" ? route.to : undefined;
      const rest = (IPV4_HEADER_BYTES + reading.at) * 0x1000000;
      const message = { type: ICMP_TYPE.parameterProblem, code: 0, rest };
      this.#errors.send({ packet, header, to }, message);
      this.#context.drop(packet, "bad IP options");
      return false;
    }
    // Of `all` and the link both must allow it, and `all` never does by default.
    if (reading.hasSourceRoute) this.#context.drop(packet, "source route (accept_source_route)");
    return !reading.hasSourceRoute;
  }

  #receiveLocal(packet: Packet, header: DecodedIpv4, to: DestinationKind): void {
    if (header.moreFragments || header.fragmentOffsetBytes > 0) {
      const whole = this.#reassembly.add(packet, header);
      const read = whole && decodeIpv4(whole.bytes, whole.networkOffset);
      if (whole !== undefined && read !== undefined) this.#receiveLocal(whole, read, to);
      return;
    }
    const begin = packet.networkOffset + header.headerBytes;
    const payload = packet.bytes.subarray(begin, packet.networkOffset + header.totalBytes);
    this.#deliver({ packet, header, to, payload });
  }

  /** Sockets end with the process that holds them, and with their namespace. */
  #followDeaths(observers: Set<MachineObserver>): void {
    const observer: MachineObserver = {
      processEnded: (process) => this.tcp.processEnded(process),
      namespaceDied: (namespace) => {
        if (namespace !== this.#namespace) return;
        this.tcp.namespaceDied();
        observers.delete(observer);
      },
    };
    observers.add(observer);
  }

  #deliver(datagram: ArrivedDatagram): void {
    const { protocol } = datagram.header;
    const { snmp } = this.#namespace;
    if (protocol === PROTOCOL_ICMP) {
      snmp.add("Ip", "InDelivers");
      this.#icmp.receive(datagram);
    } else if (protocol === PROTOCOL_UDP) {
      snmp.add("Ip", "InDelivers");
      this.udp.receive(datagram);
    } else if (protocol === PROTOCOL_TCP) {
      snmp.add("Ip", "InDelivers");
      this.tcp.receive(datagram);
    } else {
      snmp.add("Ip", "InUnknownProtos");
      const { protocol: code } = UNREACHABLE_CODE;
      this.#errors.send(datagram, { type: ICMP_TYPE.destinationUnreachable, code });
      this.drop(datagram.packet, `no handler for IP protocol ${protocol}`);
    }
  }

  /** Nobody answered for the next hop: the sender hears of it by an ICMP error. */
  #hostUnreachable(packet: Packet): void {
    const header = decodeIpv4(packet.bytes, packet.networkOffset);
    if (header === undefined) return;
    const { host: code } = UNREACHABLE_CODE;
    const message = { type: ICMP_TYPE.destinationUnreachable, code };
    this.#errors.send({ packet, header, to: undefined }, message);
  }
}

const HEADER_FAULTS: Readonly<Record<Ipv4Fault, string>> = {
  header: "bad IP header",
  checksum: "bad IP checksum",
  truncated: "shorter than its IP header says",
};
