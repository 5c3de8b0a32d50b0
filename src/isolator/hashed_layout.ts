import { IntervalSet } from "../ports/mod.ts";
import { LOOPBACK, parseIpv4 } from "../routing/address.ts";
import type { Action, Filter, FilterPlace } from "../routing/filter.ts";
import { formatHandle, INGRESS } from "../routing/handle.ts";
import { priority } from "../routing/priority.ts";
import {
  type Match,
  MATCH_ANY,
  MATCH_FIRST_FRAGMENT,
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
  atRoot,
  blocksOf,
  entranceOf,
  entrances,
  inTable,
  newTable,
  portFilters,
  type PortTable,
  portTableFilters,
  tableNumber,
  TRANSPORTS,
} from "./port_table.ts";
import { vethFilters } from "./veth_filters.ts";

/**
 * The layout whose cost does not grow with the number of containers: ports are found in hash
 * tables, an ICMP error goes to the one container that it is about, and only the few kinds of
 * packets that nobody's port tells apart are copied to all.
 *
 * @module
 */

/** ICMP types that carry the packet they are about: unreachable, quench, exceeded, problem. */
const ICMP_ERRORS = [3, 4, 11, 12];
const ICMP_ECHO_REPLY = 0;

/** Bytes of an ICMP header, after which an error quotes the packet that it is about. */
const ICMP_HEADER_BYTES = 8;

/** Family of the tables by destination port, and of those by the source port of a quoted packet. */
const BY_PORT = 1;
const BY_QUOTED_PORT = 2;

/** Offset of an ARP packet's operation, and the operations that ask and answer. */
const ARP_OPERATION = 6;
const ARP_REQUEST = 1;
const ARP_REPLY = 2;

export { containerFilters, containerPortFilters } from "./hashed_container.ts";

/** {@inheritDoc Layout.scaffold} */
export function scaffold(host: HostConfig, ports: IntervalSet): Filter[] {
  const blocks = blocksOf(ports);
  const { eth0, lo } = tablesOf(host);
  const own = matchAddress("dst", host.address);
  const fromWire = [matchMac("dst", host.mac), own];
  const toSelf = [[own], [matchAddress("dst", LOOPBACK)]];
  const flows = flowTable(host);
  return [
    ...portTableFilters(eth0.ports, blocks),
    ...entrances(eth0.ports, [fromWire]),
    ...portTableFilters(lo.ports, blocks),
    ...entrances(lo.ports, toSelf),
    ...copyTables(host),
    ...portTableFilters(eth0.quoted, blocks),
    ...icmpFilters(eth0.quoted, [fromWire], {
      kind: "link",
      to: { table: copiesOf(eth0.quoted) },
    }),
    ...portTableFilters(lo.quoted, blocks),
    ...icmpFilters(lo.quoted, toSelf),
    ...arpFilters(host),
    ...(flows === undefined ? [] : [...portTableFilters(flows, blocks), ...entrances(flows, [[]])]),
  ];
}

/** {@inheritDoc Layout.hostFilters} */
export function hostFilters(host: HostConfig, container: Container): HostFilter[] {
  const veth = vethName(host.options.vethPrefix, container.pid);
  const cookie = cookieOf(container.pid);
  const toVeth: Action = { kind: "redirect", to: veth, cookie };
  const ports = allPorts(container);
  const { eth0, lo } = tablesOf(host);
  return [
    ...vethFilters(host, container),
    ...inPart("eth0_egress", flowFilters(host, container, ports)),
    ...inPart("eth0_ip", portFilters(eth0.ports, ports, toVeth)),
    ...inPart("lo_ip", portFilters(lo.ports, ports, toVeth)),
    ...inPart("lo_ip", portFilters(lo.quoted, ports, toVeth)),
    ...inPart("eth0_icmp", portFilters(eth0.quoted, ports, toVeth)),
    ...inPart("eth0_icmp", copyFilters(eth0.quoted, container, veth)),
    ...inPart("eth0_arp", copyFilters(arpPlace(host), container, veth)),
  ];
}

/** The tables on the host's own links. */
function tablesOf(host: HostConfig) {
  const of = (link: string) => {
    const place = { link, parent: INGRESS, protocol: "ip", isShared: true } as const;
    const [ip, icmp] = [priority("ip", "normal"), priority("icmp", "normal")];
    return {
      ports: { ...place, priority: ip, family: BY_PORT, side: "dport" } satisfies PortTable,
      quoted: {
        ...place,
        priority: icmp,
        family: BY_QUOTED_PORT,
        side: "sport",
      } satisfies PortTable,
    };
  };
  return { eth0: of(host.eth0), lo: of(host.lo) };
}

/** The table that tells each container's flow on the host's way out. */
function flowTable(host: HostConfig): PortTable | undefined {
  return host.flowQueue && {
    link: host.eth0,
    parent: formatHandle(host.flowQueue.handle),
    protocol: "ip",
    priority: priority("ip", "low"),
    family: BY_PORT,
    side: "sport",
    isShared: true,
  };
}

function flowFilters(host: HostConfig, { flow }: Container, ports: IntervalSet): Filter[] {
  const table = flowTable(host);
  const { flowQueue } = host;
  if (table === undefined || flowQueue === undefined || flow === undefined) return [];
  const classId = formatHandle({ major: flowQueue.handle.major, minor: flow });
  return portFilters(table, ports, { kind: "classify", classId });
}

/**
 * Leads ICMP errors to the table of quoted ports. What quotes no ports, and echo replies, go on to
 * `others`. Echo requests go nowhere: the host answers them, once.
 */
function icmpFilters(
  table: PortTable,
  ways: readonly (readonly Match[])[],
  others?: Action,
): Filter[] {
  const [types, inner] = (["types", "inner"] as const).map((kind) =>
    tableNumber(table.family, kind)
  );
  if (types === undefined || inner === undefined) return [];
  const toInner: Action = { kind: "link", to: { table: inner, skip: ICMP_HEADER_BYTES } };
  const toTypes: Action = { kind: "link", to: { table: types, skip: "ip-header" } };
  const toPorts: Action = { kind: "link", to: entranceOf(table) };
  return [
    newTable(table, inner, 1),
    newTable(table, types, 1),
    ...inTable(table, inner, [
      ...TRANSPORTS.map((transport) =>
        [[MATCH_FIRST_FRAGMENT, matchProtocol(transport)], toPorts] as const
      ),
      ...(others === undefined ? [] : [[[matchProtocol("icmp")], others] as const]),
    ]),
    ...inTable(table, types, [
      ...ICMP_ERRORS.map((type) => [[matchByte(type, 0)], toInner] as const),
      ...(others === undefined ? [] : [[[matchByte(ICMP_ECHO_REPLY, 0)], others] as const]),
    ]),
    ...atRoot(
      table,
      ways.map((way) => [[MATCH_FIRST_FRAGMENT, matchProtocol("icmp"), ...way], toTypes] as const),
    ),
  ];
}

/**
 * Answers to ARP requests go to everybody, since nobody knows who asked, and so does the gateway's
 * announcement that it has moved, which may be worded as a request. Other requests are the host's
 * to answer.
 */
function arpFilters(host: HostConfig): Filter[] {
  const place = arpPlace(host);
  const gateway = parseIpv4(host.gateway);
  const toCopies: Action = { kind: "link", to: { table: copiesOf(place) } };
  return atRoot(place, [
    [[matchHalfWord(ARP_REPLY, 0xffff, ARP_OPERATION)], toCopies],
    [
      [
        matchHalfWord(ARP_REQUEST, 0xffff, ARP_OPERATION),
        matchHalfWord(gateway >>> 16, 0xffff, 14),
        matchHalfWord(gateway & 0xffff, 0xffff, 16),
        matchWord(gateway, 24),
      ],
      toCopies,
    ],
  ]);
}

function arpPlace(host: HostConfig): FilterPlace & { readonly family: number } {
  return {
    link: host.eth0,
    parent: INGRESS,
    protocol: "arp",
    priority: priority("arp", "normal"),
    family: BY_PORT,
  };
}

/** The tables whose every filter copies a packet to one container. */
function copyTables(host: HostConfig): Filter[] {
  const places = [tablesOf(host).eth0.quoted, arpPlace(host)];
  return places.map((place) => newTable(place, copiesOf(place), 1));
}

function copiesOf({ family }: { readonly family: number }): number {
  return tableNumber(family, "copies");
}

/** Smallest number of ephemeral ports that a container has, so that their first names it. */
const LEAST_EPHEMERAL_PORTS = 16;

/** A container has a filter of its own, numbered by its ephemeral ports, as nobody shares them. */
function copyFilters(
  place: FilterPlace & { readonly family: number },
  { pid, ephemeralPorts }: Container,
  veth: string,
): Filter[] {
  if (ephemeralPorts === undefined) return [];
  const number = Math.floor(ephemeralPorts.begin / LEAST_EPHEMERAL_PORTS);
  const action: Action = { kind: "mirror", to: veth, cookie: cookieOf(pid) };
  return inTable(place, copiesOf(place), [[[MATCH_ANY], action]], number);
}
