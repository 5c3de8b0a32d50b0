import type { Random } from "../../support/random.ts";
import { Grammar } from "../grammar.ts";
import { at, type End, PAIRS } from "./topology.ts";

/** What filters match; the values are those that frames have. */
const GRAMMAR = new Grammar({
  protocol: ["8: ip", "2: all", "1: arp", "1: 802.1q", "1: ipv6", "1: 0x88cc"],
  matches: ["5: match {match}", "3: match {match} {matches}"],
  inTable: ["2: match u32 0 0", "1: {matches}"],
  match: [
    "1: u32 0 0",
    "4: ip dport {port} {mask}",
    "3: ip sport {port} {mask}",
    "3: ip dst 10.0.<0-1>.<1-2>(|/24|/32|/16)",
    "3: ip src 10.0.<0-1>.<1-2>(|/24)",
    "3: ip protocol (6|17|1|47) 0xff",
    "2: u8 0x45 0xff at 0",
    "2: u8 0x05 0x0f at 0",
    "1: u16 0 0x1fff at 6",
    "1: ip (nofrag|firstfrag|df|mf)",
    "1: ether dst 02:00:00:00:0<0-3>:02",
    "1: ether src 02:00:00:00:0<0-3>:01",
    "1: u16 0x0800 0xffff at -2",
    "1: (tcp|udp) dst {port} {mask}",
    "1: u16 {port} 0xffff at nexthdr+<0-1>",
    "1: u32 0x<1-9> 0x0000000f at <0-60>",
    "1: u8 0x00 0x01 at <0-80>",
    "1: ip icmp_type (0|3|8) 0xff",
    "1: ip tos (0|16) 0xff",
  ],
  port: ["3: 31000", "2: 31008", "1: 53", "1: 0x7918"],
  mask: ["3: 0xffff", "3: 0xfff8", "1: 0xff00", "1: 0"],
  key: [
    "2: hashkey mask 0x0000ff00 at 20",
    "2: hashkey mask 0x000000ff at 16",
    "1: hashkey mask 0x00ff0000 at 8",
    "1: hashkey mask 0xff000000 at 20",
    "1: ",
  ],
  offset: [
    "4: ",
    "2: offset at 0 mask 0x0f00 shift 6 eat",
    "1: offset plus <0-8> eat",
    "1: offset at 0 mask 0x0f00 shift 6",
  ],
  control: ["4: ", "2: continue", "1: pipe", "1: drop", "1: ok"],
});

const PRIORITIES = 3;
const FILTERS_MAX = 6;
const ACTIONS_MAX = 3;

/**
 * Makes the filters of an end: plain ones, hash tables, links to them, chains of actions.
 *
 * @param end Where they hang.
 * @param random Makes the choices.
 */
export function makeFilters(end: End, random: Random): string[] {
  const add = `tc${at(end)} filter add dev ${end.name} parent ffff:`;
  const targets = targetsOf(end);
  const filters = Array.from({ length: random.below(FILTERS_MAX + 1) }, () => {
    const priority = random.between(1, PRIORITIES);
    const head = `${add} protocol ${protocolOf(priority)} prio ${priority} u32`;
    return `${head} ${GRAMMAR.write("matches", random)} ${makeVerdict(targets, random)}`;
  });
  return random.below(2) === 0 ? filters : [...makeTable(add, targets, random), ...filters];
}

/** All filters of one priority are for one protocol. */
function protocolOf(priority: number): string {
  return ["ip", "all", "ip", "arp"][priority] ?? "ip";
}

/** A table, its nodes, and a rule that leads there. */
function makeTable(add: string, targets: readonly string[], random: Random): string[] {
  const divisor = random.pick([1, 16, 256]);
  const begin = `${add} protocol ip prio 2`;
  const nodes = Array.from({ length: random.between(2, FILTERS_MAX) }, () => {
    const bucket = random.pick([0, 1, 2, 0x79, random.below(divisor)]) % divisor;
    return `${begin} u32 ht 1:${bucket.toString(16)}: ${GRAMMAR.write("inTable", random)} ` +
      makeVerdict(targets, random);
  });
  return [
    `${begin} handle 1: u32 divisor ${divisor}`,
    ...nodes,
    `${begin} u32 ${GRAMMAR.write("inTable", random)} link 1: ` +
    `${GRAMMAR.write("key", random)} ${GRAMMAR.write("offset", random)}`,
  ];
}

function makeVerdict(targets: readonly string[], random: Random): string {
  const actions = Array.from({ length: random.below(ACTIONS_MAX + 1) }, () => {
    if (targets.length === 0) return "";
    const control = GRAMMAR.write("control", random);
    return random.below(2) === 0
      ? `action mirred ${random.pick(targets).replace("MODE", "redirect")}`
      : `action mirred ${random.pick(targets).replace("MODE", "mirror")} ${control}`;
  });
  const flow = random.below(3) === 0 ? "flowid ffff:0" : "";
  // The tool takes the class before the actions alone.
  return `${flow} ${actions.join(" ")}`;
}

/**
 * Where frames that arrive at an end may be sent: only on, so that none circles for ever. What is
 * sent to the ingress of a link is left out: its action counts whether somebody took the frame.
 */
function targetsOf(end: End): string[] {
  const ends = PAIRS.flatMap(([near, far]) => [far, near]);
  const place = (other: End) => ends.indexOf(other);
  const peerOf = (other: End) =>
    PAIRS.flatMap(([near, far]) => near === other ? [far] : far === other ? [near] : []);
  return ends.filter(({ namespace }) => namespace === end.namespace).flatMap((other) => {
    const isOn = peerOf(other).every((peer) => place(peer) > place(end));
    return isOn ? [`egress MODE dev ${other.name}`] : [];
  });
}
