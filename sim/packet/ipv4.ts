/**
 * IPv4 headers with options and fragments (RFC 791).
 *
 * @module
 */

import { readUint16, readUint32, readUint8, writeUint16, writeUint32 } from "./bytes.ts";
import { finishChecksum, sumWords } from "./checksum.ts";

/** Bytes of an IPv4 header without options. */
export const IPV4_HEADER_BYTES = 20;

/** Protocol number of ICMP. */
export const PROTOCOL_ICMP = 1;

/** Protocol number of TCP. */
export const PROTOCOL_TCP = 6;

/** Protocol number of UDP. */
export const PROTOCOL_UDP = 17;

/** Explicit congestion notification, the two low bits of the traffic class (RFC 3168). */
export const ECN = { notCapable: 0, capable1: 1, capable0: 2, congested: 3 } as const;

/** Time to live that Linux gives packets of its own. */
export const DEFAULT_TTL = 64;

/** An IPv4 header. */
export interface Ipv4Header {
  /** Address of the sender. */
  readonly source: number;
  /** Address of the receiver. */
  readonly destination: number;
  /** What the payload is, 0 to 255. */
  readonly protocol: number;
  /** Number that the fragments of one datagram share, 0 to 65,535; 0 when left out. */
  readonly identification?: number;
  /** Hops left, 0 to 255; 64 when left out. */
  readonly ttl?: number;
  /** Traffic class byte: DSCP and ECN; 0 when left out. */
  readonly trafficClass?: number;
  /** Whether routers must not fragment it; false when left out. */
  readonly dontFragment?: boolean;
  /** Whether more fragments follow; false when left out. */
  readonly moreFragments?: boolean;
  /** Where the payload belongs in the datagram, in bytes, a multiple of 8; 0 when left out. */
  readonly fragmentOffsetBytes?: number;
  /** Option bytes, a multiple of 4 and at most 40; none when left out. */
  readonly options?: Uint8Array;
}

/** An IPv4 header as read from bytes: every field is known. */
export interface DecodedIpv4 extends Required<Ipv4Header> {
  /** Bytes of the header, 20 to 60. */
  readonly headerBytes: number;
  /** Bytes of header and payload as the header says. */
  readonly totalBytes: number;
  /** Whether the header's checksum is right. */
  readonly checksumValid: boolean;
}

/**
 * Writes a datagram with its header checksum.
 *
 * @param header The header.
 * @param payload What follows it.
 * @throws {RangeError} If the options or the fragment offset have an impossible size.
 */
export function encodeIpv4(header: Ipv4Header, payload: Uint8Array): Uint8Array {
  const options = header.options ?? new Uint8Array(0);
  const fragmentOffsetBytes = header.fragmentOffsetBytes ?? 0;
  if (options.length % 4 !== 0 || options.length > 40) {
    throw new RangeError(`IPv4 options cannot take ${options.length} bytes`);
  }
  if (fragmentOffsetBytes % 8 !== 0 || fragmentOffsetBytes > 0xffff) {
    throw new RangeError(`A fragment cannot begin at byte ${fragmentOffsetBytes}`);
  }
  const headerBytes = IPV4_HEADER_BYTES + options.length;
  const bytes = new Uint8Array(headerBytes + payload.length);
  bytes[0] = 0x40 | headerBytes / 4;
  bytes[1] = header.trafficClass ?? 0;
  writeUint16(bytes, 2, bytes.length);
  writeUint16(bytes, 4, header.identification ?? 0);
  const flags = (header.dontFragment ? 0x4000 : 0) | (header.moreFragments ? 0x2000 : 0);
  writeUint16(bytes, 6, flags | fragmentOffsetBytes / 8);
  bytes[8] = header.ttl ?? DEFAULT_TTL;
  bytes[9] = header.protocol;
  writeUint32(bytes, 12, header.source);
  writeUint32(bytes, 16, header.destination);
  bytes.set(options, IPV4_HEADER_BYTES);
  writeHeaderChecksum(bytes, 0, headerBytes);
  bytes.set(payload, headerBytes);
  return bytes;
}

/**
 * Reads the header of a datagram.
 *
 * @param bytes Where the datagram lies.
 * @param offset Index of the header's first byte; 0 when left out.
 * @returns The header; undefined where it is cut short, not version 4, or says impossible lengths.
 */
export function decodeIpv4(bytes: Uint8Array, offset = 0): DecodedIpv4 | undefined {
  if (bytes.length < offset + IPV4_HEADER_BYTES) return undefined;
  const first = readUint8(bytes, offset);
  const headerBytes = (first & 0xf) * 4;
  const totalBytes = readUint16(bytes, offset + 2);
  if (first >>> 4 !== 4 || headerBytes < IPV4_HEADER_BYTES) return undefined;
  if (totalBytes < headerBytes || bytes.length < offset + totalBytes) return undefined;
  const fragment = readUint16(bytes, offset + 6);
  return {
    source: readUint32(bytes, offset + 12),
    destination: readUint32(bytes, offset + 16),
    protocol: readUint8(bytes, offset + 9),
    identification: readUint16(bytes, offset + 4),
    ttl: readUint8(bytes, offset + 8),
    trafficClass: readUint8(bytes, offset + 1),
    dontFragment: (fragment & 0x4000) !== 0,
    moreFragments: (fragment & 0x2000) !== 0,
    fragmentOffsetBytes: (fragment & 0x1fff) * 8,
    options: bytes.subarray(offset + IPV4_HEADER_BYTES, offset + headerBytes),
    headerBytes,
    totalBytes,
    checksumValid: finishChecksum(sumWords(bytes, offset, offset + headerBytes)) === 0,
  };
}

/** What may be wrong with a datagram's header, in the order in which the kernel looks. */
export type Ipv4Fault = "header" | "checksum" | "truncated";

/**
 * Tells what is wrong with a datagram, as the kernel's `ip_rcv_core` does.
 *
 * @param bytes Where the datagram lies.
 * @param offset Index of the header's first byte.
 * @returns What is wrong: impossible fields, a wrong checksum, or fewer bytes than the header says;
 * undefined where nothing is.
 */
export function faultOfIpv4(bytes: Uint8Array, offset: number): Ipv4Fault | undefined {
  if (bytes.length < offset + IPV4_HEADER_BYTES) return "header";
  const first = readUint8(bytes, offset);
  const headerBytes = (first & 0xf) * 4;
  if (first >>> 4 !== 4 || headerBytes < IPV4_HEADER_BYTES) return "header";
  if (bytes.length < offset + headerBytes) return "header";
  if (finishChecksum(sumWords(bytes, offset, offset + headerBytes)) !== 0) return "checksum";
  const totalBytes = readUint16(bytes, offset + 2);
  if (bytes.length < offset + totalBytes) return "truncated";
  return totalBytes < headerBytes ? "header" : undefined;
}

/**
 * Rewrites the traffic class or the time to live of a datagram in place, checksum included.
 *
 * @param bytes Where the datagram lies.
 * @param offset Index of the header's first byte.
 * @param change The new values; a field left out stays.
 */
export function rewriteIpv4(
  bytes: Uint8Array,
  offset: number,
  change: { readonly trafficClass?: number; readonly ttl?: number },
): void {
  if (change.trafficClass !== undefined) bytes[offset + 1] = change.trafficClass;
  if (change.ttl !== undefined) bytes[offset + 8] = change.ttl;
  writeHeaderChecksum(bytes, offset, (readUint8(bytes, offset) & 0xf) * 4);
}

/**
 * Writes the checksum of a header whose other bytes were changed.
 *
 * @param bytes Where the datagram lies.
 * @param offset Index of the header's first byte.
 * @param headerBytes Bytes of the header.
 */
export function writeHeaderChecksum(
  bytes: Uint8Array,
  offset: number,
  headerBytes: number,
): void {
  writeUint16(bytes, offset + 10, 0);
  writeUint16(bytes, offset + 10, finishChecksum(sumWords(bytes, offset, offset + headerBytes)));
}
