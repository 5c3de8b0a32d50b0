import { LEFT, LEFT_MAC, RIGHT } from "../support/frames/frame_stage.ts";
import { arpAnswer, arpQuestion } from "../support/frames/frames.ts";
import { framesOnEachStage } from "../support/frames/on_each_stage.ts";

const PEER = { address: "10.0.0.3", mac: "02:00:00:00:00:03" };
const OTHER_MAC = { ...PEER, mac: "02:00:00:00:00:33" };
const HOST = { address: LEFT.host, mac: LEFT_MAC.host };
const ANSWERS = "ARP 10.0.0.2 answers 10.0.0.3 alone";

const STRANGER = { left: [], counts: {}, neighbour: "" };

framesOnEachStage("only a question for the host makes it know who asks", [], [
  { ...STRANGER, name: "for another address", send: [arpQuestion(PEER, "10.0.0.50")] },
  {
    ...STRANGER,
    name: "for itself, as a new machine asks",
    send: [arpQuestion(PEER, PEER.address)],
  },
  { ...STRANGER, name: "an answer that nobody asked for", send: [arpAnswer(PEER, HOST)] },
  {
    ...STRANGER,
    name: "for the loopback",
    send: [arpQuestion(PEER, "127.0.0.1")],
  },
  {
    ...STRANGER,
    name: "for the host, from its own address",
    send: [arpQuestion({ ...PEER, address: LEFT.host }, LEFT.host)],
  },
  {
    ...STRANGER,
    name: "whether the host's address is free, which it is not",
    send: [arpQuestion({ ...PEER, address: "0.0.0.0" }, LEFT.host)],
    left: ["ARP 10.0.0.2 answers 0.0.0.0 alone"],
  },
  {
    name: "for the host",
    send: [arpQuestion(PEER, LEFT.host)],
    left: [ANSWERS],
    counts: {},
    neighbour: "lladdr 02:00:00:00:00:03 STALE",
  },
  {
    name: "from another MAC address a moment later",
    send: [arpQuestion(OTHER_MAC, LEFT.host)],
    left: [ANSWERS],
    counts: {},
    neighbour: "lladdr 02:00:00:00:00:33 STALE",
  },
  {
    name: "an answer too soon to be believed",
    send: [arpAnswer(PEER, HOST)],
    counts: {},
    neighbour: "lladdr 02:00:00:00:00:33 STALE",
  },
  {
    name: "an answer from the address that is known already",
    send: [arpAnswer(OTHER_MAC, HOST)],
    counts: {},
    neighbour: "lladdr 02:00:00:00:00:33 REACHABLE",
  },
]);

framesOnEachStage(
  "a host answers for all its addresses on every link, unless arp_ignore says no",
  [],
  [
    {
      name: "for the address of the other link",
      send: [arpQuestion(PEER, RIGHT.host)],
      left: ["ARP 10.0.1.2 answers 10.0.0.3 alone"],
      counts: {},
    },
    {
      name: "arp_ignore=1",
      setUp: ["ip netns exec host sysctl -qw net.ipv4.conf.all.arp_ignore=1"],
      send: [arpQuestion(PEER, RIGHT.host)],
      counts: {},
    },
    {
      name: "arp_ignore=1, for the address of the link itself",
      send: [arpQuestion(PEER, LEFT.host)],
      left: [ANSWERS],
      counts: {},
    },
  ],
);
