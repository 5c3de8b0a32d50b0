import type { NetworkNamespace } from "../model/namespace.ts";
import { readUint16, readUint8, writeUint32 } from "../packet/bytes.ts";
import {
  decodeIcmp,
  encodeIcmp,
  ICMP_TYPE,
  ICMP_TYPES_MAX,
  type IcmpMessage,
  isIcmpError,
  UNREACHABLE_CODE,
} from "../packet/icmp.ts";
import {
  decodeIpv4,
  IPV4_HEADER_BYTES,
  PROTOCOL_ICMP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from "../packet/ipv4.ts";
import { echoOptions, readOptions } from "../packet/ipv4_options.ts";
import { NS_PER_MS } from "../time/virtual_clock.ts";
import type { IcmpErrors } from "./icmp_errors.ts";
import type { ArrivedDatagram, Ipv4Stack } from "./ipv4_stack.ts";

/** Bytes behind the inner IP header that an error must carry to find a socket. */
const QUOTED_BYTES_MIN = 8;
/** The highest code of a destination-unreachable message (`NR_ICMP_UNREACH`). */
const UNREACHABLE_CODES_MAX = 15;

/** ICMP of one namespace: echoes are answered, errors are handed to sockets. */
export class Icmp {
  readonly #stack: Ipv4Stack;
  readonly #namespace: NetworkNamespace;
  readonly #errors: IcmpErrors;

  /**
   * @param stack The stack that it belongs to.
   * @param namespace Whose ICMP.
   * @param errors How messages are counted and limited.
   */
  constructor(stack: Ipv4Stack, namespace: NetworkNamespace, errors: IcmpErrors) {
    this.#stack = stack;
    this.#namespace = namespace;
    this.#errors = errors;
  }

  /**
   * Takes an ICMP message.
   *
   * @param datagram The datagram that carries it.
   */
  receive(datagram: ArrivedDatagram): void {
    const { snmp } = this.#namespace;
    const { packet, payload } = datagram;
    snmp.add("Icmp", "InMsgs");
    const message = decodeIcmp(payload);
    if (message === undefined || !message.checksumValid) {
      if (message !== undefined) snmp.add("Icmp", "InCsumErrors");
      return this.#refuse(datagram, message === undefined ? "short ICMP" : "bad ICMP checksum");
    }
    const { type } = message;
    snmp.addIcmp("In", type);
    if (type > ICMP_TYPES_MAX && !isExtendedEcho(type)) {
      return this.#refuse(datagram, `unknown ICMP type ${type}`);
    }
    if (datagram.to !== "local" && !this.#mayAnswerGroup(type)) {
      return this.#refuse(datagram, "ICMP to a group (icmp_echo_ignore_broadcasts)");
    }
    if (type === ICMP_TYPE.echoRequest) return this.#echo(datagram, message);
    if (type === ICMP_TYPE.timestamp) return this.#timestamp(datagram, message);
    if (type === ICMP_TYPE.echoReply) {
      const isTaken = this.#stack.echo.replied(message.identifier, message.sequence);
      return this.#stack.delivered(packet, isTaken ? "an echo socket" : "nobody who asked");
    }
    if (!isIcmpError(type)) return this.#stack.drop(packet, `ICMP type ${type} is not answered`);
    this.#hearError(datagram, message);
  }

  get #timeMs(): number {
    return Math.floor(this.#stack.context.clock.nowNs / NS_PER_MS);
  }

  #refuse({ packet }: ArrivedDatagram, reason: string): void {
    this.#namespace.snmp.add("Icmp", "InErrors");
    this.#stack.drop(packet, reason);
  }

  #mayAnswerGroup(type: number): boolean {
    const ignores = this.#namespace.sysctls.number("net.ipv4.icmp_echo_ignore_broadcasts") > 0;
    return (type === ICMP_TYPE.echoRequest || type === ICMP_TYPE.timestamp) && !ignores;
  }

  #echo(datagram: ArrivedDatagram, message: IcmpMessage): void {
    if (this.#namespace.sysctls.number("net.ipv4.icmp_echo_ignore_all") > 0) {
      return this.#stack.drop(datagram.packet, "icmp_echo_ignore_all");
    }
    this.#stack.delivered(datagram.packet, "ICMP echo");
    this.#reply(datagram, { ...message, type: ICMP_TYPE.echoReply });
  }

  /** The answer holds when the question came and when it left, in milliseconds. */
  #timestamp(datagram: ArrivedDatagram, message: IcmpMessage): void {
    if (message.payload.length < 4) return this.#refuse(datagram, "short ICMP timestamp");
    const payload = new Uint8Array(12);
    payload.set(message.payload.subarray(0, 4));
    writeUint32(payload, 4, this.#timeMs);
    writeUint32(payload, 8, this.#timeMs);
    this.#stack.delivered(datagram.packet, "ICMP timestamp");
    this.#reply(datagram, { ...message, type: ICMP_TYPE.timestampReply, code: 0, payload });
  }

  /** Sends an answer back, by the options and in the traffic class of the question. */
  #reply({ header, to }: ArrivedDatagram, message: IcmpMessage): void {
    const isLimited = this.#errors.isLimited(message);
    if (isLimited && !(this.#errors.hasCredit() && this.#errors.allows(header.source))) return;
    // Linux counts the answer to a timestamp as one to an echo.
    this.#errors.countSent(ICMP_TYPE.echoReply);
    const options = echoOptions(header.options);
    // The answer records its own way from here on.
    readOptions(options, { address: header.destination, timeMs: this.#timeMs });
    this.#stack.send({
      ...(to === "local" ? { source: header.destination } : {}),
      destination: header.source,
      protocol: PROTOCOL_ICMP,
      trafficClass: header.trafficClass,
      ...(options.length === 0 ? {} : { options }),
      payload: () => encodeIcmp(message),
    });
  }

  /** Finds the socket that sent what an error speaks of. */
  #hearError(datagram: ArrivedDatagram, message: IcmpMessage): void {
    const { packet } = datagram;
    const { type, code, payload: quoted } = message;
    const innerBytes = quoted.length < IPV4_HEADER_BYTES ? 0 : (readUint8(quoted, 0) & 0xf) * 4;
    if (innerBytes < IPV4_HEADER_BYTES) return this.#refuse(datagram, "mangled ICMP error");
    if (isIgnored(message)) return this.#stack.delivered(packet, "ICMP error that says nothing");
    const inner = decodeIpv4(padded(quoted));
    if (inner === undefined || quoted.length < innerBytes + QUOTED_BYTES_MIN) {
      return this.#refuse(datagram, "mangled ICMP error");
    }
    if (type === ICMP_TYPE.redirect) {
      this.#stack.context.find("an ICMP redirect came, which changes no route here");
    }
    const isFragmentationNeeded = type === ICMP_TYPE.destinationUnreachable &&
      code === UNREACHABLE_CODE.fragmentationNeeded;
    const segment = quoted.subarray(innerBytes);
    const isFound = this.#tell(inner, segment, { type, code });
    if (!isFound) return this.#refuse(datagram, "ICMP error about no socket");
    if (isFragmentationNeeded && message.sequence > 0) {
      this.#stack.pathMtus.learn(inner.destination, message.sequence);
      if (inner.protocol === PROTOCOL_TCP) this.#stack.tcp.pathShrank(inner, segment);
    }
    this.#stack.delivered(packet, "ICMP error");
  }

  /** Tells whether there is a socket that an error is for. */
  #tell(
    inner: { readonly protocol: number; readonly source: number; readonly destination: number },
    segment: Uint8Array,
    error: { readonly type: number; readonly code: number },
  ): boolean {
    if (inner.protocol === PROTOCOL_UDP) return this.#stack.udp.failed(inner, segment, error);
    if (inner.protocol === PROTOCOL_TCP) return this.#stack.tcp.failed(inner, segment, error);
    if (inner.protocol === PROTOCOL_ICMP) return this.#stack.echo.knows(readUint16(segment, 4));
    return true;
  }
}

/** Extended echoes (RFC 8335) are known, and not answered by default. */
function isExtendedEcho(type: number): boolean {
  return type === 42 || type === 43;
}

/** Errors that no socket hears of. */
function isIgnored({ type, code }: IcmpMessage): boolean {
  if (type === ICMP_TYPE.timeExceeded) return code === 1;
  return type === ICMP_TYPE.destinationUnreachable && code > UNREACHABLE_CODES_MAX;
}

/** A quoted datagram may be cut short of the length in its header. */
function padded(quoted: Uint8Array): Uint8Array {
  const length = readUint16(quoted, 2);
  if (quoted.length >= length) return quoted;
  const whole = new Uint8Array(length);
  whole.set(quoted);
  return whole;
}
