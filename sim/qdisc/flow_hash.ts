import { readUint16, readUint32, readUint8 } from "../packet/bytes.ts";
import { ETHERTYPE_IPV4 } from "../packet/ethernet.ts";
import { IPV4_HEADER_BYTES, PROTOCOL_TCP, PROTOCOL_UDP } from "../packet/ipv4.ts";
import type { Packet } from "../path/packet.ts";

/**
 * Hashes what tells flows apart: addresses, protocol and ports of an IPv4 packet, the EtherType of
 * any other. Linux does the same with a function and a key of its own, so that only the
 * distribution is comparable, never a single value.
 *
 * @param packet The packet.
 * @param key A random number, the same for a whole machine.
 * @returns 0 to 2³² − 1.
 */
export function flowHash(packet: Packet, key: number): number {
  const { bytes, networkOffset } = packet;
  let hash = mix(key, packet.protocol);
  if (packet.protocol !== ETHERTYPE_IPV4) return hash;
  if (bytes.length < networkOffset + IPV4_HEADER_BYTES) return hash;
  const protocol = readUint8(bytes, networkOffset + 9);
  hash = mix(hash, protocol);
  hash = mix(hash, readUint32(bytes, networkOffset + 12));
  hash = mix(hash, readUint32(bytes, networkOffset + 16));
  const portsOffset = networkOffset + (readUint8(bytes, networkOffset) & 0xf) * 4;
  const isFragment = (readUint16(bytes, networkOffset + 6) & 0x3fff) !== 0;
  const hasPorts = (protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP) && !isFragment;
  if (!hasPorts || bytes.length < portsOffset + 4) return hash;
  return mix(hash, readUint32(bytes, portsOffset));
}

/** One round of xorshift and multiply, the same as `SeededRandom` uses. */
function mix(hash: number, value: number): number {
  let mixed = (hash ^ value) + 0x9e3779b9 >>> 0;
  mixed = Math.imul(mixed ^ mixed >>> 16, 0x21f0aaad);
  mixed = Math.imul(mixed ^ mixed >>> 15, 0x735a2d97);
  return (mixed ^ mixed >>> 15) >>> 0;
}
