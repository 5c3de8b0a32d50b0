/**
 * IPv4 addresses as unsigned 32-bit numbers.
 *
 * @module
 */

/** 127.0.0.1. */
export const LOOPBACK_ADDRESS = 0x7f000001;

/** 255.255.255.255. */
export const LIMITED_BROADCAST_ADDRESS = 0xffffffff;

/**
 * Reads a dotted address.
 *
 * @param text Four decimal numbers, 0 to 255, with dots between them.
 * @throws {SyntaxError} If `text` is anything else.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseIpv4("127.0.0.1"), 0x7f000001);
 * ```
 */
export function parseIpv4(text: string): number {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) {
    throw new SyntaxError(`"${text}" is no IPv4 address`);
  }
  return parts.reduce((address, part) => address * 256 + part, 0);
}

/**
 * Writes an address with dots.
 *
 * @param address The address, 0 to 2³² − 1.
 */
export function formatIpv4(address: number): string {
  return ipv4Bytes(address).join(".");
}

/**
 * Splits an address into its four bytes, the highest first.
 *
 * @param address The address, 0 to 2³² − 1.
 */
export function ipv4Bytes(address: number): Uint8Array {
  return Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address);
}

/**
 * Gives the mask of a prefix.
 *
 * @param lengthBits Bits of the prefix, 0 to 32.
 */
export function prefixMask(lengthBits: number): number {
  return lengthBits === 0 ? 0 : (0xffffffff << (32 - lengthBits)) >>> 0;
}

/**
 * Tells whether an address lies in 127.0.0.0/8.
 *
 * @param address The address.
 */
export function isLoopback(address: number): boolean {
  return address >>> 24 === 127;
}

/**
 * Tells whether an address lies in 0.0.0.0/8.
 *
 * @param address The address.
 */
export function isZeroNetwork(address: number): boolean {
  return address >>> 24 === 0;
}

/**
 * Tells whether an address lies in 224.0.0.0/4.
 *
 * @param address The address.
 */
export function isMulticast(address: number): boolean {
  return address >>> 28 === 0xe;
}
