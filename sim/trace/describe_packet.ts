import { formatIpv4 } from "../model/ipv4.ts";
import { decodeArp } from "../packet/arp.ts";
import { readUint16, readUint8 } from "../packet/bytes.ts";
import { ETHERTYPE_ARP, ETHERTYPE_IPV4 } from "../packet/ethernet.ts";
import { decodeIpv4, PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from "../packet/ipv4.ts";
import { TCP_FLAG } from "../packet/tcp.ts";

/** The parts of a frame that its description is made of. */
export interface FrameView {
  /** The frame from its Ethernet header on. */
  readonly bytes: Uint8Array;
  /** EtherType. */
  readonly protocol: number;
  /** Where the network header begins. */
  readonly networkOffset: number;
}

/**
 * Names a frame in one line: its protocol, its ends and its size.
 *
 * @param frame The frame.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const frame = { bytes: new Uint8Array(60), protocol: 0x86dd, networkOffset: 14 };
 * assertEquals(describePacket(frame), "ethertype 86dd, 60 bytes");
 * ```
 */
export function describePacket(frame: FrameView): string {
  const size = `${frame.bytes.length} bytes`;
  if (frame.protocol === ETHERTYPE_ARP) return describeArp(frame);
  if (frame.protocol !== ETHERTYPE_IPV4) {
    return `ethertype ${frame.protocol.toString(16).padStart(4, "0")}, ${size}`;
  }
  const header = decodeIpv4(frame.bytes, frame.networkOffset);
  if (header === undefined) return `malformed IPv4, ${size}`;
  const [from, to] = [formatIpv4(header.source), formatIpv4(header.destination)];
  const at = frame.networkOffset + header.headerBytes;
  if (header.fragmentOffsetBytes > 0) {
    return `fragment at ${header.fragmentOffsetBytes} ${from} → ${to}, ${size}`;
  }
  const describe = BY_PROTOCOL[header.protocol];
  if (describe === undefined || at + 8 > frame.bytes.length) {
    return `IP protocol ${header.protocol} ${from} → ${to}, ${size}`;
  }
  return `${describe(frame.bytes, at, from, to)}, ${size}`;
}

type DescribePayload = (bytes: Uint8Array, at: number, from: string, to: string) => string;

const BY_PROTOCOL: Readonly<Record<number, DescribePayload>> = {
  [PROTOCOL_ICMP]: (bytes, at, from, to) =>
    `ICMP ${ICMP_TYPES[readUint8(bytes, at)] ?? `type ${readUint8(bytes, at)}`} ${from} → ${to}`,
  [PROTOCOL_UDP]: (bytes, at, from, to) => `UDP ${endpoints(bytes, at, from, to)}`,
  [PROTOCOL_TCP]: (bytes, at, from, to) =>
    `TCP ${flagsOf(bytes[at + 13] ?? 0)} ${endpoints(bytes, at, from, to)}`,
};

const ICMP_TYPES: Readonly<Record<number, string>> = {
  0: "echo reply",
  3: "destination unreachable",
  5: "redirect",
  8: "echo request",
  11: "time exceeded",
};

function endpoints(bytes: Uint8Array, at: number, from: string, to: string): string {
  return `${from}:${readUint16(bytes, at)} → ${to}:${readUint16(bytes, at + 2)}`;
}

function flagsOf(bits: number): string {
  const names = Object.entries(TCP_FLAG).filter(([, bit]) => (bits & bit) !== 0);
  return names.map(([name]) => name.toUpperCase()).join("+") || "(no flags)";
}

function describeArp({ bytes, networkOffset }: FrameView): string {
  const arp = decodeArp(bytes, networkOffset);
  if (arp === undefined) return "malformed ARP";
  const [sender, target] = [formatIpv4(arp.senderAddress), formatIpv4(arp.targetAddress)];
  return arp.operation === 1
    ? `ARP who has ${target}, says ${sender}`
    : `ARP ${sender} is here, says it to ${target}`;
}
