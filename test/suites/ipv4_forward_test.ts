import { frame, icmp, udp } from "../support/frames/frames.ts";
import { type FrameCase, framesOnEachStage } from "../support/frames/on_each_stage.ts";

const FAR = "10.0.1.1";
const RECEIVED = { "Ip.InReceives": 1 };
const FORWARDED = { ...RECEIVED, "Ip.ForwDatagrams": 1, "Ip.OutTransmits": 1 };
const TOLD = { "Ip.OutRequests": 1, "Icmp.OutMsgs": 1 };
const UNREACHABLE = {
  ...TOLD,
  "Ip.OutTransmits": 1,
  "Icmp.OutDestUnreachs": 1,
  "IcmpMsg.OutType3": 1,
};
const EXCEEDED = {
  ...TOLD,
  "Ip.OutTransmits": 1,
  "Ip.InHdrErrors": 1,
  "Icmp.OutTimeExcds": 1,
  "IcmpMsg.OutType11": 1,
};

/** Forwarding, and no limit on how often its errors are told. */
const FORWARDS = [
  "ip netns exec host sysctl -qw net.ipv4.ip_forward=1",
  "ip netns exec host sysctl -qw net.ipv4.icmp_ratemask=0",
];

function passes(name: string, packet: Uint8Array, right: string): FrameCase {
  return { name, send: [frame(packet)], right: [right], counts: FORWARDED };
}

function told(
  name: string,
  packet: Uint8Array,
  left: string,
  counts: FrameCase["counts"],
  setUp: readonly string[] = [],
): FrameCase {
  return { name, setUp, send: [frame(packet)], left: [left], counts: { ...RECEIVED, ...counts } };
}

framesOnEachStage("a host that forwards passes datagrams on, one hop older", FORWARDS, [
  passes("from link to link", udp({ to: FAR }), "10.0.0.1 > 10.0.1.1 ttl 63 len 33 UDP 9 > 7777"),
  passes(
    "with its traffic class",
    udp({ to: FAR, trafficClass: 0x13 }),
    "10.0.0.1 > 10.0.1.1 ttl 63 tos 0x13 len 33 UDP 9 > 7777",
  ),
  passes(
    "on its last hop but one",
    udp({ to: FAR, ttl: 2 }),
    "10.0.0.1 > 10.0.1.1 ttl 1 len 33 UDP 9 > 7777",
  ),
  passes(
    "with a record of its way",
    udp({ to: FAR, options: Uint8Array.from([7, 7, 4, 0, 0, 0, 0, 0]) }),
    "10.0.0.1 > 10.0.1.1 ttl 63 len 41 options 0707080a00010200 UDP 9 > 7777",
  ),
  told(
    "not on its last hop",
    udp({ to: FAR, ttl: 1 }),
    "10.0.0.2 > 10.0.0.1 ttl 64 tos 0xc0 len 61 ICMP 11/0",
    EXCEEDED,
  ),
  told(
    "an echo request on its last hop is told of",
    icmp(8, 0, { to: FAR, ttl: 1 }),
    "10.0.0.2 > 10.0.0.1 ttl 64 tos 0xc0 len 66 ICMP 11/0",
    EXCEEDED,
  ),
  {
    name: "an error on its last hop is not",
    send: [frame(icmp(3, 3, { to: FAR, ttl: 1 }, udp()))],
    counts: { ...RECEIVED, "Ip.InHdrErrors": 1 },
  },
  {
    name: "a later fragment on its last hop is not",
    send: [frame(udp({ to: FAR, ttl: 1, fragmentOffsetBytes: 40 }))],
    counts: { ...RECEIVED, "Ip.InHdrErrors": 1 },
  },
  {
    name: "what came in everybody's frame is not passed on",
    send: [frame(udp({ to: FAR }), { mac: "ff:ff:ff:ff:ff:ff" })],
    counts: RECEIVED,
  },
]);

framesOnEachStage("a host that forwards says why it cannot", FORWARDS, [
  told(
    "no route",
    udp({ to: "99.0.0.1" }),
    "10.0.0.2 > 10.0.0.1 ttl 64 tos 0xc0 len 61 ICMP 3/0",
    UNREACHABLE,
  ),
  told(
    "an unreachable route",
    udp({ to: "55.0.0.1" }),
    "10.0.0.2 > 10.0.0.1 ttl 64 tos 0xc0 len 61 ICMP 3/1",
    UNREACHABLE,
    ["ip -n host route add unreachable 55.0.0.0/8"],
  ),
  told(
    "a prohibited route",
    udp({ to: "56.0.0.1" }),
    "10.0.0.2 > 10.0.0.1 ttl 64 tos 0xc0 len 61 ICMP 3/13",
    UNREACHABLE,
    ["ip -n host route add prohibit 56.0.0.0/8"],
  ),
  {
    name: "a black hole, about which it says nothing",
    setUp: ["ip -n host route add blackhole 57.0.0.0/8"],
    send: [frame(udp({ to: "57.0.0.1" }))],
    counts: RECEIVED,
  },
  told(
    "a datagram that must not be cut",
    udp({ to: FAR, dontFragment: true }, { bytes: 1000 }),
    "10.0.0.2 > 10.0.0.1 ttl 64 tos 0xc0 len 576 ICMP 3/4 rest 600",
    { ...UNREACHABLE, "Ip.ForwDatagrams": 1, "Ip.FragFails": 1 },
    ["ip -n host link set eth1 mtu 600"],
  ),
  {
    name: "a link that does not forward",
    setUp: ["ip netns exec host sysctl -qw net.ipv4.conf.eth0.forwarding=0"],
    send: [frame(udp({ to: FAR }))],
    counts: { ...RECEIVED, "Ip.InAddrErrors": 1 },
  },
]);

framesOnEachStage("a host that forwards asks thrice for a neighbour, then says so", FORWARDS, [{
  name: "a silent neighbour",
  send: [frame(udp({ to: "10.0.1.99" }))],
  waitMs: 6000,
  left: ["10.0.0.2 > 10.0.0.1 ttl 64 tos 0xc0 len 61 ICMP 3/1"],
  right: Array.from({ length: 3 }, () => "ARP 10.0.1.2 asks for 10.0.1.99"),
  counts: { ...FORWARDED, ...UNREACHABLE, "Ip.OutTransmits": 2 },
}]);

const REDIRECT = "10.0.0.2 > 10.0.0.1 ttl 64 tos 0xc0 len 61 ICMP 5/1 gateway 10.0.0.77";
const PASSED_BACK = "10.0.0.1 > 10.0.0.77 ttl 63 len 33 UDP 9 > 7777";

framesOnEachStage("a host that forwards tells a sender once of the shorter way", [
  ...FORWARDS,
  "ip -n host neigh add 10.0.0.77 lladdr 02:00:00:00:00:77 dev eth0",
], [{
  name: "three datagrams that leave by the link that they came by",
  send: Array.from({ length: 3 }, () => frame(udp({ to: "10.0.0.77" }))),
  left: [REDIRECT, PASSED_BACK, PASSED_BACK, PASSED_BACK],
  counts: {
    "Ip.InReceives": 3,
    "Ip.ForwDatagrams": 3,
    "Ip.OutRequests": 1,
    "Ip.OutTransmits": 4,
    "Icmp.OutMsgs": 1,
    "Icmp.OutRedirects": 1,
    "IcmpMsg.OutType5": 1,
  },
}, {
  name: "none where send_redirects says so",
  setUp: [
    "ip netns exec host sysctl -qw net.ipv4.conf.all.send_redirects=0",
    "ip netns exec host sysctl -qw net.ipv4.conf.eth0.send_redirects=0",
  ],
  send: [frame(udp({ to: "10.0.0.77" }))],
  left: [PASSED_BACK],
  counts: FORWARDED,
}]);
