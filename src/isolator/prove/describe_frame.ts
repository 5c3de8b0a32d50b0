import { onePacket } from "./one_packet.ts";
import { isTagged } from "./packet_test.ts";
import { NETWORK, type Position, QUOTE, QUOTED_TRANSPORT, TRANSPORT, TYPE } from "./position.ts";

const PROTOCOLS: Readonly<Record<number, string>> = { 1: "ICMP", 6: "TCP", 17: "UDP" };
const WITH_PORTS = new Set([6, 17]);
const ICMP_ERRORS = new Set([3, 4, 11, 12]);

/**
 * Tells what a frame is, in a few words.
 *
 * @param frame Its bytes, from the Ethernet header on.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const frame = new Uint8Array(60);
 * frame.set([0x88, 0xb5], 12);
 * assertEquals(describeFrame(frame), "a frame of type 88b5, 60 bytes");
 * ```
 */
export function describeFrame(frame: Uint8Array): string {
  const packet = onePacket(frame);
  const at = (position: Position) => packet.at(position).intervals[0]?.begin ?? 0;
  const address = (position: Position) =>
    [at(position) >> 8, at(position) & 0xff, at(position + 2) >> 8, at(position + 2) & 0xff]
      .join(".");
  const type = at(TYPE);
  const bytes = `${frame.length} bytes`;
  if (isTagged(packet)) return `a frame of type ${hex(type)} in a VLAN, ${bytes}`;
  if (type === 0x0806) {
    const asks = at(NETWORK + 6) === 1 ? "request" : "reply";
    return `ARP ${asks} from ${address(NETWORK + 14)} about ${address(NETWORK + 24)}, ${bytes}`;
  }
  if (type !== 0x0800) return `a frame of type ${hex(type)}, ${bytes}`;
  const protocol = at(NETWORK + 9);
  const name = (number: number) => PROTOCOLS[number] ?? `IP protocol ${number}`;
  const offset = at(NETWORK + 6) & 0x1fff;
  const ports = WITH_PORTS.has(protocol) && offset === 0;
  const end = (position: Position, port: Position) =>
    address(position) + (ports ? `:${at(port)}` : "");
  const icmpType = at(TRANSPORT) >> 8;
  const words = [
    `${name(protocol)} ${end(NETWORK + 12, TRANSPORT)} → ${end(NETWORK + 16, TRANSPORT + 2)}`,
    ...(protocol === 1 ? [`type ${icmpType}`] : []),
    ...(protocol === 1 && ICMP_ERRORS.has(icmpType)
      ? [`about ${name(at(QUOTE + 9))} from port ${at(QUOTED_TRANSPORT)}`]
      : []),
    ...((at(NETWORK) & 0x0f) === 5 ? [] : ["with options"]),
    ...(offset === 0 ? [] : [`a later fragment`]),
    bytes,
  ];
  return words.join(", ");
}

function hex(type: number): string {
  return type.toString(16).padStart(4, "0");
}
