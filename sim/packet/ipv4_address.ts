/**
 * Kinds of IPv4 addresses, which are unsigned 32-bit numbers.
 *
 * @module
 */

import type { Ipv4 } from "../model/ipv4.ts";

/** 255.255.255.255. */
export const LIMITED_BROADCAST: Ipv4 = 0xffffffff;

/**
 * Tells whether an address lies in 127.0.0.0/8.
 *
 * @param address The address.
 */
export function isLoopback(address: Ipv4): boolean {
  return address >>> 24 === 127;
}

/**
 * Tells whether an address lies in 0.0.0.0/8.
 *
 * @param address The address.
 */
export function isZeroNetwork(address: Ipv4): boolean {
  return address >>> 24 === 0;
}

/**
 * Tells whether an address lies in 224.0.0.0/4.
 *
 * @param address The address.
 */
export function isMulticast(address: Ipv4): boolean {
  return address >>> 28 === 0xe;
}
