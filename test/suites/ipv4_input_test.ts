import { frame, icmp, udp } from "../support/frames/frames.ts";
import { type FrameCase, framesOnEachStage } from "../support/frames/on_each_stage.ts";

const BROADCAST = "ff:ff:ff:ff:ff:ff";
const RECEIVED = { "Ip.InReceives": 1 };
const DELIVERED = { ...RECEIVED, "Ip.InDelivers": 1 };
const ANSWERED = { "Ip.OutRequests": 1, "Ip.OutTransmits": 1, "Icmp.OutMsgs": 1 };
const UNREACHABLE = { ...ANSWERED, "Icmp.OutDestUnreachs": 1, "IcmpMsg.OutType3": 1 };
const PORT_UNREACHABLE = "10.0.0.2 > 10.0.0.1 ttl 64 tos 0xc0 len 61 ICMP 3/3";

/** A UDP datagram to a closed port that vanishes, counted as received and no more. */
function vanishes(name: string, packet: Uint8Array, counts: FrameCase["counts"] = {}): FrameCase {
  return { name, send: [frame(packet)], counts: { ...RECEIVED, ...counts } };
}

/** Turns one bit of a datagram over. */
function damaged(packet: Uint8Array, at: number, bits: number): Uint8Array {
  const copy = packet.slice();
  copy[at] = (copy[at] ?? 0) ^ bits;
  return copy;
}

framesOnEachStage("a host takes the datagrams that are for it, and counts the rest", [], [
  {
    name: "a closed port is answered",
    send: [frame(udp())],
    left: [PORT_UNREACHABLE],
    counts: { ...DELIVERED, ...UNREACHABLE, "Udp.NoPorts": 1 },
  },
  {
    name: "what a frame is padded with is not quoted",
    send: [frame(Uint8Array.from([...udp(), ...new Uint8Array(30)]))],
    left: [PORT_UNREACHABLE],
    counts: { ...DELIVERED, ...UNREACHABLE, "Udp.NoPorts": 1 },
  },
  {
    name: "a frame for another MAC address",
    send: [frame(udp(), { mac: "02:00:00:00:00:99" })],
    counts: {},
  },
  vanishes("a wrong header checksum", damaged(udp(), 11, 1), { "Ip.InHdrErrors": 1 }),
  vanishes("version 6 in an IPv4 frame", damaged(udp(), 0, 0x20), { "Ip.InHdrErrors": 1 }),
  vanishes("a header of four words", damaged(udp(), 0, 0x01), { "Ip.InHdrErrors": 1 }),
  vanishes("half a header", udp().slice(0, 10), { "Ip.InHdrErrors": 1 }),
  vanishes("no header at all", new Uint8Array(0), { "Ip.InHdrErrors": 1 }),
  vanishes("fewer bytes than the header says", udp().slice(0, 30)),
  vanishes("a wrong UDP checksum", damaged(udp(), 27, 1), {
    "Ip.InDelivers": 1,
    "Udp.InErrors": 1,
    "Udp.InCsumErrors": 1,
  }),
  {
    name: "a protocol that nobody handles is answered",
    send: [frame(udp({ protocol: 99 }))],
    left: ["10.0.0.2 > 10.0.0.1 ttl 64 tos 0xc0 len 61 ICMP 3/2"],
    counts: { ...RECEIVED, ...UNREACHABLE, "Ip.InUnknownProtos": 1 },
  },
  vanishes("another host's address", udp({ to: "10.0.1.9" }), { "Ip.InAddrErrors": 1 }),
  vanishes("a neighbour's address", udp({ to: "10.0.0.77" }), { "Ip.InAddrErrors": 1 }),
  vanishes("an address without a route", udp({ to: "99.0.1.9" }), { "Ip.InAddrErrors": 1 }),
  vanishes("an address of class E", udp({ to: "240.0.0.1" }), { "Ip.InAddrErrors": 1 }),
]);

framesOnEachStage("martians vanish without a counter, and other strangers are answered", [
  "ip -n host route add default via 10.0.0.1",
], [
  vanishes("to the loopback", udp({ to: "127.0.0.1" })),
  vanishes("to nowhere", udp({ to: "0.0.0.0" })),
  vanishes("from the loopback", udp({ from: "127.0.0.1" })),
  vanishes("from the host itself", udp({ from: "10.0.0.2" })),
  vanishes("from a group", udp({ from: "224.0.0.1" })),
  vanishes("from nowhere", udp({ from: "0.0.0.0" })),
  vanishes("from everybody", udp({ from: "255.255.255.255" })),
  vanishes("to a group that nobody joined", udp({ to: "239.1.1.1" })),
  {
    name: "from an address that the route leads back to",
    send: [frame(udp({ from: "99.0.0.1" }))],
    left: ["10.0.0.2 > 99.0.0.1 ttl 64 tos 0xc0 len 61 ICMP 3/3"],
    counts: { ...DELIVERED, ...UNREACHABLE, "Udp.NoPorts": 1 },
  },
  {
    name: "a strict reverse path filter",
    setUp: ["ip netns exec host sysctl -qw net.ipv4.conf.all.rp_filter=1"],
    send: [frame(udp({ from: "10.0.1.7" }))],
    counts: RECEIVED,
  },
  {
    name: "a loose reverse path filter lets through what has any route",
    setUp: [
      "ip netns exec host sysctl -qw net.ipv4.conf.all.rp_filter=2",
      "ip -n host neigh add 10.0.1.7 lladdr 02:00:00:00:01:07 dev eth1",
    ],
    send: [frame(udp({ from: "10.0.1.7" }))],
    right: ["10.0.0.2 > 10.0.1.7 ttl 64 tos 0xc0 len 61 ICMP 3/3"],
    counts: { ...DELIVERED, ...UNREACHABLE, "Udp.NoPorts": 1 },
  },
]);

framesOnEachStage("nobody is answered who spoke to a group", [], [
  {
    name: "a closed port, to everybody",
    send: [frame(udp({ to: "255.255.255.255" }), { mac: BROADCAST })],
    counts: { ...DELIVERED, "Udp.IgnoredMulti": 1 },
  },
  {
    name: "a closed port, to the network",
    send: [frame(udp({ to: "10.0.0.255" }))],
    counts: { ...DELIVERED, "Udp.IgnoredMulti": 1 },
  },
  {
    name: "a closed port, to all hosts",
    send: [frame(udp({ to: "224.0.0.1" }), { mac: "01:00:5e:00:00:01" })],
    counts: { ...DELIVERED, "Udp.IgnoredMulti": 1 },
  },
  {
    name: "a closed port of the host, in everybody's frame",
    send: [frame(udp(), { mac: BROADCAST })],
    counts: { ...DELIVERED, "Udp.NoPorts": 1 },
  },
  {
    name: "an echo request to the network",
    send: [frame(icmp(8, 0, { to: "10.0.0.255" }), { mac: BROADCAST })],
    counts: {
      ...DELIVERED,
      "Icmp.InMsgs": 1,
      "Icmp.InErrors": 1,
      "Icmp.InEchos": 1,
      "IcmpMsg.InType8": 1,
    },
  },
]);

framesOnEachStage("frames of other protocols and of VLANs reach nobody", [], [
  {
    name: "an unknown protocol",
    send: [frame(new Uint8Array(40), { etherType: 0x1234 })],
    counts: {},
  },
  { name: "IPv4 in a VLAN", send: [frame(udp(), { vlanTag: 5 })], counts: {} },
  {
    name: "IPv4 with a priority tag alone is taken",
    send: [frame(udp(), { vlanTag: 0x6000 })],
    left: [PORT_UNREACHABLE],
    counts: { ...DELIVERED, ...UNREACHABLE, "Udp.NoPorts": 1 },
  },
]);
