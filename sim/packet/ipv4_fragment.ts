/**
 * Datagrams cut into fragments (RFC 791), as the kernel's `ip_do_fragment` cuts them.
 *
 * @module
 */

import { readUint16, readUint8, writeUint16 } from "./bytes.ts";
import { IPV4_HEADER_BYTES, writeHeaderChecksum } from "./ipv4.ts";
import { blankUncopiedOptions } from "./ipv4_options.ts";

const MORE_FRAGMENTS = 0x2000;
const OFFSET_BITS = 0x1fff;

/**
 * Cuts a datagram into fragments. A datagram that is a fragment itself may be cut further.
 *
 * @param datagram The datagram from its header on.
 * @param mtuBytes Most bytes that a fragment may have, its header among them; at least 68.
 * @returns The fragments in order; the datagram itself where it fits.
 */
export function fragmentIpv4(datagram: Uint8Array, mtuBytes: number): Uint8Array[] {
  if (datagram.length <= mtuBytes) return [datagram];
  const headerBytes = (readUint8(datagram, 0) & 0xf) * 4;
  const stepBytes = (mtuBytes - headerBytes) & ~7;
  const flags = readUint16(datagram, 6);
  const laterHeader = datagram.slice(0, headerBytes);
  blankUncopiedOptions(laterHeader.subarray(IPV4_HEADER_BYTES));
  const fragments: Uint8Array[] = [];
  for (let begin = headerBytes; begin < datagram.length; begin += stepBytes) {
    // The last one may use the whole MTU, all others carry a multiple of eight bytes.
    const restBytes = datagram.length - begin;
    const isLast = restBytes <= stepBytes;
    const end = begin + (isLast ? restBytes : stepBytes);
    const fragment = new Uint8Array(headerBytes + end - begin);
    fragment.set(begin === headerBytes ? datagram.subarray(0, headerBytes) : laterHeader);
    fragment.set(datagram.subarray(begin, end), headerBytes);
    const offset = (flags & OFFSET_BITS) + (begin - headerBytes) / 8;
    const more = isLast ? flags & MORE_FRAGMENTS : MORE_FRAGMENTS;
    writeUint16(fragment, 2, fragment.length);
    writeUint16(fragment, 6, flags & ~(OFFSET_BITS | MORE_FRAGMENTS) | more | offset);
    writeHeaderChecksum(fragment, 0, headerBytes);
    fragments.push(fragment);
  }
  return fragments;
}
