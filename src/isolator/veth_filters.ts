import { LOOPBACK, parseIpv4 } from "../routing/address.ts";
import type { Action, Filter, FilterPlace } from "../routing/filter.ts";
import { INGRESS } from "../routing/handle.ts";
import { priority } from "../routing/priority.ts";
import {
  type Match,
  MATCH_ANY_FRAME,
  MATCH_FIRST_FRAGMENT,
  MATCH_NO_OPTIONS,
  matchAddress,
  matchByte,
  matchHalfWord,
  matchMac,
  matchProtocol,
  matchWord,
} from "../routing/u32.ts";
import { allPorts, type Container, vethName } from "./container.ts";
import type { HostConfig } from "./host_config.ts";
import { type HostFilter, inPart } from "./host_filter.ts";
import { cookieOf } from "./mark.ts";
import {
  entranceOf,
  inTable,
  newTable,
  portFilters,
  type PortTable,
  portTableFilters,
  SCAFFOLD_NODE,
  tableNumber,
  TRANSPORTS,
} from "./port_table.ts";

/**
 * What a container may send: packets from the host's address and its own ports, echo requests,
 * errors about packets to its own ports, and ARP requests in the host's name. All else goes back to
 * where it came from, and never reaches the host's stack.
 *
 * Going back, and not to nothing, needs no action that a kernel may lack.
 *
 * @module
 */

/** Numbers of filters in root tables that only send back: those that count later fragments. */
const FRAGMENT_NODE = 0xf80;

/** Families of the tables on a veth. */
const TO_LO = 1;
const TO_ETH0 = 2;
const ERRORS = 3;
const ERRORS_TO_LO = 4;

const ICMP_ECHO_REQUEST = 8;
/** ICMP types that a container's own stack sends: unreachable, and time exceeded. */
export const ICMP_ERRORS_SENT: readonly number[] = [3, 11];

/** Bytes of an IP header without options, which is where the type of an ICMP message is then. */
export const IP_HEADER_BYTES = 20;
/** Bytes of that and an ICMP header together, after which an error quotes a packet. */
const QUOTE_OFFSET = 28;

/** An ARP packet's begin: Ethernet, IPv4, their lengths; then the operation that asks. */
const ARP_ETHERNET_IPV4 = 0x00010800;
const ARP_REQUEST = 0x06040001;

/**
 * Computes the filters on a container's veth.
 *
 * @param host The host.
 * @param container The container.
 */
export function vethFilters(host: HostConfig, container: Container): HostFilter[] {
  const veth = vethName(host.options.vethPrefix, container.pid);
  return [
    ...inPart("veth_ip", [...transportFilters(host, container, veth), refusal(veth)]),
    ...inPart("veth_icmp", icmpFilters(host, container, veth)),
    ...inPart("veth_arp", arpFilters(host, container, veth)),
  ];
}

function table(
  link: string,
  family: number,
  side: PortTable["side"],
  order: number,
): PortTable {
  const place = { link, parent: INGRESS, protocol: "ip", priority: order } as const;
  return { ...place, family, side, isShared: false };
}

/** TCP and UDP from own ports: to the host and other containers by lo, to all others by eth0. */
function transportFilters(host: HostConfig, container: Container, veth: string): Filter[] {
  const order = priority("ip", "low");
  const [toLo, toEth0] = [table(veth, TO_LO, "sport", order), table(veth, TO_ETH0, "sport", order)];
  const ports = allPorts(container);
  const addresses = tableNumber(TO_LO, "types");
  const [toAddresses, back] = [linkTo(addresses), sendBack(veth)];
  const way = (src: string, dst?: string): readonly Match[] => [
    matchAddress("src", src),
    ...(dst === undefined ? [] : [matchAddress("dst", dst)]),
  ];
  const selves = [host.address, LOOPBACK];
  const enterLo: Action = { kind: "link", to: entranceOf(toLo) };
  return [
    ...portTableFilters(toEth0, []),
    ...portTableFilters(toLo, []),
    newTable(toLo, addresses, 1),
    ...portFilters(toEth0, ports, redirect(host.eth0, container)),
    ...portFilters(toLo, ports, redirect(host.lo, container)),
    ...inTable(toLo, addresses, [
      ...selves.flatMap((src) => selves.map((dst) => [way(src, dst), enterLo] as const)),
      [way(host.address), { kind: "link", to: entranceOf(toEth0) }],
    ]),
    ...inTable(
      toLo,
      0,
      TRANSPORTS.map((transport) =>
        [
          [MATCH_FIRST_FRAGMENT, matchProtocol(transport), matchMac("src", host.mac)],
          { ...toAddresses, otherwise: back },
        ] as const
      ),
      SCAFFOLD_NODE,
    ),
    // First fragments never come this far, so these count the later ones.
    ...inTable(
      toLo,
      0,
      TRANSPORTS.map((transport) => [[matchProtocol(transport)], back] as const),
      FRAGMENT_NODE,
    ),
  ];
}

/**
 * Echo requests, and errors about packets that came to own ports: to the host and other containers,
 * whose address is the same, by lo, to all others by eth0.
 */
function icmpFilters(host: HostConfig, container: Container, veth: string): Filter[] {
  const order = priority("icmp", "normal");
  const errors = table(veth, ERRORS, "dport", order);
  const near = table(veth, ERRORS_TO_LO, "dport", order);
  const out = redirect(host.eth0, container);
  const own: readonly Match[] = [
    MATCH_NO_OPTIONS,
    MATCH_FIRST_FRAGMENT,
    matchProtocol("icmp"),
    matchMac("src", host.mac),
    matchAddress("src", host.address),
  ];
  const toSelf = matchAddress("dst", host.address);
  const ofType = (type: number) => matchByte(type, IP_HEADER_BYTES);
  const errorsTo = (tables: PortTable, way: readonly Match[]) =>
    ICMP_ERRORS_SENT.map((type) => [[...own, ...way, ofType(type)], toQuoted(tables)] as const);
  return [
    ...quotedFilters(host, errors, portFilters(errors, allPorts(container), out)),
    ...quotedFilters(
      host,
      near,
      portFilters(near, allPorts(container), redirect(host.lo, container)),
    ),
    ...inTable(errors, 0, [
      [[...own, ofType(ICMP_ECHO_REQUEST)], out],
      ...errorsTo(near, [toSelf]),
      ...errorsTo(errors, []),
    ], SCAFFOLD_NODE),
  ];
}

/** A table of the ports that errors quote, and what asks whether the quoted packet came here. */
function quotedFilters(host: HostConfig, errors: PortTable, ports: readonly Filter[]): Filter[] {
  const quoted = tableNumber(errors.family, "inner");
  return [
    ...portTableFilters(errors, []),
    newTable(errors, quoted, 1),
    ...ports,
    ...inTable(
      errors,
      quoted,
      TRANSPORTS.map((transport) =>
        [
          [MATCH_FIRST_FRAGMENT, matchProtocol(transport), matchAddress("dst", host.address)],
          { kind: "link", to: entranceOf(errors) },
        ] as const
      ),
    ),
  ];
}

function toQuoted({ family }: PortTable): Action {
  return { kind: "link", to: { table: tableNumber(family, "inner"), skip: QUOTE_OFFSET } };
}

/** Questions to the neighbours, asked in the host's name. */
function arpFilters(host: HostConfig, container: Container, veth: string): Filter[] {
  const place: FilterPlace = {
    link: veth,
    parent: INGRESS,
    protocol: "arp",
    priority: priority("arp", "normal"),
  };
  const mac = host.mac.replaceAll(":", "");
  const address = parseIpv4(host.address);
  const matches = [
    matchMac("src", host.mac),
    matchWord(ARP_ETHERNET_IPV4, 0),
    matchWord(ARP_REQUEST, 4),
    matchWord(Number.parseInt(mac.slice(0, 8), 16), 8),
    matchHalfWord(Number.parseInt(mac.slice(8), 16), 0xffff, 12),
    matchHalfWord(address >>> 16, 0xffff, 14),
    matchHalfWord(address & 0xffff, 0xffff, 16),
  ];
  return inTable(place, 0, [[matches, redirect(host.eth0, container)]], SCAFFOLD_NODE);
}

/** Sends back whatever no filter before it has let through, of every protocol. */
function refusal(veth: string): Filter {
  return {
    link: veth,
    parent: INGRESS,
    protocol: "all",
    priority: priority("default", "normal"),
    handle: { table: 0, bucket: 0, node: SCAFFOLD_NODE },
    matches: [MATCH_ANY_FRAME],
    action: sendBack(veth),
  };
}

function sendBack(veth: string): Action {
  return { kind: "redirect", to: veth };
}

function redirect(to: string, { pid }: Container): Action {
  return { kind: "redirect", to, cookie: cookieOf(pid) };
}

function linkTo(to: number) {
  return { kind: "link", to: { table: to } } as const;
}
