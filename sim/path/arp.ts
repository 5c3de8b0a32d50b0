import type { Ipv4 } from "../model/ipv4.ts";
import { prefixOf } from "../model/ipv4.ts";
import type { Link } from "../model/link.ts";
import { type Mac, MAC_BROADCAST } from "../model/mac.ts";
import type { Neighbour } from "../model/neighbour.ts";
import type { NetworkNamespace } from "../model/namespace.ts";
import { ARP_REPLY, ARP_REQUEST, type ArpPacket, decodeArp, encodeArp } from "../packet/arp.ts";
import { readUint32 } from "../packet/bytes.ts";
import { encodeEthernet, ETHERTYPE_ARP, ETHERTYPE_IPV4 } from "../packet/ethernet.ts";
import { isLoopback, isMulticast, LIMITED_BROADCAST } from "../packet/ipv4_address.ts";
import { NS_PER_SECOND } from "../time/virtual_clock.ts";
import { routeInput } from "./input_route.ts";
import { Neighbours } from "./neighbours.ts";
import type { Packet } from "./packet.ts";
import type { PathContext } from "./path_context.ts";

/** Of answers that follow each other this soon the first one counts (`locktime`). */
const LOCK_NS = NS_PER_SECOND;
/** Multicast MAC addresses of IPv4 begin with 01:00:5e; the group's low 23 bits follow. */
const MULTICAST_MAC = 0x01005e000000;
/** Where the source address stands in an IPv4 header. */
const SOURCE_OFFSET = 12;

/** ARP of one namespace, as the kernel's `arp.c` speaks it. */
export class Arp {
  readonly #context: PathContext;
  readonly #namespace: NetworkNamespace;
  readonly #neighbours: Neighbours;

  /**
   * @param context What is around the stack.
   * @param namespace Whose ARP.
   */
  constructor(context: PathContext, namespace: NetworkNamespace) {
    this.#context = context;
    this.#namespace = namespace;
    this.#neighbours = new Neighbours(
      context,
      namespace,
      (neighbour, waiting) => this.#ask(neighbour, waiting),
    );
  }

  /**
   * Sends a packet to a neighbour, or to all that listen to a group.
   *
   * @param packet The packet, on the link that it leaves by.
   * @param nextHop The neighbour's address.
   * @param unreachable Is called with each packet whose neighbour does not answer.
   */
  send(packet: Packet, nextHop: Ipv4, unreachable: (packet: Packet) => void): void {
    const { link } = packet;
    if (link.kind === "loopback") return this.#neighbours.transmit(packet, link.mac);
    if (isMulticast(nextHop)) {
      return this.#neighbours.transmit(packet, MULTICAST_MAC + (nextHop & 0x7fffff));
    }
    if (nextHop === LIMITED_BROADCAST) return this.#neighbours.transmit(packet, MAC_BROADCAST);
    this.#neighbours.send(packet, nextHop, unreachable);
  }

  /**
   * Takes an ARP packet: answers a question for an address of this namespace, and learns from it.
   *
   * @param packet The packet.
   */
  receive(packet: Packet): void {
    const { link } = packet;
    if (packet.type === "otherhost") return this.#context.drop(packet, "otherhost");
    if (!link.hasArp) return this.#context.drop(packet, "link without ARP");
    const arp = decodeArp(packet.bytes, packet.networkOffset);
    if (arp === undefined) return this.#context.drop(packet, "malformed ARP");
    const { targetAddress } = arp;
    const routesLoopback =
      this.#namespace.sysctls.largerOfAllAndLink("route_localnet", link.name) > 0;
    if (isMulticast(targetAddress) || (isLoopback(targetAddress) && !routesLoopback)) {
      return this.#context.drop(packet, "ARP for an impossible address");
    }
    this.#context.delivered(packet, "ARP");
    if (arp.senderAddress === 0) return this.#answerProbe(link, arp);
    if (arp.operation === ARP_REQUEST && this.#answer(link, arp)) return;
    this.#learn(packet, arp);
  }

  /** Somebody looks whether an address is free (RFC 5227): only its owner answers. */
  #answerProbe(link: Link, arp: ArpPacket): void {
    if (arp.operation !== ARP_REQUEST) return;
    const route = this.#namespace.routes.lookup(arp.targetAddress);
    if (route?.type === "local" && !this.#ignores(link, arp)) this.#reply(link, arp);
  }

  /** Answers a question for one of our own addresses. Tells whether it was one. */
  #answer(link: Link, arp: ArpPacket): boolean {
    const route = routeInput(link, arp.senderAddress, arp.targetAddress);
    if (route.kind !== "local" || route.to !== "local") return false;
    if (this.#ignores(link, arp) || this.#filters(link, arp.senderAddress)) return true;
    const news = { mac: arp.senderMac, state: "STALE", overrides: true } as const;
    this.#neighbours.update(link, arp.senderAddress, news);
    this.#reply(link, arp);
    return true;
  }

  /** What is said of a neighbour counts only if it is known, or if `arp_accept` lets it. */
  #learn(packet: Packet, arp: ArpPacket): void {
    const { link } = packet;
    const { senderAddress: address, senderMac: mac, operation } = arp;
    const known = this.#neighbours.find(link, address);
    const isGratuitous = arp.targetAddress === address &&
      (operation !== ARP_REPLY || arp.targetMac === mac) &&
      (this.#namespace.routes.lookup(address)?.type ?? "unicast") === "unicast";
    if (known === undefined) {
      const accepts = this.#namespace.sysctls.largerOfAllAndLink("arp_accept", link.name) > 0;
      if (!accepts || (operation !== ARP_REPLY && !isGratuitous)) return;
    }
    const isLocked = known !== undefined &&
      this.#context.clock.nowNs <= known.updatedAtNs + LOCK_NS;
    // What everybody hears says nothing about whether the neighbour reaches us.
    const isAnswer = operation === ARP_REPLY && packet.type === "host";
    const state = isAnswer ? "REACHABLE" : "STALE";
    this.#neighbours.update(link, address, { mac, state, overrides: isGratuitous || !isLocked });
  }

  /** The rules of `arp_ignore`. */
  #ignores(link: Link, { senderAddress, targetAddress }: ArpPacket): boolean {
    const rule = this.#namespace.sysctls.largerOfAllAndLink("arp_ignore", link.name);
    if (rule === 8) return true;
    if (rule === 3) {
      return !this.#namespace.links.some(({ addresses }) =>
        addresses.some(({ local, scope }) => local === targetAddress && scope !== "host")
      );
    }
    if (rule !== 1 && rule !== 2) return false;
    const own = link.addresses.find(({ local }) => local === targetAddress);
    if (own === undefined || rule === 1) return own === undefined;
    const { prefixLength } = own;
    return prefixOf(senderAddress, prefixLength) !== prefixOf(own.local, prefixLength);
  }

  /** The rule of `arp_filter`: answers leave by the link that they came by, or not at all. */
  #filters(link: Link, asker: Ipv4): boolean {
    const filters = this.#namespace.sysctls.largerOfAllAndLink("arp_filter", link.name) > 0;
    return filters && this.#namespace.routes.lookup(asker)?.link !== link;
  }

  #reply(link: Link, arp: ArpPacket): void {
    this.#send(link, arp.senderMac, {
      operation: ARP_REPLY,
      senderMac: link.mac,
      senderAddress: arp.targetAddress,
      targetMac: arp.senderMac,
      targetAddress: arp.senderAddress,
    });
  }

  #ask(neighbour: Neighbour, waiting: Packet | undefined): void {
    const { link, address, mac } = neighbour;
    this.#send(link, mac ?? MAC_BROADCAST, {
      operation: ARP_REQUEST,
      senderMac: link.mac,
      senderAddress: this.#sourceFor(link, address, waiting),
      targetMac: 0,
      targetAddress: address,
    });
  }

  /** The address that a question comes from: the waiting packet's own, as `arp_announce` lets it. */
  #sourceFor(link: Link, target: Ipv4, waiting: Packet | undefined): Ipv4 {
    const announce = this.#namespace.sysctls.largerOfAllAndLink("arp_announce", link.name);
    if (waiting?.protocol === ETHERTYPE_IPV4 && announce < 2) {
      const source = readUint32(waiting.bytes, waiting.networkOffset + SOURCE_OFFSET);
      const isOwn = this.#namespace.routes.lookup(source)?.type === "local";
      if (isOwn && (announce === 0 || isNear(link, target, source))) return source;
    }
    const usable = link.addresses.filter(({ scope, isSecondary }) =>
      scope !== "host" && !isSecondary
    );
    const near = usable.find(({ peer, prefixLength }) =>
      prefixOf(peer, prefixLength) === prefixOf(target, prefixLength)
    );
    return near?.local ?? usable[0]?.local ?? 0;
  }

  #send(link: Link, destination: Mac, arp: ArpPacket): void {
    const header = { destination, source: link.mac, etherType: ETHERTYPE_ARP };
    this.#context.send(this.#context.newPacket(encodeEthernet(header, encodeArp(arp)), link));
  }
}

/** Whether one network of a link has both addresses. */
function isNear(link: Link, one: Ipv4, other: Ipv4): boolean {
  return link.addresses.some(({ peer, prefixLength }) =>
    prefixOf(peer, prefixLength) === prefixOf(one, prefixLength) &&
    prefixOf(peer, prefixLength) === prefixOf(other, prefixLength)
  );
}
