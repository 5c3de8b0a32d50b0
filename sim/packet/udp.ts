/**
 * UDP datagrams (RFC 768).
 *
 * @module
 */

import { readUint16, writeUint16 } from "./bytes.ts";
import { finishChecksum, pseudoHeaderSum, sumWords } from "./checksum.ts";
import { PROTOCOL_UDP } from "./ipv4.ts";

/** Bytes of a UDP header. */
export const UDP_HEADER_BYTES = 8;

/** The two addresses that a transport checksum covers. */
export interface AddressPair {
  /** IPv4 address of the sender. */
  readonly source: number;
  /** IPv4 address of the receiver. */
  readonly destination: number;
}

/** A UDP datagram. */
export interface UdpDatagram {
  /** Port of the sender. */
  readonly sourcePort: number;
  /** Port of the receiver. */
  readonly destinationPort: number;
  /** What it carries. */
  readonly payload: Uint8Array;
}

/**
 * Writes a datagram with its checksum.
 *
 * @param addresses The addresses of the IPv4 header around it.
 * @param datagram What it says.
 */
export function encodeUdp(addresses: AddressPair, datagram: UdpDatagram): Uint8Array {
  const bytes = new Uint8Array(UDP_HEADER_BYTES + datagram.payload.length);
  writeUint16(bytes, 0, datagram.sourcePort);
  writeUint16(bytes, 2, datagram.destinationPort);
  writeUint16(bytes, 4, bytes.length);
  bytes.set(datagram.payload, UDP_HEADER_BYTES);
  const checksum = udpChecksum(addresses, bytes);
  // Zero means "no checksum" on the wire; its other spelling in one's complement is all ones.
  writeUint16(bytes, 6, checksum === 0 ? 0xffff : checksum);
  return bytes;
}

/**
 * Reads a datagram.
 *
 * @param addresses The addresses of the IPv4 header around it.
 * @param bytes The datagram from its first byte; what lies past its length field is ignored.
 * @returns What it says, and whether its checksum is right or absent; undefined where it is cut
 * short.
 */
export function decodeUdp(
  addresses: AddressPair,
  bytes: Uint8Array,
): (UdpDatagram & { readonly checksumValid: boolean }) | undefined {
  if (bytes.length < UDP_HEADER_BYTES) return undefined;
  const lengthBytes = readUint16(bytes, 4);
  if (lengthBytes < UDP_HEADER_BYTES || lengthBytes > bytes.length) return undefined;
  const whole = bytes.subarray(0, lengthBytes);
  return {
    sourcePort: readUint16(bytes, 0),
    destinationPort: readUint16(bytes, 2),
    payload: whole.subarray(UDP_HEADER_BYTES),
    checksumValid: readUint16(bytes, 6) === 0 || udpChecksum(addresses, whole) === 0,
  };
}

function udpChecksum(addresses: AddressPair, bytes: Uint8Array): number {
  const pseudo = pseudoHeaderSum({
    ...addresses,
    protocol: PROTOCOL_UDP,
    lengthBytes: bytes.length,
  });
  return finishChecksum(sumWords(bytes, 0, bytes.length, pseudo));
}
