import { parseIpv4 } from "../../routing/address.ts";
import { ETHERNET_BYTES, FrameLayout, headerBytes } from "./frame_layout.ts";
import { isTagged } from "./packet_test.ts";
import type { PacketSet } from "./packet_set.ts";
import {
  NETWORK,
  type Position,
  QUOTE,
  QUOTED_TRANSPORT,
  TAG,
  TRANSPORT,
  TYPE,
  unitsAt,
} from "./position.ts";
import type { SteeredHost } from "./steering.ts";

const PROTOCOL = { icmp: 1, tcp: 6, udp: 17 };
const TYPE_IP = 0x0800;
const TYPE_ARP = 0x0806;

/** Bytes from a transport's header on, and from a quoted one on: a header and some data. */
const TRANSPORT_BYTES = 28;
const QUOTED_BYTES = 8;
const ARP_BYTES = 28;

/** Where lengths and checksums are, which follow from the rest unless a filter asked for them. */
const TOTAL_LENGTH = NETWORK + 2;
const HEADER_CHECKSUM = NETWORK + 10;
const UDP_LENGTH = TRANSPORT + 4;
const TCP_CHECKSUM = TRANSPORT + 16;
const ICMP_CHECKSUM = TRANSPORT + 2;

/**
 * Makes a frame out of a set of packets: one with sound lengths and checksums, as far as the set
 * has one, so that whoever it reaches takes it.
 *
 * @param packets The set.
 * @param host Whose addresses it bears where the set leaves them open.
 */
export function exampleFrame(packets: PacketSet, host: SteeredHost): Uint8Array<ArrayBuffer> {
  const usual = usualValues(host);
  const pick = (position: Position): number => {
    const values = packets.at(position);
    const wished = usual.get(position) ?? 0;
    return values.contains(wished) ? wished : values.intervals[0]?.begin ?? 0;
  };
  const isInVlan = isTagged(packets);
  const isIp = pick(TYPE) === TYPE_IP;
  const header = headerBytes(pick(NETWORK));
  const quoted = headerBytes(pick(QUOTE));
  const layout = new FrameLayout(isInVlan, header, quoted);
  const network = layout.indexOf(NETWORK);
  const isIcmp = pick(NETWORK + 9) === PROTOCOL.icmp;
  const behind = isIcmp ? QUOTE - TRANSPORT + quoted + QUOTED_BYTES : TRANSPORT_BYTES;
  const wholeBytes = network + (isIp ? header + behind : ARP_BYTES);
  const bytes = new Uint8Array(Math.max(wholeBytes, layout.indexOf(packets.whole)));
  const parts = [
    [NETWORK - ETHERNET_BYTES, ETHERNET_BYTES],
    ...(isIp
      ? [[NETWORK, header], [TRANSPORT, isIcmp ? 8 + quoted : behind]] as const
      : [[NETWORK, ARP_BYTES]] as const),
    ...(isIp && isIcmp ? [[QUOTED_TRANSPORT, QUOTED_BYTES]] as const : []),
  ] as const;
  const view = new DataView(bytes.buffer);
  for (const [begin, length] of parts) {
    for (const { position, bytes: size } of unitsAt(begin, length)) {
      const isType = isInVlan && position === TYPE;
      const index = isType ? network - 2 : layout.indexOf(position);
      if (size === 2) view.setUint16(index, pick(position));
      else view.setUint8(index, pick(position));
    }
  }
  if (isInVlan) {
    view.setUint16(ETHERNET_BYTES - 2, pick(TAG));
    view.setUint16(ETHERNET_BYTES, VLAN_ID);
  }
  if (isIp) soundLengths(packets, view, layout);
  const cut = packets.cut === Infinity ? bytes.length : layout.indexOf(packets.cut) - 1;
  return bytes.slice(0, Math.min(bytes.length, cut));
}

/** Some VLAN, for frames of one. */
const VLAN_ID = 1;

/** Values of a frame that nobody would wonder at: a datagram from outside to the host. */
function usualValues({ mac, address, gateway }: SteeredHost): Map<Position, number> {
  const usual = new Map<Position, number>();
  const set = (begin: Position, length: number, number: number) => {
    for (const { position, bytes } of unitsAt(begin, length)) {
      const shift = 2 ** (8 * (begin + length - position - bytes));
      usual.set(position, Math.floor(number / shift) % 2 ** (8 * bytes));
    }
  };
  const [own, other] = [parseIpv4(address), parseIpv4(gateway)];
  const ownMac = Number.parseInt(mac.replaceAll(":", ""), 16);
  set(NETWORK - 14, 6, ownMac);
  set(NETWORK - 8, 6, ownMac);
  set(TYPE, 2, TYPE_ARP);
  set(NETWORK, 1, 0x45);
  set(NETWORK + 8, 2, 64 << 8 | PROTOCOL.udp);
  set(NETWORK + 12, 4, other);
  set(NETWORK + 16, 4, own);
  // Three bytes of "no operation" and the end of the list, over and over.
  for (let at = NETWORK + 20; at < NETWORK + 60; at += 4) set(at, 4, 0x01010100);
  set(TRANSPORT, 4, 9 << 16 | 9);
  set(QUOTE, 1, 0x45);
  set(QUOTE + 8, 2, 64 << 8 | PROTOCOL.udp);
  set(QUOTE + 12, 4, own);
  set(QUOTE + 16, 4, other);
  return usual;
}

/** Sets lengths and checksums right, but for those that the set itself fixes. */
function soundLengths(packets: PacketSet, view: DataView, layout: FrameLayout): void {
  const [network, transport] = [layout.indexOf(NETWORK), layout.indexOf(TRANSPORT)];
  const fixed = packets.positions;
  const write = (position: Position, value: number) => {
    if (!fixed.has(position)) view.setUint16(layout.indexOf(position), value);
  };
  const bytes = new Uint8Array(view.buffer);
  write(TOTAL_LENGTH, bytes.length - network);
  write(HEADER_CHECKSUM, 0);
  write(HEADER_CHECKSUM, checksum(bytes.subarray(network, transport)));
  const protocol = bytes[network + 9];
  const segment = bytes.subarray(transport);
  if (protocol === PROTOCOL.udp) write(UDP_LENGTH, segment.length);
  if (protocol === PROTOCOL.icmp && !fixed.has(ICMP_CHECKSUM)) {
    write(ICMP_CHECKSUM, 0);
    write(ICMP_CHECKSUM, checksum(segment));
  }
  if (protocol === PROTOCOL.tcp) {
    view.setUint8(transport + 12, TCP_HEADER_WORDS << 4);
    view.setUint8(transport + 13, TCP_SYN);
    const addresses = bytes.subarray(network + 12, network + 20);
    write(TCP_CHECKSUM, 0);
    write(
      TCP_CHECKSUM,
      checksum(Uint8Array.of(...addresses, 0, PROTOCOL.tcp, 0, segment.length, ...segment)),
    );
  }
}

const TCP_HEADER_WORDS = 5;
const TCP_SYN = 0x02;

/** The ones' complement of the ones' complement sum of 16-bit words (RFC 1071). */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  bytes.forEach((byte, i) => sum += i % 2 === 0 ? byte << 8 : byte);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
