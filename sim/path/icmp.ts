import type { NetworkNamespace } from "../model/namespace.ts";
import {
  decodeIcmp,
  encodeIcmp,
  ICMP_TYPE,
  isIcmpError,
  UNREACHABLE_CODE,
} from "../packet/icmp.ts";
import { decodeIpv4, PROTOCOL_ICMP, PROTOCOL_UDP } from "../packet/ipv4.ts";
import type { ArrivedDatagram, Ipv4Stack } from "./ipv4_stack.ts";

/** Bytes of the datagram that an ICMP error carries, at most: the error must fit 576 bytes. */
const QUOTED_BYTES_MAX = 548;

/** ICMP of one namespace: echoes are answered, errors are sent and handed to sockets. */
export class Icmp {
  readonly #stack: Ipv4Stack;
  readonly #namespace: NetworkNamespace;

  /**
   * @param stack The stack that it belongs to.
   * @param namespace Whose ICMP.
   */
  constructor(stack: Ipv4Stack, namespace: NetworkNamespace) {
    this.#stack = stack;
    this.#namespace = namespace;
  }

  /**
   * Takes an ICMP message.
   *
   * @param datagram The datagram that carries it.
   */
  receive(datagram: ArrivedDatagram): void {
    const { snmp } = this.#namespace;
    const { packet, header, payload } = datagram;
    snmp.add("Icmp", "InMsgs");
    const message = decodeIcmp(payload);
    if (message === undefined || !message.checksumValid) {
      snmp.add("Icmp", "InErrors");
      return this.#stack.drop(packet, "bad ICMP checksum");
    }
    if (message.type === ICMP_TYPE.echoRequest) {
      snmp.add("Icmp", "InEchos");
      this.#stack.delivered(packet, "ICMP echo");
      snmp.add("Icmp", "OutEchoReps");
      this.#send(header.source, header.destination, { ...message, type: ICMP_TYPE.echoReply });
    } else if (message.type === ICMP_TYPE.echoReply) {
      snmp.add("Icmp", "InEchoReps");
      const isTaken = this.#stack.echo.replied(message.identifier, message.sequence);
      this.#stack.delivered(packet, isTaken ? "an echo socket" : "nobody who asked");
    } else if (isIcmpError(message.type)) {
      snmp.add("Icmp", "InDestUnreachs");
      this.#stack.delivered(packet, "ICMP error");
      this.#hearError(message.payload, message.code);
    } else {
      this.#stack.drop(packet, `ICMP type ${message.type}`);
    }
  }

  /**
   * Tells a sender that nobody listens at a port. Linux limits the rate of these; here each is
   * sent.
   *
   * @param datagram The datagram that nobody takes.
   */
  portUnreachable(datagram: ArrivedDatagram): void {
    const { packet, header } = datagram;
    const { snmp } = this.#namespace;
    snmp.add("Icmp", "OutDestUnreachs");
    const begin = packet.networkOffset;
    const end = begin + Math.min(header.totalBytes, QUOTED_BYTES_MAX);
    this.#send(header.source, header.destination, {
      type: ICMP_TYPE.destinationUnreachable,
      code: UNREACHABLE_CODE.port,
      identifier: 0,
      sequence: 0,
      payload: packet.bytes.slice(begin, end),
    });
  }

  #send(destination: number, source: number, message: Parameters<typeof encodeIcmp>[0]): void {
    this.#namespace.snmp.add("Icmp", "OutMsgs");
    this.#stack.send({
      source,
      destination,
      protocol: PROTOCOL_ICMP,
      payload: () => encodeIcmp(message),
    });
  }

  /** Finds the socket that sent what an error speaks of. */
  #hearError(quoted: Uint8Array, code: number): void {
    const header = decodeIpv4(padded(quoted));
    if (header === undefined || header.protocol !== PROTOCOL_UDP) return;
    const inner = quoted.subarray(header.headerBytes);
    this.#stack.udp.failed(
      header,
      inner,
      code === UNREACHABLE_CODE.port ? "refused" : "unreachable",
    );
  }
}

/** A quoted datagram may be cut short of the length in its header. */
function padded(quoted: Uint8Array): Uint8Array {
  const length = ((quoted[2] ?? 0) << 8) | (quoted[3] ?? 0);
  if (quoted.length >= length) return quoted;
  const whole = new Uint8Array(length);
  whole.set(quoted);
  return whole;
}
