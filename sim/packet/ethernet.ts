/**
 * Ethernet II frames and 802.1Q tags.
 *
 * @module
 */

import { readUint16, writeUint16 } from "./bytes.ts";
import { readMac, writeMac } from "./mac_address.ts";

/** Bytes of an Ethernet header without tags. */
export const ETHERNET_HEADER_BYTES = 14;

/** Bytes that one 802.1Q tag adds. */
export const VLAN_TAG_BYTES = 4;

/** EtherType of IPv4. */
export const ETHERTYPE_IPV4 = 0x0800;

/** EtherType of ARP. */
export const ETHERTYPE_ARP = 0x0806;

/** EtherType of IPv6. */
export const ETHERTYPE_IPV6 = 0x86dd;

/** EtherType of an 802.1Q tag. */
export const ETHERTYPE_VLAN = 0x8100;

/** EtherType of a provider's 802.1ad tag, the outer one of two. */
export const ETHERTYPE_SERVICE_VLAN = 0x88a8;

/** What is below this in the type field is a length: the frame is an IEEE 802.3 one. */
export const ETHERTYPE_MIN = 0x0600;

/** An Ethernet header. */
export interface EthernetHeader {
  /** MAC address of the receiver. */
  readonly destination: number;
  /** MAC address of the sender. */
  readonly source: number;
  /** What the payload is; the inner type where there is a tag. */
  readonly etherType: number;
  /** 802.1Q tag control bits (priority, drop bit, 12-bit VLAN id), where the frame has a tag. */
  readonly vlanTag?: number;
}

/**
 * Writes a frame.
 *
 * @param header The header.
 * @param payload What follows it.
 * @returns The whole frame, without check sequence or padding.
 */
export function encodeEthernet(header: EthernetHeader, payload: Uint8Array): Uint8Array {
  const tagged = header.vlanTag !== undefined;
  const headerBytes = ETHERNET_HEADER_BYTES + (tagged ? VLAN_TAG_BYTES : 0);
  const frame = new Uint8Array(headerBytes + payload.length);
  writeMac(frame, 0, header.destination);
  writeMac(frame, 6, header.source);
  if (header.vlanTag !== undefined) {
    writeUint16(frame, 12, ETHERTYPE_VLAN);
    writeUint16(frame, 14, header.vlanTag);
  }
  writeUint16(frame, headerBytes - 2, header.etherType);
  frame.set(payload, headerBytes);
  return frame;
}

/**
 * Reads a frame's header.
 *
 * @param frame The whole frame.
 * @returns The header, and where the payload begins; undefined for a frame cut short.
 */
export function decodeEthernet(
  frame: Uint8Array,
): { readonly header: EthernetHeader; readonly payloadOffset: number } | undefined {
  if (frame.length < ETHERNET_HEADER_BYTES) return undefined;
  const addresses = { destination: readMac(frame, 0), source: readMac(frame, 6) };
  const etherType = readUint16(frame, 12);
  if (etherType !== ETHERTYPE_VLAN) {
    return { header: { ...addresses, etherType }, payloadOffset: ETHERNET_HEADER_BYTES };
  }
  const payloadOffset = ETHERNET_HEADER_BYTES + VLAN_TAG_BYTES;
  if (frame.length < payloadOffset) return undefined;
  return {
    header: { ...addresses, etherType: readUint16(frame, 16), vlanTag: readUint16(frame, 14) },
    payloadOffset,
  };
}
