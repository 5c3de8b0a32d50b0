/** An IPv4 address as an unsigned 32-bit number, first byte highest. */
export type Ipv4 = number;

/** @param length Bits of a network prefix, 0 to 32. @returns Its mask. */
export function maskOf(length: number): Ipv4 {
  return length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0;
}

/** @param address Any address. @param length Bits of its prefix, 0 to 32. @returns The prefix. */
export function prefixOf(address: Ipv4, length: number): Ipv4 {
  return (address & maskOf(length)) >>> 0;
}
