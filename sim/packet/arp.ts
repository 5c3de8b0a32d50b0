/**
 * ARP for IPv4 over Ethernet (RFC 826).
 *
 * @module
 */

import { readUint16, readUint32, writeUint16, writeUint32 } from "./bytes.ts";
import { readMac, writeMac } from "./mac_address.ts";

/** Bytes of an ARP packet for IPv4 over Ethernet. */
export const ARP_BYTES = 28;

/** Asks who has an address. */
export const ARP_REQUEST = 1;

/** Answers that the sender has it. */
export const ARP_REPLY = 2;

/** An ARP packet for IPv4 over Ethernet. */
export interface ArpPacket {
  /** {@linkcode ARP_REQUEST} or {@linkcode ARP_REPLY}. */
  readonly operation: number;
  /** Who sends it. */
  readonly senderMac: number;
  /** The sender's IPv4 address. */
  readonly senderAddress: number;
  /** Whom it is for; 0 in a request. */
  readonly targetMac: number;
  /** The IPv4 address that is asked for, or the asker's in a reply. */
  readonly targetAddress: number;
}

/**
 * Writes an ARP packet.
 *
 * @param packet What it says.
 */
export function encodeArp(packet: ArpPacket): Uint8Array {
  const bytes = new Uint8Array(ARP_BYTES);
  writeUint16(bytes, 0, 1);
  writeUint16(bytes, 2, 0x0800);
  bytes[4] = 6;
  bytes[5] = 4;
  writeUint16(bytes, 6, packet.operation);
  writeMac(bytes, 8, packet.senderMac);
  writeUint32(bytes, 14, packet.senderAddress);
  writeMac(bytes, 18, packet.targetMac);
  writeUint32(bytes, 24, packet.targetAddress);
  return bytes;
}

/**
 * Reads an ARP packet.
 *
 * @param bytes The packet, perhaps behind other headers; trailing padding is ignored.
 * @param offset Index of the packet's first byte.
 * @returns What it says; undefined where it is cut short or not IPv4 over Ethernet.
 */
export function decodeArp(bytes: Uint8Array, offset = 0): ArpPacket | undefined {
  if (bytes.length < offset + ARP_BYTES) return undefined;
  if (readUint32(bytes, offset) !== 0x00010800) return undefined;
  if (readUint16(bytes, offset + 4) !== 0x0604) return undefined;
  return {
    operation: readUint16(bytes, offset + 6),
    senderMac: readMac(bytes, offset + 8),
    senderAddress: readUint32(bytes, offset + 14),
    targetMac: readMac(bytes, offset + 18),
    targetAddress: readUint32(bytes, offset + 24),
  };
}
