import { datagram, frame, icmp, udp } from "../support/frames/frames.ts";
import { type FrameCase, framesOnEachStage } from "../support/frames/on_each_stage.ts";

const DELIVERED = { "Ip.InReceives": 1, "Ip.InDelivers": 1, "Icmp.InMsgs": 1 };
const REPLIED = {
  "Ip.OutRequests": 1,
  "Ip.OutTransmits": 1,
  "Icmp.OutMsgs": 1,
  "Icmp.OutEchoReps": 1,
  "IcmpMsg.OutType0": 1,
};
const ECHO = { ...DELIVERED, "Icmp.InEchos": 1, "IcmpMsg.InType8": 1 };

framesOnEachStage("echo requests and timestamps are answered", [], [
  {
    name: "an echo request",
    send: [frame(icmp(8, 0))],
    left: ["10.0.0.2 > 10.0.0.1 ttl 64 len 38 ICMP 0/0 rest 65537"],
    counts: { ...ECHO, ...REPLIED },
  },
  {
    name: "the reply keeps code and traffic class, and has a fresh TTL",
    send: [frame(icmp(8, 5, { trafficClass: 0x13, ttl: 1 }))],
    left: ["10.0.0.2 > 10.0.0.1 ttl 64 tos 0x13 len 38 ICMP 0/5 rest 65537"],
    counts: { ...ECHO, ...REPLIED },
  },
  {
    name: "a timestamp, whose reply counts as that of an echo",
    send: [frame(icmp(13, 0, {}, new Uint8Array(12)))],
    left: ["10.0.0.2 > 10.0.0.1 ttl 64 len 40 ICMP 14/0 rest 65537"],
    counts: { ...DELIVERED, ...REPLIED, "Icmp.InTimestamps": 1, "IcmpMsg.InType13": 1 },
  },
  {
    name: "a record of the route, in which the host writes itself",
    send: [
      frame(icmp(8, 0, { options: Uint8Array.from([7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]) })),
    ],
    left: [
      "10.0.0.2 > 10.0.0.1 ttl 64 len 50 options 070b0c0a0000020a00000200 ICMP 0/0 rest 65537",
    ],
    counts: { ...ECHO, ...REPLIED },
  },
  {
    name: "none where icmp_echo_ignore_all says so",
    setUp: ["ip netns exec host sysctl -qw net.ipv4.icmp_echo_ignore_all=1"],
    send: [frame(icmp(8, 0))],
    counts: ECHO,
  },
]);

/** A message that nobody answers. */
function silent(name: string, packet: Uint8Array, counts: FrameCase["counts"]): FrameCase {
  return { name, send: [frame(packet)], counts: { ...DELIVERED, ...counts } };
}

function damaged(packet: Uint8Array): Uint8Array {
  return packet.with(packet.length - 1, 1);
}

framesOnEachStage(
  "ICMP that cannot be understood is an error, and what is only unusual is not",
  [],
  [
    silent("a wrong checksum", damaged(icmp(8, 0)), { "Icmp.InErrors": 1, "Icmp.InCsumErrors": 1 }),
    silent("half a header", datagram({ protocol: 1 }, Uint8Array.from([8, 0, 0xf7, 0xff])), {
      "Icmp.InErrors": 1,
    }),
    silent("a short timestamp", icmp(13, 0, {}, new Uint8Array(2)), {
      "Icmp.InErrors": 1,
      "Icmp.InTimestamps": 1,
      "IcmpMsg.InType13": 1,
    }),
    silent("an unknown type", icmp(40, 0), { "Icmp.InErrors": 1, "IcmpMsg.InType40": 1 }),
    silent("a router solicitation", icmp(10, 0), { "IcmpMsg.InType10": 1 }),
    silent("an address mask request", icmp(17, 0), {
      "Icmp.InAddrMasks": 1,
      "IcmpMsg.InType17": 1,
    }),
    silent("a reply that nobody asked for", icmp(0, 0), {
      "Icmp.InEchoReps": 1,
      "IcmpMsg.InType0": 1,
    }),
  ],
);

/** What a host quotes of a datagram of ours. */
const QUOTED = udp({ from: "10.0.0.2", to: "10.0.0.1" }).slice(0, 28);

/** Errors about a socket that does not exist, and the counter of each. */
const ERRORS: readonly (readonly [number, number, string])[] = [
  [3, 1, "DestUnreachs"],
  [3, 3, "DestUnreachs"],
  [3, 4, "DestUnreachs"],
  [4, 0, "SrcQuenchs"],
  [11, 0, "TimeExcds"],
  [12, 0, "ParmProbs"],
];

framesOnEachStage("an error about no socket counts as one, by its kind", [], [
  ...ERRORS.map(([type, code, name]) =>
    silent(`${type}/${code}`, icmp(type, code, {}, QUOTED), {
      "Icmp.InErrors": 1,
      [`Icmp.In${name}`]: 1,
      [`IcmpMsg.InType${type}`]: 1,
    })
  ),
  silent("a fragment's time, of which nobody need hear", icmp(11, 1, {}, QUOTED), {
    "Icmp.InTimeExcds": 1,
    "IcmpMsg.InType11": 1,
  }),
  silent("a code that is not known", icmp(3, 16, {}, QUOTED), {
    "Icmp.InDestUnreachs": 1,
    "IcmpMsg.InType3": 1,
  }),
  silent("one that quotes too little", icmp(3, 3, {}, QUOTED.slice(0, 12)), {
    "Icmp.InErrors": 1,
    "Icmp.InDestUnreachs": 1,
    "IcmpMsg.InType3": 1,
  }),
]);

const OUT = { "Ip.OutRequests": 1, "Ip.OutTransmits": 1, "Icmp.OutMsgs": 1 };

framesOnEachStage("IP options that cannot be are answered, and source routes are not taken", [], [
  {
    name: "a length that leads past the header",
    send: [frame(udp({ options: Uint8Array.from([7, 50, 4, 0]) }))],
    left: [`10.0.0.2 > 10.0.0.1 ttl 64 tos 0xc0 len 65 ICMP 12/0 rest ${20 * 2 ** 24}`],
    counts: {
      ...OUT,
      "Ip.InReceives": 1,
      "Ip.InHdrErrors": 1,
      "Icmp.OutParmProbs": 1,
      "IcmpMsg.OutType12": 1,
    },
  },
  {
    name: "a loose source route",
    send: [frame(udp({ options: Uint8Array.from([131, 7, 4, 10, 0, 1, 1, 0]) }))],
    counts: { "Ip.InReceives": 1 },
  },
]);

framesOnEachStage("of seven errors at once a host is told six", [
  // Credit for all hosts together is only given once in a while.
  "ip netns exec host sysctl -qw net.ipv4.icmp_msgs_burst=1000",
], [{
  name: "closed ports",
  send: Array.from({ length: 7 }, () => frame(udp())),
  left: Array.from({ length: 6 }, () => "10.0.0.2 > 10.0.0.1 ttl 64 tos 0xc0 len 61 ICMP 3/3"),
  counts: {
    "Ip.InReceives": 7,
    "Ip.InDelivers": 7,
    "Ip.OutRequests": 6,
    "Ip.OutTransmits": 6,
    "Icmp.OutMsgs": 6,
    "Icmp.OutDestUnreachs": 6,
    "Icmp.OutRateLimitHost": 1,
    "IcmpMsg.OutType3": 6,
    "Udp.NoPorts": 7,
  },
}]);
