import type { Ipv4 } from "../model/ipv4.ts";
import type { NetworkNamespace } from "../model/namespace.ts";
import { readUint8 } from "../packet/bytes.ts";
import { encodeIcmp, ICMP_TYPE, ICMP_TYPES_MAX, isIcmpError } from "../packet/icmp.ts";
import { type DecodedIpv4, IPV4_HEADER_BYTES, PROTOCOL_ICMP } from "../packet/ipv4.ts";
import type { VirtualClock } from "../time/virtual_clock.ts";
import { IcmpLimits } from "./icmp_limits.ts";
import type { DestinationKind } from "./input_route.ts";
import type { OutgoingDatagram } from "./ipv4_stack.ts";
import type { Packet } from "./packet.ts";

/** Most bytes of an ICMP error, its IP header among them. */
const ERROR_BYTES_MAX = 576;
const ICMP_HEADER_BYTES = 8;
/** Precedence of errors in the traffic class byte: internetwork control. */
const PRECEDENCE = 0xc0;
/** Bits of the traffic class byte that answers keep. */
const SERVICE_BITS = 0x1e;

/** What an error says. */
export interface IcmpErrorMessage {
  /** What it is. */
  readonly type: number;
  /** What exactly. */
  readonly code: number;
  /** Bytes 4 to 7: the gateway of a redirect, the MTU of "fragmentation needed"; 0 else. */
  readonly rest?: number;
}

/** A datagram that an error is about. */
export interface FaultyDatagram {
  /** The packet. */
  readonly packet: Packet;
  /** Its header. */
  readonly header: DecodedIpv4;
  /** Whom it is for, where it is for this machine; undefined for one under way to another. */
  readonly to: DestinationKind | undefined;
}

/** Sends ICMP errors, where they may be sent (`icmp_send`). */
export class IcmpErrors {
  /** How many may be sent. */
  readonly limits: IcmpLimits;
  readonly #namespace: NetworkNamespace;
  readonly #send: (datagram: OutgoingDatagram) => unknown;

  /**
   * @param namespace Whose errors.
   * @param clock The one clock.
   * @param send Sends a datagram of this namespace.
   */
  constructor(
    namespace: NetworkNamespace,
    clock: VirtualClock,
    send: (datagram: OutgoingDatagram) => unknown,
  ) {
    this.#namespace = namespace;
    this.#send = send;
    this.limits = new IcmpLimits(clock, namespace.machine.random);
  }

  /**
   * Tells the sender of a datagram what is wrong with it, unless it must not hear of that.
   *
   * @param faulty The datagram.
   * @param message What is wrong.
   */
  send(faulty: FaultyDatagram, message: IcmpErrorMessage): void {
    if (!mayAnswer(faulty)) return;
    const { packet, header, to } = faulty;
    const isLimited = packet.link.kind !== "loopback" && this.isLimited(message);
    if (isLimited && !this.hasCredit()) return;
    if (isLimited && !this.allows(header.source)) return;
    const rest = message.rest ?? 0;
    this.countSent(message.type);
    const quotedBytes = ERROR_BYTES_MAX - IPV4_HEADER_BYTES - ICMP_HEADER_BYTES;
    const begin = packet.networkOffset;
    const quoted = packet.bytes.slice(begin, begin + Math.min(header.totalBytes, quotedBytes));
    this.#send({
      ...(to === undefined ? {} : { source: header.destination }),
      destination: header.source,
      protocol: PROTOCOL_ICMP,
      trafficClass: (header.trafficClass & SERVICE_BITS) | PRECEDENCE,
      payload: () =>
        encodeIcmp({
          ...message,
          identifier: rest >>> 16,
          sequence: rest & 0xffff,
          payload: quoted,
        }),
    });
  }

  /** @param message A message. @returns Whether messages like it may be sent only so often. */
  isLimited({ type, code }: IcmpErrorMessage): boolean {
    const isFragmentationNeeded = type === ICMP_TYPE.destinationUnreachable && code === 4;
    const mask = this.#namespace.sysctls.number("net.ipv4.icmp_ratemask");
    return type <= ICMP_TYPES_MAX && !isFragmentationNeeded && (mask >>> type & 1) === 1;
  }

  /** Whether all hosts together may get one more message; where not, that is counted. */
  hasCredit(): boolean {
    const { sysctls, snmp } = this.#namespace;
    const perSecond = sysctls.number("net.ipv4.icmp_msgs_per_sec");
    const may = this.limits.hasCredit(perSecond, sysctls.number("net.ipv4.icmp_msgs_burst"));
    if (!may) snmp.add("Icmp", "OutRateLimitGlobal");
    return may;
  }

  /** @param host A host. @returns Whether it may get one more message; where not, it is counted. */
  allows(host: Ipv4): boolean {
    const { sysctls, snmp, routes } = this.#namespace;
    const isOwn = routes.lookup(host)?.type === "local";
    const intervalMs = sysctls.number("net.ipv4.icmp_ratelimit");
    const may = isOwn || this.limits.allowsMessage(host, intervalMs);
    if (may) this.limits.spendCredit();
    else snmp.add("Icmp", "OutRateLimitHost");
    return may;
  }

  /** @param type Type of a message that is sent. */
  countSent(type: number): void {
    const { snmp } = this.#namespace;
    snmp.add("Icmp", "OutMsgs");
    snmp.addIcmp("Out", type);
  }
}

/** Nobody hears of groups, of what came in a group's frame, of later fragments, or of errors. */
function mayAnswer({ packet, header, to }: FaultyDatagram): boolean {
  if (to === "broadcast" || to === "multicast" || packet.type !== "host") return false;
  if (header.fragmentOffsetBytes > 0) return false;
  if (header.protocol !== PROTOCOL_ICMP) return true;
  const at = packet.networkOffset + header.headerBytes;
  if (at >= packet.bytes.length) return false;
  const type = readUint8(packet.bytes, at);
  return type <= ICMP_TYPES_MAX && !isIcmpError(type);
}
