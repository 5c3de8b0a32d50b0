import { parseIpv4 } from "../../../sim/model/ipv4.ts";
import { parseMac } from "../../../sim/model/mac.ts";
import { ARP_REPLY, ARP_REQUEST, encodeArp } from "../../../sim/packet/arp.ts";
import { encodeEthernet, ETHERTYPE_ARP, ETHERTYPE_IPV4 } from "../../../sim/packet/ethernet.ts";
import { encodeIcmp } from "../../../sim/packet/icmp.ts";
import { encodeIpv4, type Ipv4Header } from "../../../sim/packet/ipv4.ts";
import { encodeUdp } from "../../../sim/packet/udp.ts";
import { LEFT, LEFT_MAC } from "./frame_stage.ts";

/** @param text Four decimal numbers. @returns The address. @throws {SyntaxError} For others. */
export function address(text: string): number {
  const value = parseIpv4(text);
  if (value === undefined) throw new SyntaxError(`"${text}" is no IPv4 address`);
  return value;
}

/** @param text Six hexadecimal bytes. @returns The address. @throws {SyntaxError} For others. */
export function mac(text: string): number {
  const value = parseMac(text);
  if (value === undefined) throw new SyntaxError(`"${text}" is no MAC address`);
  return value;
}

/** Where a datagram comes from and goes to, and what is odd about it. */
export interface DatagramSpec extends Partial<Omit<Ipv4Header, "source" | "destination">> {
  /** Source address; the left neighbour's when left out. */
  readonly from?: string;
  /** Destination address; the host's on `eth0` when left out. */
  readonly to?: string;
}

/**
 * Makes a datagram.
 *
 * @param spec What differs from one from the left neighbour to the host.
 * @param payload What it carries.
 */
export function datagram(spec: DatagramSpec, payload: Uint8Array): Uint8Array {
  const { from = LEFT.neighbour, to = LEFT.host, protocol = 17, ...rest } = spec;
  const addresses = { source: address(from), destination: address(to) };
  return encodeIpv4({ identification: 0x1234, ...rest, ...addresses, protocol }, payload);
}

/**
 * Makes a UDP datagram from port 9.
 *
 * @param spec What is odd about its header.
 * @param udp Its destination port, 7777 when left out, and bytes of its payload, 5 when left out.
 */
export function udp(
  spec: DatagramSpec = {},
  { port = 7777, bytes = 5 }: { readonly port?: number; readonly bytes?: number } = {},
): Uint8Array {
  const { from = LEFT.neighbour, to = LEFT.host } = spec;
  const addresses = { source: address(from), destination: address(to) };
  const payload = new Uint8Array(bytes).fill(0x68);
  return datagram(spec, encodeUdp(addresses, { sourcePort: 9, destinationPort: port, payload }));
}

/**
 * Makes an ICMP message.
 *
 * @param type Its type.
 * @param code Its code.
 * @param spec What is odd about its IP header.
 * @param payload What follows the first eight bytes; ten bytes when left out.
 */
export function icmp(
  type: number,
  code: number,
  spec: DatagramSpec = {},
  payload: Uint8Array = new Uint8Array(10),
): Uint8Array {
  const message = { type, code, identifier: 1, sequence: 1, payload };
  return datagram({ ...spec, protocol: 1 }, encodeIcmp(message));
}

/** How a frame differs from one to the host. */
export interface FrameSpec {
  /** MAC address that it is sent to; the host's when left out. */
  readonly mac?: string;
  /** What it carries; IPv4 when left out. */
  readonly etherType?: number;
  /** Its VLAN tag; none when left out. */
  readonly vlanTag?: number;
}

/**
 * Puts a packet into a frame from the left neighbour.
 *
 * @param packet The packet.
 * @param spec How the frame differs from one to the host.
 */
export function frame(packet: Uint8Array, spec: FrameSpec = {}): Uint8Array {
  const { mac: destination = LEFT_MAC.host, etherType = ETHERTYPE_IPV4, vlanTag } = spec;
  return encodeEthernet({
    destination: mac(destination),
    source: mac(LEFT_MAC.neighbour),
    etherType,
    ...(vlanTag === undefined ? {} : { vlanTag }),
  }, packet);
}

/** Who speaks ARP: an IPv4 and a MAC address. */
export interface ArpSpeaker {
  /** The IPv4 address. */
  readonly address: string;
  /** The MAC address. */
  readonly mac: string;
}

const EVERYBODY = "ff:ff:ff:ff:ff:ff";

/**
 * Makes a frame that asks everybody for an address.
 *
 * @param sender Who asks.
 * @param target The address that is asked for.
 */
export function arpQuestion(sender: ArpSpeaker, target: string): Uint8Array {
  const nobody = { address: target, mac: "00:00:00:00:00:00" };
  return arpFrame(ARP_REQUEST, sender, nobody, EVERYBODY);
}

/**
 * Makes a frame that answers a question, whether or not it was asked.
 *
 * @param sender Who answers.
 * @param target Whom.
 */
export function arpAnswer(sender: ArpSpeaker, target: ArpSpeaker): Uint8Array {
  return arpFrame(ARP_REPLY, sender, target, target.mac);
}

function arpFrame(operation: number, sender: ArpSpeaker, target: ArpSpeaker, to: string) {
  const arp = encodeArp({
    operation,
    senderMac: mac(sender.mac),
    senderAddress: address(sender.address),
    targetMac: mac(target.mac),
    targetAddress: address(target.address),
  });
  const addresses = { destination: mac(to), source: mac(sender.mac) };
  return encodeEthernet({ ...addresses, etherType: ETHERTYPE_ARP }, arp);
}
