/**
 * The Internet checksum (RFC 1071): the complement of a 16-bit one's complement sum.
 *
 * @module
 */

/**
 * Adds bytes to a running one's complement sum.
 *
 * @param bytes Where to read.
 * @param begin Index of the first byte.
 * @param end Index after the last byte.
 * @param sum The running sum; 0 when left out.
 * @returns The new running sum, not folded.
 */
export function sumWords(bytes: Uint8Array, begin: number, end: number, sum = 0): number {
  let total = sum;
  let index = begin;
  for (; index + 1 < end; index += 2) {
    total += (bytes[index] ?? 0) << 8 | (bytes[index + 1] ?? 0);
  }
  if (index < end) total += (bytes[index] ?? 0) << 8;
  return total;
}

/**
 * Turns a running sum into a checksum.
 *
 * @param sum A running sum of {@linkcode sumWords}.
 * @returns The checksum, 0 to 65,535.
 */
export function finishChecksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return ~folded & 0xffff;
}

/**
 * Sums the pseudo header that TCP and UDP checksums begin with.
 *
 * @param header Addresses, protocol number and the segment's length in bytes.
 * @returns The running sum.
 */
export function pseudoHeaderSum(header: {
  readonly source: number;
  readonly destination: number;
  readonly protocol: number;
  readonly lengthBytes: number;
}): number {
  const { source, destination, protocol, lengthBytes } = header;
  return (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff) +
    protocol + lengthBytes;
}
