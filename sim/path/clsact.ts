/**
 * The filters of `clsact` and `ingress`: those that a packet meets at a link whatever the link's
 * queue, as net/core/dev.c asks them.
 *
 * @module
 */

import type { FilterBlock } from "../model/filter_block.ts";
import type { Link } from "../model/link.ts";
import { ETHERNET_HEADER_BYTES } from "../packet/ethernet.ts";
import { classify } from "./classify.ts";
import type { Packet } from "./packet.ts";
import type { PathContext } from "./path_context.ts";
import { VERDICT } from "./verdict.ts";

/**
 * Asks the filters for arriving packets.
 *
 * @param context What is around the packet.
 * @param link The link.
 * @param packet The packet; it counts without its Ethernet header.
 * @returns Whether it goes on.
 */
export function passIngress(context: PathContext, link: Link, packet: Packet): boolean {
  return link.ingress === undefined ||
    pass(context, link.ingress.filters, packet, packet.lengthBytes - ETHERNET_HEADER_BYTES);
}

/**
 * Asks the filters for leaving packets.
 *
 * @param context What is around the packet.
 * @param link The link.
 * @param packet The packet; it counts with its Ethernet header.
 * @returns Whether it goes on.
 */
export function passEgress(context: PathContext, link: Link, packet: Packet): boolean {
  return link.ingress === undefined ||
    pass(context, link.ingress.egressFilters, packet, packet.lengthBytes);
}

function pass(
  context: PathContext,
  block: FilterBlock,
  packet: Packet,
  lengthBytes: number,
): boolean {
  // Without filters the kernel does not come here, and counts nothing.
  if (block.classifiers.length === 0) return true;
  const { counters } = block.qdisc;
  counters.packets += 1;
  counters.bytes += lengthBytes;
  const { link, hops } = packet;
  const { verdict } = classify(context, block, packet, lengthBytes);
  if (verdict === VERDICT.drop) {
    counters.drops += 1;
    context.drop(packet, "filter");
    return false;
  }
  if (verdict !== VERDICT.stolen && verdict !== VERDICT.queued && verdict !== VERDICT.trap) {
    return true;
  }
  const isMoved = packet.link !== link || packet.hops !== hops;
  if (!isMoved) packet.trace?.finish({ outcome: "consumed", reason: "stolen" });
  return false;
}
