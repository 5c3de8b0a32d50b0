import { parseIpv4 } from "../../sim/model/ipv4.ts";
import { ARP_REPLY, ARP_REQUEST, encodeArp } from "../../sim/packet/arp.ts";
import { encodeEthernet, ETHERTYPE_ARP, ETHERTYPE_IPV4 } from "../../sim/packet/ethernet.ts";
import { encodeIcmp } from "../../sim/packet/icmp.ts";
import { encodeIpv4, type Ipv4Header } from "../../sim/packet/ipv4.ts";
import { encodeUdp } from "../../sim/packet/udp.ts";
import { HOST_ADDRESS, HOST_MAC, OUTSIDE_ADDRESS, OUTSIDE_MAC } from "./world.ts";

/**
 * Frames that a container with every capability may try to send, and where each gets to. The
 * container owns the ports 31000 to 31007; the host has a server at the UDP port 8081.
 */
export interface ForgedFrame {
  /** What is right or wrong about it. */
  readonly name: string;
  /** The frame. */
  readonly bytes: Uint8Array;
  /** Where it gets to: out by the wire, to the host by lo, or nowhere but back. */
  readonly reaches: "wire" | "lo" | "nobody";
}

const [HOST, OUTSIDE] = [address(HOST_ADDRESS), address(OUTSIDE_ADDRESS)];
const LOOPBACK = address("127.0.0.1");
const [OWN_MAC, GATEWAY_MAC] = [mac(HOST_MAC), mac(OUTSIDE_MAC)];
const FOREIGN_MAC = 0x020000000099;
const BROADCAST = 0xffffffffffff;
const UDP = 17;

function address(text: string): number {
  return parseIpv4(text) ?? 0;
}

function mac(text: string): number {
  return Number.parseInt(text.replaceAll(":", ""), 16);
}

let identification = 0;

/** An IPv4 frame to the gateway's MAC address unless it is for the host. */
function ip(header: Partial<Ipv4Header>, payload: Uint8Array, source = OWN_MAC): Uint8Array {
  const whole = {
    source: HOST,
    destination: OUTSIDE,
    protocol: UDP,
    identification: ++identification,
    ...header,
  };
  const destination = whole.destination === OUTSIDE ? GATEWAY_MAC : OWN_MAC;
  return encodeEthernet(
    { destination, source, etherType: ETHERTYPE_IPV4 },
    encodeIpv4(whole, payload),
  );
}

function udp(sourcePort: number, destinationPort = 9, addresses: Partial<Ipv4Header> = {}) {
  const pair = { source: HOST, destination: OUTSIDE, ...addresses };
  const payload = new Uint8Array(32).fill(sourcePort & 0xff);
  return encodeUdp(pair, { sourcePort, destinationPort, payload });
}

function arp(change: Partial<Parameters<typeof encodeArp>[0]>, source = OWN_MAC): Uint8Array {
  const packet = encodeArp({
    operation: ARP_REQUEST,
    senderMac: OWN_MAC,
    senderAddress: HOST,
    targetMac: 0,
    targetAddress: OUTSIDE,
    ...change,
  });
  return encodeEthernet({ destination: BROADCAST, source, etherType: ETHERTYPE_ARP }, packet);
}

/** An error about a datagram that came to a port of this host, and to whom it is sent. */
function icmpError(port: number, destination = HOST, to = OUTSIDE): Uint8Array {
  const quoted = encodeIpv4({ source: to, destination, protocol: UDP }, udp(9, port));
  const error = { type: 3, code: 3, identifier: 0, sequence: 0, payload: quoted.subarray(0, 28) };
  return ip({ protocol: 1, destination: to }, encodeIcmp(error));
}

function echo(type: number, header: Partial<Ipv4Header> = {}): Uint8Array {
  const message = { type, code: 0, identifier: 7, sequence: 1, payload: new Uint8Array(8) };
  return ip({ protocol: 1, ...header }, encodeIcmp(message));
}

/** Option bytes that look like the source port 31000 where a header without options has ports. */
const DISGUISE = Uint8Array.of(0x79, 0x18, 0x00, 0x09, 0, 0, 0, 0);
/** Two bytes of "no operation" and the end of the list, twice. */
const HARMLESS = Uint8Array.of(1, 1, 1, 0, 1, 1, 1, 0);

const toHost = { destination: HOST } as const;

/** All frames; the first of each kind is the honest one. */
export const FORGED_FRAMES: readonly ForgedFrame[] = [
  frame("its own port", ip({}, udp(31000)), "wire"),
  frame("another's port", ip({}, udp(31008)), "nobody"),
  frame("a port of nobody", ip({}, udp(53)), "nobody"),
  frame("a foreign source address", ip({ source: address("10.77.0.9") }, udp(31000)), "nobody"),
  frame("a loopback source address", ip({ source: LOOPBACK }, udp(31000)), "nobody"),
  frame("a foreign source MAC address", ip({}, udp(31000), FOREIGN_MAC), "nobody"),
  frame("options before its own port", ip({ options: HARMLESS }, udp(31001)), "wire"),
  frame("options that pose as its port", ip({ options: DISGUISE }, udp(31008)), "nobody"),
  frame("a first fragment", ip({ moreFragments: true }, udp(31002)), "wire"),
  frame(
    "a later fragment that poses as its port",
    ip({ fragmentOffsetBytes: 64 }, udp(31000)),
    "nobody",
  ),
  frame("another protocol that poses as ports", ip({ protocol: 47 }, udp(31000)), "nobody"),
  frame("the host's server, from its own port", ip(toHost, udp(31003, 8081, toHost)), "lo"),
  frame("the host's server, from another's", ip(toHost, udp(31009, 8081, toHost)), "nobody"),
  frame(
    "the host's server, from outside's address",
    ip({ ...toHost, source: OUTSIDE }, udp(31003, 8081, { ...toHost, source: OUTSIDE })),
    "nobody",
  ),
  frame(
    "a broadcast from nobody to the host's server",
    ip(
      { source: 0, destination: 0xffffffff },
      udp(68, 8081, { source: 0, destination: 0xffffffff }),
    ),
    "nobody",
  ),
  frame("an echo request", echo(8), "wire"),
  frame("an echo request in another's name", echo(8, { source: OUTSIDE + 8 }), "nobody"),
  frame("an echo reply", echo(0), "nobody"),
  frame("a redirect", echo(5), "nobody"),
  frame("an echo request to the host", echo(8, toHost), "wire"),
  frame("an error about its own port", icmpError(31004), "wire"),
  frame("an error about another's port", icmpError(31008), "nobody"),
  frame("an error about another host", icmpError(31004, address("10.77.0.9")), "nobody"),
  frame("an error to the host about its own port", icmpError(31004, HOST, HOST), "lo"),
  frame("an error to the host about another's port", icmpError(31008, HOST, HOST), "nobody"),
  frame("an ARP request", arp({}), "wire"),
  frame("an ARP request in another's name", arp({ senderAddress: OUTSIDE }), "nobody"),
  frame("an ARP request with a foreign MAC address", arp({ senderMac: FOREIGN_MAC }), "nobody"),
  frame("an ARP request from a foreign MAC address", arp({}, FOREIGN_MAC), "nobody"),
  frame(
    "an ARP reply in the gateway's name",
    arp({ operation: ARP_REPLY, senderAddress: OUTSIDE }),
    "nobody",
  ),
  frame("an ARP reply in the host's name", arp({ operation: ARP_REPLY }), "nobody"),
  frame(
    "IPv6",
    encodeEthernet(
      { destination: GATEWAY_MAC, source: OWN_MAC, etherType: 0x86dd },
      new Uint8Array(60).fill(0x60),
    ),
    "nobody",
  ),
  frame(
    "a frame that ends with its Ethernet header",
    encodeEthernet(
      { destination: BROADCAST, source: OWN_MAC, etherType: 0x88b5 },
      new Uint8Array(),
    ),
    "nobody",
  ),
  frame(
    "an unknown protocol",
    encodeEthernet(
      { destination: BROADCAST, source: OWN_MAC, etherType: 0x88b5 },
      new Uint8Array(60).fill(0x88),
    ),
    "nobody",
  ),
];

/** An honest frame by which all those before it have passed; it reaches the wire. */
export const LAST_FRAME: Uint8Array = ip({}, udp(31007, 10));

/** The same for frames to the host; it reaches lo. */
export const LAST_FRAME_TO_HOST: Uint8Array = ip(toHost, udp(31007, 8081, toHost));

function frame(name: string, bytes: Uint8Array, reaches: ForgedFrame["reaches"]): ForgedFrame {
  return { name, bytes, reaches };
}
