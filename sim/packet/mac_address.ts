/**
 * MAC addresses as 48-bit numbers, which compare in one step.
 *
 * @module
 */

import { readUint16, readUint32, writeUint16, writeUint32 } from "./bytes.ts";

/** ff:ff:ff:ff:ff:ff. */
export const BROADCAST_MAC = 0xffffffffffff;

const LOW_BITS = 0x100000000;

/**
 * Reads an address written in six hexadecimal bytes.
 *
 * @param text Six bytes with colons between them.
 * @throws {SyntaxError} If `text` is anything else.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseMac("02:00:00:00:00:0a"), 0x02000000000a);
 * ```
 */
export function parseMac(text: string): number {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) {
    throw new SyntaxError(`"${text}" is no MAC address`);
  }
  return parseInt(text.replaceAll(":", ""), 16);
}

/**
 * Writes an address in six hexadecimal bytes.
 *
 * @param mac The address, 0 to 2⁴⁸ − 1.
 */
export function formatMac(mac: number): string {
  return mac.toString(16).padStart(12, "0").replace(/(..)(?=.)/g, "$1:");
}

/**
 * Tells whether the group bit is set, as in every broadcast and multicast address.
 *
 * @param mac The address.
 */
export function isGroupMac(mac: number): boolean {
  return (Math.floor(mac / 0x10000000000) & 1) === 1;
}

/**
 * Reads an address from a frame.
 *
 * @param bytes The frame.
 * @param offset Index of the address's first byte.
 * @throws {RangeError} If a byte lies outside `bytes`.
 */
export function readMac(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset) * LOW_BITS + readUint32(bytes, offset + 2);
}

/**
 * Writes an address into a frame.
 *
 * @param bytes The frame.
 * @param offset Index of the address's first byte.
 * @param mac The address.
 */
export function writeMac(bytes: Uint8Array, offset: number, mac: number): void {
  writeUint16(bytes, offset, Math.floor(mac / LOW_BITS));
  writeUint32(bytes, offset + 2, mac % LOW_BITS);
}
