/**
 * TCP segments (RFC 9293).
 *
 * @module
 */

import { readUint16, readUint32, readUint8, writeUint16, writeUint32 } from "./bytes.ts";
import { finishChecksum, pseudoHeaderSum, sumWords } from "./checksum.ts";
import { PROTOCOL_TCP } from "./ipv4.ts";
import { decodeOptions, optionBytes, type TcpSegmentOptions, writeOptions } from "./tcp_options.ts";
import type { AddressPair } from "./udp.ts";

/** Bytes of a TCP header without options. */
export const TCP_HEADER_BYTES = 20;

/** The flag bits. */
export const TCP_FLAG = {
  fin: 0x01,
  syn: 0x02,
  rst: 0x04,
  psh: 0x08,
  ack: 0x10,
  urg: 0x20,
  ece: 0x40,
  cwr: 0x80,
} as const;

/** A TCP segment. */
export interface TcpSegment extends TcpSegmentOptions {
  /** Port of the sender. */
  readonly sourcePort: number;
  /** Port of the receiver. */
  readonly destinationPort: number;
  /** Number of the first byte, modulo 2³². */
  readonly sequence: number;
  /** Number of the next byte that the sender expects, modulo 2³². */
  readonly acknowledgment: number;
  /** Bits of {@linkcode TCP_FLAG}. */
  readonly flags: number;
  /** Bytes that the sender will take, before scaling. */
  readonly window: number;
  /** What it carries. */
  readonly payload: Uint8Array;
}

/**
 * Writes a segment with its checksum.
 *
 * @param addresses The addresses of the IPv4 header around it.
 * @param segment What it says.
 */
export function encodeTcp(addresses: AddressPair, segment: TcpSegment): Uint8Array {
  const headerBytes = TCP_HEADER_BYTES + optionBytes(segment);
  const bytes = new Uint8Array(headerBytes + segment.payload.length);
  writeUint16(bytes, 0, segment.sourcePort);
  writeUint16(bytes, 2, segment.destinationPort);
  writeUint32(bytes, 4, segment.sequence);
  writeUint32(bytes, 8, segment.acknowledgment);
  bytes[12] = headerBytes / 4 << 4;
  bytes[13] = segment.flags;
  writeUint16(bytes, 14, segment.window);
  writeOptions(bytes, TCP_HEADER_BYTES, segment);
  bytes.set(segment.payload, headerBytes);
  writeUint16(bytes, 16, tcpChecksum(addresses, bytes));
  return bytes;
}

/**
 * Reads a segment.
 *
 * @param addresses The addresses of the IPv4 header around it.
 * @param bytes The segment from its first byte to its last.
 * @returns What it says, and whether its checksum is right; undefined where it is cut short.
 */
export function decodeTcp(
  addresses: AddressPair,
  bytes: Uint8Array,
): (TcpSegment & { readonly checksumValid: boolean }) | undefined {
  if (bytes.length < TCP_HEADER_BYTES) return undefined;
  const headerBytes = (readUint8(bytes, 12) >>> 4) * 4;
  if (headerBytes < TCP_HEADER_BYTES || headerBytes > bytes.length) return undefined;
  return {
    sourcePort: readUint16(bytes, 0),
    destinationPort: readUint16(bytes, 2),
    sequence: readUint32(bytes, 4),
    acknowledgment: readUint32(bytes, 8),
    flags: readUint8(bytes, 13),
    window: readUint16(bytes, 14),
    ...decodeOptions(bytes.subarray(TCP_HEADER_BYTES, headerBytes)),
    payload: bytes.subarray(headerBytes),
    checksumValid: tcpChecksum(addresses, bytes) === 0,
  };
}

function tcpChecksum(addresses: AddressPair, bytes: Uint8Array): number {
  const pseudo = pseudoHeaderSum({
    ...addresses,
    protocol: PROTOCOL_TCP,
    lengthBytes: bytes.length,
  });
  return finishChecksum(sumWords(bytes, 0, bytes.length, pseudo));
}
