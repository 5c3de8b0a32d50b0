import { readUint16 } from "../packet/bytes.ts";
import { decodeIpv4, PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from "../packet/ipv4.ts";
import { ETHERTYPE_IPV4 } from "../packet/ethernet.ts";
import type { Packet } from "../path/packet.ts";
import type { Flow } from "./schema.ts";

/** Protocol number of each kind of flow. */
const PROTOCOLS: Readonly<Record<Flow["protocol"], number>> = {
  tcp: PROTOCOL_TCP,
  udp: PROTOCOL_UDP,
  icmp: PROTOCOL_ICMP,
};

/**
 * Counts dropped packets by whom they were for. Flows of one scenario that share protocol,
 * destination and port share their counts.
 */
export class DropCounts {
  readonly #counts: Map<string, Map<string, number>> = new Map();

  /**
   * Hears of a dropped packet.
   *
   * @param packet The packet.
   * @param reason The rule of the kernel that dropped it.
   */
  count(packet: Packet, reason: string): void {
    const key = keyOfPacket(packet);
    if (key === undefined) return;
    const reasons = this.#counts.get(key) ?? new Map<string, number>();
    this.#counts.set(key, reasons);
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }

  /**
   * Tells what was dropped of a flow.
   *
   * @param flow The flow.
   * @param destination Address that it was sent to.
   * @returns Packets by reason, in the order of their first drop.
   */
  of(flow: Flow, destination: number): Record<string, number> {
    const port = flow.protocol === "icmp" ? 0 : flow.port;
    const reasons = this.#counts.get(keyOf(PROTOCOLS[flow.protocol], destination, port));
    return Object.fromEntries(reasons ?? []);
  }
}

function keyOf(protocol: number, destination: number, port: number): string {
  return `${protocol} ${destination} ${port}`;
}

function keyOfPacket(packet: Packet): string | undefined {
  if (packet.protocol !== ETHERTYPE_IPV4) return undefined;
  const header = decodeIpv4(packet.bytes, packet.networkOffset);
  if (header === undefined) return undefined;
  const { protocol, destination } = header;
  if (protocol === PROTOCOL_ICMP) return keyOf(protocol, destination, 0);
  const at = packet.networkOffset + header.headerBytes + 2;
  if (at + 2 > packet.bytes.length) return undefined;
  return keyOf(protocol, destination, readUint16(packet.bytes, at));
}
