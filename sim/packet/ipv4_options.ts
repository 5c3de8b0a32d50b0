/**
 * Options of IPv4 headers (RFC 791), as the kernel's `ip_options_compile` reads them.
 *
 * @module
 */

import { readUint8, writeUint32 } from "./bytes.ts";

/** Option kinds that mean something here. */
const KIND = {
  end: 0,
  noOperation: 1,
  recordRoute: 7,
  timestamp: 68,
  looseRoute: 131,
  strictRoute: 137,
} as const;

/** Bit of a kind that says that every fragment carries the option. */
const COPIED = 0x80;

/** What a machine writes into the options of a datagram that it takes or passes on. */
export interface OptionStamp {
  /** The address that it writes. */
  readonly address: number;
  /** Milliseconds since midnight, universal time. */
  readonly timeMs: number;
}

/** What reading options gave. */
export type OptionReading =
  /** All is well. */
  | { readonly kind: "read"; readonly hasSourceRoute: boolean }
  /** The byte at this offset from the first option is impossible. */
  | { readonly kind: "fault"; readonly at: number };

/** Smallest length of each option's bytes, and where its pointer may begin. */
const LEAST: Readonly<Record<number, { readonly bytes: number; readonly pointer: number }>> = {
  [KIND.recordRoute]: { bytes: 3, pointer: 4 },
  [KIND.timestamp]: { bytes: 4, pointer: 5 },
  [KIND.looseRoute]: { bytes: 3, pointer: 4 },
  [KIND.strictRoute]: { bytes: 3, pointer: 4 },
};

/**
 * Reads the options of a datagram, and writes the machine's address and time where they ask for it.
 *
 * @param options The bytes behind the first 20 of the header; they are changed in place.
 * @param stamp What to write; nothing is written when left out.
 */
export function readOptions(options: Uint8Array, stamp?: OptionStamp): OptionReading {
  let hasSourceRoute = false;
  const end = walk(options, (at, kind, lengthBytes) => {
    const least = LEAST[kind];
    if (least === undefined) return undefined;
    if (lengthBytes < least.bytes) return at + 1;
    const pointer = readUint8(options, at + 2);
    if (pointer < least.pointer) return at + 2;
    if (kind === KIND.looseRoute || kind === KIND.strictRoute) hasSourceRoute = true;
    else if (pointer <= lengthBytes) return fill(options, at, stamp);
    return undefined;
  });
  return end === undefined ? { kind: "read", hasSourceRoute } : { kind: "fault", at: end };
}

/** Writes into a record-route or timestamp option. Gives the offset of a byte that is wrong. */
function fill(options: Uint8Array, at: number, stamp: OptionStamp | undefined): number | undefined {
  const lengthBytes = readUint8(options, at + 1);
  const pointer = readUint8(options, at + 2);
  const writes: number[] = [];
  if (options[at] === KIND.recordRoute) writes.push(stamp?.address ?? 0);
  else {
    // Low four bits: times alone, or each behind an address; other kinds ask for other machines.
    const flag = readUint8(options, at + 3) & 0xf;
    if (flag > 1) return undefined;
    if (flag === 1) writes.push(stamp?.address ?? 0);
    writes.push(stamp?.timeMs ?? 0);
  }
  if (pointer + writes.length * 4 - 1 > lengthBytes) return at + 2;
  if (stamp === undefined) return undefined;
  writes.forEach((word, i) => writeUint32(options, at + pointer - 1 + i * 4, word));
  options[at + 2] = pointer + writes.length * 4;
  return undefined;
}

/**
 * Gives the options that an answer carries: record-route and timestamp options are sent on.
 *
 * @param options Options of the datagram that is answered.
 * @returns Option bytes, a multiple of 4.
 */
export function echoOptions(options: Uint8Array): Uint8Array {
  const echoed: number[] = [];
  walk(options, (at, kind, lengthBytes) => {
    if (kind === KIND.recordRoute || kind === KIND.timestamp) {
      echoed.push(...options.subarray(at, at + lengthBytes));
    }
    return undefined;
  });
  while (echoed.length % 4 !== 0) echoed.push(KIND.end);
  return Uint8Array.from(echoed);
}

/**
 * Turns the options that only a first fragment carries into no-operations.
 *
 * @param options The option bytes; they are changed in place.
 */
export function blankUncopiedOptions(options: Uint8Array): void {
  walk(options, (at, kind, lengthBytes) => {
    if ((kind & COPIED) === 0) options.fill(KIND.noOperation, at, at + lengthBytes);
    return undefined;
  });
}

/**
 * Visits the options that have a length byte.
 *
 * @param options The option bytes.
 * @param visit Gives the offset of a byte that is wrong, to end the walk.
 * @returns The offset of the first wrong byte; undefined where all is well.
 */
function walk(
  options: Uint8Array,
  visit: (at: number, kind: number, lengthBytes: number) => number | undefined,
): number | undefined {
  let at = 0;
  while (at < options.length) {
    const kind = readUint8(options, at);
    if (kind === KIND.end) return undefined;
    if (kind === KIND.noOperation) {
      at += 1;
      continue;
    }
    const lengthBytes = options[at + 1] ?? 0;
    if (lengthBytes < 2 || at + lengthBytes > options.length) return at;
    const wrong = visit(at, kind, lengthBytes);
    if (wrong !== undefined) return wrong;
    at += lengthBytes;
  }
  return undefined;
}
