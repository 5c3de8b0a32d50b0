/**
 * ICMP echo and error messages (RFC 792).
 *
 * @module
 */

import { readUint16, readUint8, writeUint16 } from "./bytes.ts";
import { finishChecksum, sumWords } from "./checksum.ts";

/** Bytes of an ICMP header. */
export const ICMP_HEADER_BYTES = 8;

/** The message types that the simulator sends or understands. */
export const ICMP_TYPE = {
  echoReply: 0,
  destinationUnreachable: 3,
  sourceQuench: 4,
  redirect: 5,
  echoRequest: 8,
  timeExceeded: 11,
  parameterProblem: 12,
  timestamp: 13,
  timestampReply: 14,
} as const;

/** The highest type that Linux knows (`NR_ICMP_TYPES`). */
export const ICMP_TYPES_MAX = 18;

/** Codes of a destination-unreachable message. */
export const UNREACHABLE_CODE = {
  network: 0,
  host: 1,
  protocol: 2,
  port: 3,
  fragmentationNeeded: 4,
  prohibited: 13,
} as const;

/** An ICMP message. */
export interface IcmpMessage {
  /** What it is, 0 to 255. */
  readonly type: number;
  /** What exactly, 0 to 255. */
  readonly code: number;
  /** Bytes 4 and 5: the identifier of an echo, 0 in most errors. */
  readonly identifier: number;
  /** Bytes 6 and 7: the sequence number of an echo, the next MTU of "fragmentation needed". */
  readonly sequence: number;
  /** What follows; in an error, the header and first bytes of the packet at fault. */
  readonly payload: Uint8Array;
}

/**
 * Writes a message with its checksum.
 *
 * @param message What it says.
 */
export function encodeIcmp(message: IcmpMessage): Uint8Array {
  const bytes = new Uint8Array(ICMP_HEADER_BYTES + message.payload.length);
  bytes[0] = message.type;
  bytes[1] = message.code;
  writeUint16(bytes, 4, message.identifier);
  writeUint16(bytes, 6, message.sequence);
  bytes.set(message.payload, ICMP_HEADER_BYTES);
  writeUint16(bytes, 2, finishChecksum(sumWords(bytes, 0, bytes.length)));
  return bytes;
}

/**
 * Reads a message.
 *
 * @param bytes The message from its first byte.
 * @returns What it says, and whether its checksum is right; undefined where it is cut short.
 */
export function decodeIcmp(
  bytes: Uint8Array,
): (IcmpMessage & { readonly checksumValid: boolean }) | undefined {
  if (bytes.length < ICMP_HEADER_BYTES) return undefined;
  return {
    type: readUint8(bytes, 0),
    code: readUint8(bytes, 1),
    identifier: readUint16(bytes, 4),
    sequence: readUint16(bytes, 6),
    payload: bytes.subarray(ICMP_HEADER_BYTES),
    checksumValid: finishChecksum(sumWords(bytes, 0, bytes.length)) === 0,
  };
}

/**
 * Tells whether a message reports an error; such a message never causes another.
 *
 * @param type The message's type.
 */
export function isIcmpError(type: number): boolean {
  return type === ICMP_TYPE.destinationUnreachable || type === ICMP_TYPE.timeExceeded ||
    type === ICMP_TYPE.redirect || type === ICMP_TYPE.parameterProblem ||
    type === ICMP_TYPE.sourceQuench;
}
