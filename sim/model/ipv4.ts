/** An IPv4 address as an unsigned 32-bit number, first byte highest. */
export type Ipv4 = number;

/** 127.0.0.1. */
export const LOOPBACK: Ipv4 = 0x7f000001;

/** @param address 0 to 2^32 - 1. @returns Four decimal numbers with dots between them. */
export function formatIpv4(address: Ipv4): string {
  return [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255].join(".");
}

/**
 * Reads four decimal numbers with dots between them.
 *
 * @param text What to read.
 * @returns The address, or undefined for any other text.
 */
export function parseIpv4(text: string): Ipv4 | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  let address = 0;
  for (const part of match.slice(1)) {
    const value = Number(part);
    if (value > 255) return undefined;
    address = address * 256 + value;
  }
  return address;
}

/** @param length Bits of a network prefix, 0 to 32. @returns Its mask. */
export function maskOf(length: number): Ipv4 {
  return length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
}

/** @param address Any address. @param length Bits of its prefix, 0 to 32. @returns The prefix. */
export function prefixOf(address: Ipv4, length: number): Ipv4 {
  return (address & maskOf(length)) >>> 0;
}
