import { readUint8 } from "../packet/bytes.ts";
import { ETHERTYPE_IPV4 } from "../packet/ethernet.ts";
import { ECN, IPV4_HEADER_BYTES, rewriteIpv4 } from "../packet/ipv4.ts";
import type { Packet } from "../path/packet.ts";

/**
 * Marks an IPv4 packet as having met congestion, where its sender said that it understands.
 *
 * @param packet The packet; its bytes are copied, since others may hold them too.
 * @returns Whether it carries the mark now.
 */
export function markCongestion(packet: Packet): boolean {
  const { networkOffset } = packet;
  if (packet.protocol !== ETHERTYPE_IPV4) return false;
  if (packet.bytes.length < networkOffset + IPV4_HEADER_BYTES) return false;
  const trafficClass = readUint8(packet.bytes, networkOffset + 1);
  const ecn = trafficClass & ECN.congested;
  if (ecn === ECN.notCapable) return false;
  if (ecn === ECN.congested) return true;
  packet.bytes = packet.bytes.slice();
  rewriteIpv4(packet.bytes, networkOffset, { trafficClass: trafficClass | ECN.congested });
  return true;
}
