/**
 * Options of TCP segments: MSS, window scale (RFC 7323), timestamps, selective acknowledgments
 * (RFC 2018), in the places where Linux puts them (`tcp_options_write`).
 *
 * @module
 */

import { readUint16, readUint32, readUint8, writeUint32 } from "./bytes.ts";

/** Bytes of the timestamps option with its padding. */
export const TCP_TIMESTAMP_BYTES = 12;

/** Most bytes that the options of a segment take. */
export const TCP_OPTIONS_MAX_BYTES = 40;

/** Bytes of a list of selective acknowledgments with its padding: its head, and each block. */
export const TCP_SACK_BYTES = { head: 4, block: 8 };

/** A part of the stream, by sequence numbers or by offsets. */
export interface StreamBlock {
  /** Place of its first byte. */
  readonly start: number;
  /** Place behind its last byte. */
  readonly end: number;
}

/** What the options of a segment say; each is absent where it is not there. */
export interface TcpSegmentOptions {
  /** Largest payload that the sender takes; only in SYN segments. */
  readonly maximumSegmentBytes?: number;
  /** Bits by which the sender shifts its window; only in SYN segments. */
  readonly windowScaleBits?: number;
  /** Whether the sender understands selective acknowledgments; only in SYN segments. */
  readonly sackPermitted?: true;
  /** The sender's clock, and the last one it saw. */
  readonly timestamps?: { readonly value: number; readonly echo: number };
  /** What has come before its turn, in sequence numbers: at least one block. */
  readonly sackBlocks?: readonly StreamBlock[];
}

/**
 * Gives the bytes of a segment's options, padded to whole words.
 *
 * @param options The options.
 */
export function optionBytes(options: TcpSegmentOptions): number {
  const { sackPermitted, timestamps, sackBlocks } = options;
  // Beside timestamps the two bytes of "SACK permitted" stand where padding would be.
  const isPermittedAlone = sackPermitted === true && timestamps === undefined;
  return (options.maximumSegmentBytes === undefined ? 0 : 4) +
    (options.windowScaleBits === undefined ? 0 : 4) +
    (isPermittedAlone ? 4 : 0) +
    (timestamps === undefined ? 0 : TCP_TIMESTAMP_BYTES) +
    (sackBlocks === undefined ? 0 : TCP_SACK_BYTES.head + TCP_SACK_BYTES.block * sackBlocks.length);
}

/**
 * Writes the options of a segment.
 *
 * @param bytes The segment.
 * @param at Where its options begin.
 * @param options What they say.
 */
export function writeOptions(bytes: Uint8Array, at: number, options: TcpSegmentOptions): void {
  const { maximumSegmentBytes, windowScaleBits, sackPermitted, timestamps, sackBlocks } = options;
  const words: number[] = [];
  if (maximumSegmentBytes !== undefined) words.push(0x02_04_00_00 | maximumSegmentBytes);
  if (timestamps !== undefined) {
    words.push(sackPermitted === true ? 0x04_02_08_0a : 0x01_01_08_0a);
    words.push(timestamps.value, timestamps.echo);
  } else if (sackPermitted === true) words.push(0x01_01_04_02);
  if (windowScaleBits !== undefined) words.push(0x01_03_03_00 | windowScaleBits);
  if (sackBlocks !== undefined) {
    words.push(0x01_01_05_00 | (2 + TCP_SACK_BYTES.block * sackBlocks.length));
    for (const { start, end } of sackBlocks) words.push(start, end);
  }
  words.forEach((word, i) => writeUint32(bytes, at + 4 * i, word));
}

/** How a known option is read at the index of its kind byte, and how long it may be in bytes. */
interface OptionReader {
  readonly isRightLength: (lengthBytes: number) => boolean;
  readonly read: (bytes: Uint8Array, at: number, lengthBytes: number) => TcpSegmentOptions;
}

/** By kind; an option with a wrong length is skipped. */
const OPTION_READERS: Readonly<Record<number, OptionReader>> = {
  2: {
    isRightLength: (length) => length === 4,
    read: (bytes, at) => ({ maximumSegmentBytes: readUint16(bytes, at + 2) }),
  },
  3: {
    isRightLength: (length) => length === 3,
    read: (bytes, at) => ({ windowScaleBits: readUint8(bytes, at + 2) }),
  },
  4: {
    isRightLength: (length) => length === 2,
    read: () => ({ sackPermitted: true }),
  },
  5: {
    isRightLength: (length) => length > 2 && (length - 2) % TCP_SACK_BYTES.block === 0,
    read: (bytes, at, length) => ({
      sackBlocks: Array.from({ length: (length - 2) / TCP_SACK_BYTES.block }, (_, i) => {
        const blockAt = at + 2 + TCP_SACK_BYTES.block * i;
        return { start: readUint32(bytes, blockAt), end: readUint32(bytes, blockAt + 4) };
      }),
    }),
  },
  8: {
    isRightLength: (length) => length === 10,
    read: (bytes, at) => ({
      timestamps: { value: readUint32(bytes, at + 2), echo: readUint32(bytes, at + 6) },
    }),
  },
};

/**
 * Reads the options of a segment.
 *
 * @param bytes The options, from the first byte to the last.
 * @returns What is known of them and whole.
 */
export function decodeOptions(bytes: Uint8Array): TcpSegmentOptions {
  let options: TcpSegmentOptions = {};
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
    if (reader?.isRightLength(lengthBytes) === true) {
      options = { ...options, ...reader.read(bytes, at, lengthBytes) };
    }
    at += lengthBytes;
  }
  return options;
}
