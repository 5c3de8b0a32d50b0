import { formatIpv4, type Ipv4 } from "../model/ipv4.ts";
import type { InetAddress } from "../model/address.ts";
import type { Link } from "../model/link.ts";
import { formatMac } from "../model/mac.ts";
import type { NetworkNamespace } from "../model/namespace.ts";
import { FEATURE_NAMES } from "../model/offloads.ts";
import { HANDLE_FOLDER_SHOWN } from "../tools/named_namespace.ts";
import { dumpLine } from "./dump_line.ts";

/** A namespace, and the same one of a machine that is made from the dump so far. */
export interface Pair {
  readonly real: NetworkNamespace;
  readonly made: NetworkNamespace;
}

const QUEUE_LENGTH_DEFAULT = 1000;

/**
 * Writes what makes the links of a namespace, as far as they are not made yet.
 *
 * @param pair The namespace.
 */
export function* linkLines({ real, made }: Pair): Generator<string> {
  for (const link of real.links) {
    if (made.linkByIndex(link.index) === undefined) yield newLinkLine(link);
    const twin = made.linkByIndex(link.index);
    if (twin !== undefined) yield* changedLines(link, twin);
  }
}

/**
 * Writes the name of a namespace's loopback, if it is not its first one.
 *
 * @param pair The namespace; nothing else is made in it yet.
 */
export function* loopbackNameLines({ real, made }: Pair): Generator<string> {
  const [before, after] = [made.loopback.name, real.loopback.name];
  if (before !== after) yield dumpLine("ip", "link", "set", "dev", before, "name", after);
}

function newLinkLine(link: Link): string {
  const { name, index, mtu, peer } = link;
  if (link.kind === "physical") {
    const speed = link.speedMbitPerSecond;
    const more = [
      ...(speed === undefined ? [] : ["speed", speed]),
      ...(link.isCableConnected ? [] : ["cable", "out"]),
    ];
    const place = ["index", index, "address", formatMac(link.mac), "mtu", mtu];
    return dumpLine("card", name, ...place, ...more);
  }
  const line = ["ip", "link", "add", "name", name, ...newLinkWords(link), "type", link.kind];
  if (peer === undefined) return dumpLine(...line);
  const where = peer.namespace === link.namespace ? [] : ["netns", netnsWord(peer.namespace)];
  return dumpLine(...line, "peer", "name", peer.name, ...newLinkWords(peer), ...where);
}

function newLinkWords({ index, mac, mtu, txQueueLength }: Link): (string | number)[] {
  const queue = txQueueLength === QUEUE_LENGTH_DEFAULT ? [] : ["txqueuelen", txQueueLength];
  return ["index", index, "address", formatMac(mac), "mtu", mtu, ...queue];
}

/** How `ip` names a namespace: by a process in it, or by its handle. */
function netnsWord(namespace: NetworkNamespace): string | number {
  const { machine } = namespace;
  const pids = [...machine.processes.values()].filter((each) => each.namespace === namespace)
    .map(({ pid }) => pid);
  if (pids.length > 0) return Math.min(...pids);
  const handles = [...machine.files.handles()].filter(({ inode }) => inode === namespace.inode)
    .map(({ path }) => path).sort();
  return handles[0]?.replace(`${HANDLE_FOLDER_SHOWN}/`, "") ?? "";
}

/** What can be changed of a link, and the words that change it. */
const ATTRIBUTES: readonly (readonly [
  read: (link: Link) => string | number | boolean,
  words: (link: Link) => readonly (string | number)[],
])[] = [
  [({ mac }) => mac, ({ mac }) => ["address", formatMac(mac)]],
  [({ mtu }) => mtu, ({ mtu }) => ["mtu", mtu]],
  [({ txQueueLength }) => txQueueLength, (link) => ["txqueuelen", link.txQueueLength]],
  [({ alias }) => alias ?? "", ({ alias }) => ["alias", alias ?? ""]],
  [({ group }) => group, ({ group }) => ["group", group]],
  [({ hasArp }) => hasArp, ({ hasArp }) => ["arp", onOff(hasArp)]],
  [({ hasMulticast }) => hasMulticast, (link) => ["multicast", onOff(link.hasMulticast)]],
  [({ isPromiscuous }) => isPromiscuous, (link) => ["promisc", onOff(link.isPromiscuous)]],
  [(link) => link.takesAllMulticast, (link) => ["allmulticast", onOff(link.takesAllMulticast)]],
];

function onOff(isOn: boolean): "on" | "off" {
  return isOn ? "on" : "off";
}

function* changedLines(link: Link, made: Link): Generator<string> {
  for (const [read, words] of ATTRIBUTES) {
    if (read(link) === read(made)) continue;
    yield dumpLine("ip", "link", "set", "dev", link.name, ...words(link));
  }
  for (const name of FEATURE_NAMES) {
    const wanted = link.offloads?.isWanted(name);
    if (wanted === undefined || wanted === made.offloads?.isWanted(name)) continue;
    yield dumpLine("ethtool", "-K", link.name, name, onOff(wanted));
  }
}

/**
 * Writes the addresses of a namespace's links, and what sets the links up.
 *
 * @param pair The namespace.
 */
export function* addressLines({ real, made }: Pair): Generator<string> {
  for (const link of real.links) {
    const twin = made.linkByIndex(link.index);
    if (twin === undefined) continue;
    for (const address of link.addresses) {
      yield dumpLine("ip", "addr", "add", ...addressWords(address), "dev", link.name);
    }
    // A link that was up once keeps the queue that it got then.
    const wasUp = link.root?.handle === 0;
    if (link.isUp || wasUp) yield dumpLine("ip", "link", "set", "dev", link.name, "up");
    for (const address of twin.addresses) {
      if (link.addresses.some((other) => other.local === address.local)) continue;
      yield dumpLine("ip", "addr", "del", prefix(address.local, address), "dev", link.name);
    }
    if (!link.isUp && wasUp) yield dumpLine("ip", "link", "set", "dev", link.name, "down");
  }
}

function prefix(address: Ipv4, { prefixLength }: InetAddress): string {
  return `${formatIpv4(address)}/${prefixLength}`;
}

function addressWords(address: InetAddress): string[] {
  const { local, peer, broadcast, scope, label, noPrefixRoute } = address;
  const ends = peer === local
    ? [prefix(local, address)]
    : [formatIpv4(local), "peer", prefix(peer, address)];
  return [
    ...ends,
    ...(broadcast === undefined ? [] : ["brd", formatIpv4(broadcast)]),
    ...["scope", scope, "label", label],
    ...(noPrefixRoute ? ["noprefixroute"] : []),
  ];
}
