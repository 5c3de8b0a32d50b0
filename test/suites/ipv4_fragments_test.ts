import { encodeUdp } from "../../sim/packet/udp.ts";
import { address, datagram, type DatagramSpec, frame, udp } from "../support/frames/frames.ts";
import { framesOnEachStage } from "../support/frames/on_each_stage.ts";

const PORT_UNREACHABLE = {
  "Ip.OutRequests": 1,
  "Ip.OutTransmits": 1,
  "Icmp.OutMsgs": 1,
  "Icmp.OutDestUnreachs": 1,
  "IcmpMsg.OutType3": 1,
  "Udp.NoPorts": 1,
};
/** What is said of a whole datagram to a closed port: as much of it as 576 bytes hold. */
const ANSWER = "10.0.0.2 > 10.0.0.1 ttl 64 tos 0xc0 len 576 ICMP 3/3";
const STEP = 1480;

/** The payload of a UDP datagram that takes three fragments. */
const WHOLE = encodeUdp({ source: address("10.0.0.1"), destination: address("10.0.0.2") }, {
  sourcePort: 9,
  destinationPort: 7777,
  payload: new Uint8Array(3072).map((_, i) => i),
});

/** One part of it. */
function part(begin: number, end: number, spec: DatagramSpec): Uint8Array {
  const moreFragments = end < WHOLE.length;
  const place = { fragmentOffsetBytes: begin, moreFragments };
  return frame(datagram({ ...place, ...spec }, WHOLE.subarray(begin, end)));
}

function parts(identification: number): readonly [Uint8Array, Uint8Array, Uint8Array] {
  const spec = { identification };
  return [
    part(0, STEP, spec),
    part(STEP, 2 * STEP, spec),
    part(2 * STEP, WHOLE.length, spec),
  ];
}

function whole(fragments: number) {
  return {
    ...PORT_UNREACHABLE,
    "Ip.InReceives": fragments,
    "Ip.ReasmReqds": fragments,
    "Ip.ReasmOKs": 1,
    "Ip.InDelivers": 1,
  };
}

function failed(fragments: number) {
  return { "Ip.InReceives": fragments, "Ip.ReasmReqds": fragments, "Ip.ReasmFails": 1 };
}

const [first, second, third] = parts(1);

framesOnEachStage("fragments become a datagram again, in whatever order they come", [
  "ip netns exec host sysctl -qw net.ipv4.icmp_ratemask=0",
], [
  { name: "in order", send: parts(1), left: [ANSWER], counts: whole(3) },
  { name: "backwards", send: [...parts(2)].reverse(), left: [ANSWER], counts: whole(3) },
  {
    name: "the first one twice",
    send: [first, first, second, third],
    left: [ANSWER],
    counts: whole(4),
  },
  {
    name: "the second one twice",
    send: [first, second, second, third],
    left: [ANSWER],
    counts: whole(4),
  },
  {
    name: "a piece of the first one again",
    send: [first, part(80, 160, { identification: 1 }), second, third],
    left: [ANSWER],
    counts: whole(4),
  },
]);

framesOnEachStage("fragments that do not fit each other end their datagram", [
  "ip netns exec host sysctl -qw net.ipv4.icmp_ratemask=0",
], [
  {
    name: "two that overlap",
    send: [first, part(1472, 2944, { identification: 1 })],
    counts: failed(2),
  },
  {
    name: "two last ones with different ends",
    send: [
      parts(3)[2],
      part(STEP, 1600, { identification: 3, moreFragments: false }),
    ],
    counts: failed(2),
  },
  {
    name: "one behind the last one",
    send: [
      part(STEP, 2000, { identification: 4, moreFragments: false }),
      part(2000, 2400, { identification: 4 }),
    ],
    counts: failed(2),
  },
  {
    name: "one that carries nothing",
    send: [part(64, 64, { identification: 5, moreFragments: false })],
    counts: failed(1),
  },
  {
    name: "fragments of different datagrams wait apart",
    send: [parts(6)[0], parts(7)[1], parts(6)[2]],
    counts: { "Ip.InReceives": 3, "Ip.ReasmReqds": 3 },
  },
  {
    name: "one that would be longer than any datagram",
    send: [frame(datagram({ fragmentOffsetBytes: 65_528 }, new Uint8Array(100)))],
    counts: { "Ip.InReceives": 1, "Ip.ReasmReqds": 1 },
  },
]);

const FORWARDED = {
  "Ip.InReceives": 1,
  "Ip.ForwDatagrams": 1,
  "Ip.FragOKs": 1,
  "Ip.FragCreates": 2,
  "Ip.OutTransmits": 2,
};

framesOnEachStage(
  "a host that forwards cuts what does not fit, and options are copied or blanked",
  [
    "ip netns exec host sysctl -qw net.ipv4.ip_forward=1",
    "ip -n host link set eth1 mtu 600",
  ],
  [
    {
      name: "a whole datagram",
      send: [frame(udp({ to: "10.0.1.1" }, { bytes: 1000 }))],
      right: [
        "10.0.0.1 > 10.0.1.1 ttl 63 len 596 MF UDP 9 > 7777",
        "10.0.0.1 > 10.0.1.1 ttl 63 len 452 at 576 protocol 17",
      ],
      counts: FORWARDED,
    },
    {
      name: "a fragment",
      send: [
        frame(
          udp({ to: "10.0.1.1", fragmentOffsetBytes: 8, moreFragments: true }, { bytes: 1000 }),
        ),
      ],
      right: [
        "10.0.0.1 > 10.0.1.1 ttl 63 len 596 MF at 8 protocol 17",
        "10.0.0.1 > 10.0.1.1 ttl 63 len 452 MF at 584 protocol 17",
      ],
      counts: FORWARDED,
    },
    {
      name: "a datagram with options",
      send: [frame(
        udp({
          to: "10.0.1.1",
          options: Uint8Array.from([0x94, 4, 0, 0, 7, 7, 4, 0, 0, 0, 0, 1]),
        }, { bytes: 1000 }),
      )],
      right: [
        "10.0.0.1 > 10.0.1.1 ttl 63 len 600 MF options 940400000707080a00010201 UDP 9 > 7777",
        "10.0.0.1 > 10.0.1.1 ttl 63 len 472 at 568 options 940400000101010101010101 protocol 17",
      ],
      counts: FORWARDED,
    },
    {
      name: "a later fragment that must not be cut, of which nobody is told",
      send: [frame(
        udp({ to: "10.0.1.1", dontFragment: true, fragmentOffsetBytes: 40 }, { bytes: 1000 }),
      )],
      counts: { "Ip.InReceives": 1, "Ip.ForwDatagrams": 1, "Ip.FragFails": 1 },
    },
  ],
);
