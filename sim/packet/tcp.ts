/**
 * TCP segments (RFC 9293), with the options MSS, window scale and timestamps.
 *
 * @module
 */

import { readUint16, readUint32, readUint8, writeUint16, writeUint32 } from "./bytes.ts";
import { finishChecksum, pseudoHeaderSum, sumWords } from "./checksum.ts";
import { PROTOCOL_TCP } from "./ipv4.ts";
import type { AddressPair } from "./udp.ts";

/** Bytes of a TCP header without options. */
export const TCP_HEADER_BYTES = 20;

/** Bytes of the timestamps option with its padding. */
export const TCP_TIMESTAMP_BYTES = 12;

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
export interface TcpSegment {
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
  /** Largest payload that the sender takes; only in SYN segments. */
  readonly maximumSegmentBytes?: number;
  /** Bits by which the sender shifts its window; only in SYN segments. */
  readonly windowScaleBits?: number;
  /** The sender's clock, and the last one it saw. */
  readonly timestamps?: { readonly value: number; readonly echo: number };
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
  writeOptions(bytes, segment);
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

/** Bytes of a segment's options, padded to whole words. */
function optionBytes(segment: TcpSegment): number {
  return (segment.maximumSegmentBytes === undefined ? 0 : 4) +
    (segment.windowScaleBits === undefined ? 0 : 4) +
    (segment.timestamps === undefined ? 0 : TCP_TIMESTAMP_BYTES);
}

function writeOptions(bytes: Uint8Array, segment: TcpSegment): void {
  const { maximumSegmentBytes, windowScaleBits, timestamps } = segment;
  let at = TCP_HEADER_BYTES;
  if (maximumSegmentBytes !== undefined) {
    writeUint32(bytes, at, 0x02_04_00_00 | maximumSegmentBytes);
    at += 4;
  }
  if (windowScaleBits !== undefined) {
    writeUint32(bytes, at, 0x01_03_03_00 | windowScaleBits);
    at += 4;
  }
  if (timestamps !== undefined) {
    writeUint32(bytes, at, 0x01_01_08_0a);
    writeUint32(bytes, at + 4, timestamps.value);
    writeUint32(bytes, at + 8, timestamps.echo);
  }
}

type TcpOptions = Pick<TcpSegment, "maximumSegmentBytes" | "windowScaleBits" | "timestamps">;

/** Reads each known option at the index of its kind byte. */
const OPTION_READERS: Readonly<
  Record<number, (bytes: Uint8Array, at: number) => TcpOptions>
> = {
  2: (bytes, at) => ({ maximumSegmentBytes: readUint16(bytes, at + 2) }),
  3: (bytes, at) => ({ windowScaleBits: readUint8(bytes, at + 2) }),
  8: (bytes, at) => ({
    timestamps: { value: readUint32(bytes, at + 2), echo: readUint32(bytes, at + 6) },
  }),
};

/** Option lengths in bytes, by kind; an option with another length is skipped. */
const OPTION_BYTES: Readonly<Record<number, number>> = { 2: 4, 3: 3, 8: 10 };

function decodeOptions(bytes: Uint8Array): TcpOptions {
  let options: TcpOptions = {};
  let at = 0;
  while (at < bytes.length) {
    const kind = bytes[at] ?? 0;
    if (kind === 0) break;
    if (kind === 1) {
      at += 1;
      continue;
    }
    const lengthBytes = bytes[at + 1] ?? 0;
    if (lengthBytes < 2 || at + lengthBytes > bytes.length) break;
    const reader = OPTION_READERS[kind];
    if (reader !== undefined && OPTION_BYTES[kind] === lengthBytes) {
      options = { ...options, ...reader(bytes, at) };
    }
    at += lengthBytes;
  }
  return options;
}
