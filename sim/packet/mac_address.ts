/**
 * MAC addresses inside frames.
 *
 * @module
 */

import type { Mac } from "../model/mac.ts";
import { readUint16, readUint32, writeUint16, writeUint32 } from "./bytes.ts";

const LOW_BITS = 0x100000000;

/**
 * Reads an address from a frame.
 *
 * @param bytes The frame.
 * @param offset Index of the address's first byte.
 * @throws {RangeError} If a byte lies outside `bytes`.
 */
export function readMac(bytes: Uint8Array, offset: number): Mac {
  return readUint16(bytes, offset) * LOW_BITS + readUint32(bytes, offset + 2);
}

/**
 * Writes an address into a frame.
 *
 * @param bytes The frame.
 * @param offset Index of the address's first byte.
 * @param mac The address.
 */
export function writeMac(bytes: Uint8Array, offset: number, mac: Mac): void {
  writeUint16(bytes, offset, Math.floor(mac / LOW_BITS));
  writeUint32(bytes, offset + 2, mac % LOW_BITS);
}
