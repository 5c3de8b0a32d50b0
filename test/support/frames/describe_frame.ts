import { MAC_BROADCAST } from "../../../sim/model/mac.ts";
import { formatIpv4 } from "../../../sim/model/ipv4.ts";
import { decodeArp } from "../../../sim/packet/arp.ts";
import { readUint16, readUint32 } from "../../../sim/packet/bytes.ts";
import { decodeEthernet, ETHERTYPE_ARP, ETHERTYPE_IPV4 } from "../../../sim/packet/ethernet.ts";
import { type DecodedIpv4, decodeIpv4 } from "../../../sim/packet/ipv4.ts";

/**
 * Writes what a frame says in one line, so that expectations can be read. Numbers that a kernel is
 * free to choose, such as the identification, are left out; a wrong checksum is called so.
 *
 * @param frame The frame from its Ethernet header on.
 */
export function describeFrame(frame: Uint8Array): string {
  const ethernet = decodeEthernet(frame);
  if (ethernet === undefined) return `cut short at ${frame.length}`;
  const { header, payloadOffset } = ethernet;
  const payload = frame.subarray(payloadOffset);
  if (header.etherType === ETHERTYPE_ARP) {
    return describeArp(payload) + (header.destination === MAC_BROADCAST ? "" : " alone");
  }
  if (header.etherType !== ETHERTYPE_IPV4) return `type 0x${header.etherType.toString(16)}`;
  const ip = decodeIpv4(payload);
  return ip === undefined ? "bad IP" : describeIpv4(ip, payload);
}

function describeArp(bytes: Uint8Array): string {
  const arp = decodeArp(bytes);
  if (arp === undefined) return "bad ARP";
  const what = arp.operation === 1 ? "asks for" : "answers";
  return `ARP ${formatIpv4(arp.senderAddress)} ${what} ${formatIpv4(arp.targetAddress)}`;
}

function describeIpv4(ip: DecodedIpv4, bytes: Uint8Array): string {
  const parts = [`${formatIpv4(ip.source)} > ${formatIpv4(ip.destination)}`, `ttl ${ip.ttl}`];
  if (ip.trafficClass !== 0) parts.push(`tos 0x${ip.trafficClass.toString(16)}`);
  parts.push(`len ${ip.totalBytes}`);
  if (ip.dontFragment) parts.push("DF");
  if (ip.moreFragments) parts.push("MF");
  if (ip.fragmentOffsetBytes > 0) parts.push(`at ${ip.fragmentOffsetBytes}`);
  if (ip.options.length > 0) parts.push(`options ${ip.options.toHex()}`);
  if (!ip.checksumValid) parts.push("bad checksum");
  parts.push(describePayload(ip, bytes.subarray(ip.headerBytes, ip.totalBytes)));
  return parts.join(" ");
}

function describePayload(ip: DecodedIpv4, payload: Uint8Array): string {
  if (ip.fragmentOffsetBytes > 0) return `protocol ${ip.protocol}`;
  if (ip.protocol === 17) return `UDP ${readUint16(payload, 0)} > ${readUint16(payload, 2)}`;
  if (ip.protocol !== 1) return `protocol ${ip.protocol}`;
  const rest = readUint32(payload, 4);
  const shown = payload[0] === 5 ? ` gateway ${formatIpv4(rest)}` : rest > 0 ? ` rest ${rest}` : "";
  return `ICMP ${payload[0]}/${payload[1]}${shown}`;
}
