/**
 * Who takes an arriving frame: the end of the kernel's `__netif_receive_skb_core`.
 *
 * @module
 */

import { isMulticastMac, MAC_BROADCAST } from "../model/mac.ts";
import { readUint16 } from "../packet/bytes.ts";
import {
  ETHERNET_HEADER_BYTES,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_MIN,
} from "../packet/ethernet.ts";
import { readMac } from "../packet/mac_address.ts";
import type { Packet, PacketType } from "./packet.ts";
import type { PathContext } from "./path_context.ts";

/** Bits of a tag that name the VLAN; 0 names none and gives a priority only. */
const VLAN_ID_BITS = 0xfff;

/**
 * Tells whom a frame is for; the kernel calls this PACKET_HOST, PACKET_OTHERHOST and so on.
 *
 * @param packet The packet, on the link that received it.
 */
export function typeOf(packet: Packet): PacketType {
  const destination = readMac(packet.bytes, 0);
  if (destination === packet.link.mac) return "host";
  if (destination === MAC_BROADCAST) return "broadcast";
  return isMulticastMac(destination) ? "multicast" : "otherhost";
}

/**
 * Gives a frame to whoever handles its protocol.
 *
 * @param context What is around it.
 * @param packet The packet.
 */
export function deliver(context: PathContext, packet: Packet): void {
  const { link } = packet;
  let { protocol } = packet;
  if (packet.tagControl !== undefined) {
    protocol = readUint16(packet.bytes, ETHERNET_HEADER_BYTES - 2);
    const id = packet.tagControl & VLAN_ID_BITS;
    // There are no VLAN links here, so a frame of a VLAN is for somebody else.
    if (id !== 0) packet.type = "otherhost";
  }
  if (protocol === ETHERTYPE_IPV4) {
    if (packet.type === "otherhost") link.counters.rxOtherHost += 1;
    return context.stack(link.namespace).receiveIp(packet);
  }
  if (protocol === ETHERTYPE_ARP) return context.stack(link.namespace).receiveArp(packet);
  if (protocol === ETHERTYPE_IPV6) {
    const isOff = link.inet6Conf("disable_ipv6") > 0;
    return context.drop(packet, isOff ? "disable_ipv6" : "IPv6 is not modelled");
  }
  if (protocol < ETHERTYPE_MIN) return context.drop(packet, "802.3 frame that nobody asked for");
  link.counters.rxDropped += 1;
  context.drop(packet, "no handler for its protocol");
}
