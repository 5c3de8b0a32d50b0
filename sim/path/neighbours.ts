import type { Ipv4 } from "../model/ipv4.ts";
import type { Link } from "../model/link.ts";
import { type Mac, MAC_BROADCAST } from "../model/mac.ts";
import type { Neighbour } from "../model/neighbour.ts";
import type { NetworkNamespace } from "../model/namespace.ts";
import { ARP_REPLY, ARP_REQUEST, decodeArp, encodeArp } from "../packet/arp.ts";
import { encodeEthernet, ETHERTYPE_ARP } from "../packet/ethernet.ts";
import { writeMac } from "../packet/mac_address.ts";
import { NS_PER_SECOND, type Timer } from "../time/virtual_clock.ts";
import type { Packet } from "./packet.ts";
import type { PathContext } from "./path_context.ts";

/**
 * Questions that the kernel sends before it gives up (`mcast_solicit`), and the time between them.
 */
const SOLICIT = { count: 3, intervalNs: NS_PER_SECOND };

/** For how long an answer is taken for true (`base_reachable_time`); Linux varies it by half. */
const REACHABLE_NS = 30 * NS_PER_SECOND;

/** Packets that may wait for one answer (`unres_qlen`). */
const WAITING_MAX = 101;

/** A question that is out, and the packets that wait for its answer. */
interface Pending {
  readonly packets: Packet[];
  readonly unreachable: ((packet: Packet) => void)[];
  timer: Timer | undefined;
}

/** The neighbours of a namespace: ARP as Linux speaks it. */
export class Neighbours {
  readonly #context: PathContext;
  readonly #namespace: NetworkNamespace;
  readonly #pending = new Map<Neighbour, Pending>();

  /**
   * @param context What is around the stack.
   * @param namespace Whose neighbours.
   */
  constructor(context: PathContext, namespace: NetworkNamespace) {
    this.#context = context;
    this.#namespace = namespace;
  }

  /**
   * Sends a packet to a neighbour, asking for its MAC address first where that is unknown.
   *
   * @param packet The packet, on the link that it leaves by.
   * @param nextHop The neighbour's address.
   * @param unreachable Is called where nobody answers.
   */
  send(packet: Packet, nextHop: Ipv4, unreachable: (packet: Packet) => void): void {
    const { link } = packet;
    if (link.kind === "loopback") return this.#transmit(packet, link.mac);
    const nowNs = this.#context.clock.nowNs;
    const known = this.#namespace.neighbours.get(link, nextHop);
    if (known?.mac !== undefined && known.state !== "FAILED") {
      const isOld = nowNs - known.confirmedAtNs > REACHABLE_NS;
      if (known.state === "REACHABLE" && isOld) known.state = "STALE";
      return this.#transmit(packet, known.mac);
    }
    const neighbour: Neighbour = known ?? {
      link,
      address: nextHop,
      mac: undefined,
      state: "INCOMPLETE",
      confirmedAtNs: nowNs,
      probes: 0,
    };
    if (known === undefined) this.#namespace.neighbours.set(neighbour);
    this.#wait(neighbour, packet, unreachable);
  }

  /**
   * Takes an ARP packet: learns from it, and answers a question for an address of this namespace.
   *
   * @param packet The packet.
   */
  receive(packet: Packet): void {
    if (packet.type === "otherhost") return this.#context.drop(packet, "otherhost");
    const arp = decodeArp(packet.bytes.subarray(packet.networkOffset));
    if (arp === undefined) return this.#context.drop(packet, "malformed ARP");
    const { link } = packet;
    const route = this.#namespace.routes.lookup(arp.targetAddress);
    const isOurs = route?.type === "local";
    this.#learn(link, arp.senderAddress, arp.senderMac, isOurs);
    this.#context.delivered(packet, "ARP");
    if (arp.operation !== ARP_REQUEST || !isOurs) return;
    this.#sendArp(link, arp.senderMac, {
      operation: ARP_REPLY,
      senderMac: link.mac,
      senderAddress: arp.targetAddress,
      targetMac: arp.senderMac,
      targetAddress: arp.senderAddress,
    });
  }

  #wait(neighbour: Neighbour, packet: Packet, unreachable: (packet: Packet) => void): void {
    const pending = this.#pending.get(neighbour) ??
      { packets: [], unreachable: [], timer: undefined };
    this.#pending.set(neighbour, pending);
    if (pending.packets.length >= WAITING_MAX) {
      return this.#context.drop(packet, "neighbour queue full");
    }
    pending.packets.push(packet);
    pending.unreachable.push(unreachable);
    this.#context.note(packet, "neighbour", "waits for a MAC address");
    if (pending.timer === undefined) {
      neighbour.state = "INCOMPLETE";
      neighbour.probes = 0;
      this.#solicit(neighbour, pending);
    }
  }

  #solicit(neighbour: Neighbour, pending: Pending): void {
    if (neighbour.probes >= SOLICIT.count) return this.#giveUp(neighbour, pending);
    neighbour.probes += 1;
    const { link, address } = neighbour;
    const source = link.addresses[0]?.local;
    if (source !== undefined) {
      this.#sendArp(link, MAC_BROADCAST, {
        operation: ARP_REQUEST,
        senderMac: link.mac,
        senderAddress: source,
        targetMac: 0,
        targetAddress: address,
      });
    }
    pending.timer = this.#context.clock.after(
      SOLICIT.intervalNs,
      () => this.#solicit(neighbour, pending),
    );
  }

  #giveUp(neighbour: Neighbour, pending: Pending): void {
    this.#pending.delete(neighbour);
    neighbour.state = "FAILED";
    pending.packets.forEach((packet, i) => {
      pending.unreachable[i]?.(packet);
      this.#context.drop(packet, "neighbour unreachable");
    });
  }

  /** An address that was never asked for is learned only from a question to this machine. */
  #learn(link: Link, address: Ipv4, mac: Mac, mayCreate: boolean): void {
    if (address === 0) return;
    const known = this.#namespace.neighbours.get(link, address);
    if (known === undefined && !mayCreate) return;
    if (known?.state === "PERMANENT" || known?.state === "NOARP") return;
    const pending = known === undefined ? undefined : this.#pending.get(known);
    const neighbour: Neighbour = known ??
      { link, address, mac, state: "STALE", confirmedAtNs: 0, probes: 0 };
    neighbour.mac = mac;
    neighbour.confirmedAtNs = this.#context.clock.nowNs;
    neighbour.state = pending === undefined ? "STALE" : "REACHABLE";
    if (known === undefined) this.#namespace.neighbours.set(neighbour);
    if (pending === undefined) return;
    pending.timer?.cancel();
    this.#pending.delete(neighbour);
    for (const packet of pending.packets) this.#transmit(packet, mac);
  }

  #sendArp(link: Link, destination: Mac, arp: Parameters<typeof encodeArp>[0]): void {
    const header = { destination, source: link.mac, etherType: ETHERTYPE_ARP };
    this.#context.send(this.#context.newPacket(encodeEthernet(header, encodeArp(arp)), link));
  }

  #transmit(packet: Packet, mac: Mac): void {
    writeMac(packet.bytes, 0, mac);
    writeMac(packet.bytes, 6, packet.link.mac);
    this.#context.send(packet);
  }
}
