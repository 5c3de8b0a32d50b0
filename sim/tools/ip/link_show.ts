/**
 * How `ip link show` and `ip addr show` describe a link.
 *
 * @module
 */

import type { Link } from "../../model/link.ts";
import { formatMac, MAC_BROADCAST, MAC_ZERO } from "../../model/mac.ts";
import type { NetworkNamespace } from "../../model/namespace.ts";
import type { Listing } from "../listing.ts";
import { HANDLE_FOLDER } from "../named_namespace.ts";
import type { IpContext } from "./context.ts";
import { lineBreak } from "./context.ts";
import { listLinkStatistics } from "./link_statistics.ts";

/** What of a link is listed. */
export interface LinkListing {
  readonly context: IpContext;
  readonly listing: Listing;
  /** Whether it is about links, rather than their addresses. */
  readonly isAboutLinks: boolean;
}

/** State of a link as the kernel names it. */
function operationalState(link: Link): string {
  if (!link.isUp) return "DOWN";
  if (link.kind === "loopback" || link.kind === "dummy") return "UNKNOWN";
  if (link.hasCarrier) return "UP";
  return hasDownLower(link) ? "LOWERLAYERDOWN" : "DOWN";
}

/**
 * Whether the kernel puts a missing carrier down to the link below. It looks for the peer's number
 * in the link's own namespace, whatever stands there under it.
 */
function hasDownLower({ index, namespace, peer }: Link): boolean {
  if (peer === undefined || peer.index === index) return false;
  const below = namespace.links.find((other) => other.index === peer.index);
  return below !== undefined && !below.hasCarrier;
}

/** Flags of a link, in the order in which the tool names them. */
function flagsOf(link: Link, isPeerDown: boolean): string[] {
  const isLoopback = link.kind === "loopback";
  const flags: (readonly [boolean, string])[] = [
    [link.isUp && !link.hasCarrier, "NO-CARRIER"],
    [isLoopback, "LOOPBACK"],
    [!isLoopback, "BROADCAST"],
    [link.hasMulticast, "MULTICAST"],
    [!link.hasArp, "NOARP"],
    [link.takesAllMulticast, "ALLMULTI"],
    [link.isPromiscuous, "PROMISC"],
    [link.isUp, "UP"],
    [link.isUp && link.hasCarrier, "LOWER_UP"],
    [isPeerDown, "M-DOWN"],
  ];
  return flags.filter(([isSet]) => isSet).map(([, name]) => name);
}

/** Name of a handle that leads to a namespace, the newest one first. */
function handleOf(from: NetworkNamespace, namespace: NetworkNamespace): string | undefined {
  const { files } = from.machine;
  const folder = files.find(HANDLE_FOLDER);
  if (folder?.kind !== "directory") return undefined;
  let found: string | undefined;
  for (const [name, node] of folder.entries) {
    if (node.kind === "file" && node.namespaceInode === namespace.inode) found ??= name;
  }
  return found;
}

/**
 * Lists a link.
 *
 * @param link The link.
 * @param options What to list, and where to.
 */
export function listLink(link: Link, options: LinkListing): void {
  const { context, listing, isAboutLinks } = options;
  const { isBrief, details, family, statistics } = context.options;
  const peerIsElsewhere = link.peer !== undefined && link.peer.namespace !== link.namespace;
  const isPeerDown = link.peer !== undefined && !peerIsElsewhere && !link.peer.isUp;
  if (!isBrief) listing.field("ifindex", link.index, `${link.index}: `);
  listName(link, options, peerIsElsewhere);
  const state = operationalState(link);
  if (isBrief) {
    listing.field("operstate", state, `${state.padEnd(14)} `);
    if (!isAboutLinks) return;
    listing.field("address", formatMac(link.mac), `${formatMac(link.mac)} `);
    listFlags(link, isPeerDown, listing);
    listing.text("\n");
    return;
  }
  listFlags(link, isPeerDown, listing);
  const isInet6Alone = family === "inet6" && !isAboutLinks;
  const qdisc = link.root?.kind ?? "noop";
  listing.field("mtu", link.mtu, `mtu ${link.mtu} `);
  if (!isInet6Alone) listing.field("qdisc", qdisc, `qdisc ${qdisc} `);
  listing.field("operstate", state, `state ${state} `);
  if (isAboutLinks) listing.field("linkmode", "DEFAULT", "mode DEFAULT ");
  const group = link.group === 0 ? "default" : String(link.group);
  if (!isInet6Alone) listing.field("group", group, `group ${group} `);
  const queue = link.txQueueLength | 0;
  if (queue !== 0) listing.field("txqlen", queue, `qlen ${queue}`);
  if (isAboutLinks || family === undefined || details > 0) listAddress(link, options);
  listPeerNamespace(link, options);
  if (details > 0) listDetails(link, options);
  if ((isAboutLinks || details > 0) && link.alias !== undefined) {
    listing.text(`${lineBreak(context.options)}    `);
    listing.field("ifalias", link.alias, `alias ${link.alias}`);
  }
  if (isAboutLinks && statistics > 0) {
    listing.text(lineBreak(context.options));
    listLinkStatistics(link, listing, context.options);
  }
  listing.text("\n");
}

function listName(link: Link, options: LinkListing, peerIsElsewhere: boolean): void {
  const { listing, context } = options;
  const { peer } = link;
  let suffix = "";
  if (peer !== undefined) {
    suffix = `@${peerIsElsewhere ? `if${peer.index}` : peer.name}`;
    if (peerIsElsewhere) listing.json("link_index", peer.index);
    else listing.json("link", peer.name);
  }
  const shown = link.name + suffix;
  listing.field(
    "ifname",
    link.name,
    context.options.isBrief ? `${shown.padEnd(16)} ` : `${shown}: `,
  );
}

function listFlags(link: Link, isPeerDown: boolean, listing: Listing): void {
  const flags = flagsOf(link, isPeerDown);
  listing.field("flags", flags, `<${flags.join(",")}> `);
}

function listAddress(link: Link, options: LinkListing): void {
  const { listing, context } = options;
  const type = link.kind === "loopback" ? "loopback" : "ether";
  const broadcast = formatMac(link.kind === "loopback" ? MAC_ZERO : MAC_BROADCAST);
  const mac = formatMac(link.mac);
  listing.text(lineBreak(context.options));
  listing.field("link_type", type, `    link/${type} `);
  listing.field("address", mac, mac);
  listing.field("broadcast", broadcast, ` brd ${broadcast}`);
}

function listPeerNamespace(link: Link, { listing }: LinkListing): void {
  const { peer } = link;
  if (peer === undefined || peer.namespace === link.namespace) return;
  const id = link.namespace.peerId(peer.namespace);
  const name = handleOf(link.namespace, peer.namespace);
  listing.field(
    "link_netnsid",
    id,
    name === undefined ? ` link-netnsid ${id}` : ` link-netns ${name}`,
  );
}

/** What a veth and a loopback say of their offloads, as recorded. */
const OFFLOADS = [
  ["gso_max_size", 65536],
  ["gso_max_segs", 65535],
  ["tso_max_size", 524280],
  ["tso_max_segs", 65535],
  ["gro_max_size", 65536],
] as const;

function listDetails(link: Link, options: LinkListing): void {
  const { listing, context, isAboutLinks } = options;
  const isLoopback = link.kind === "loopback";
  if (link.kind !== "veth" && !isLoopback) {
    return context.console.notModelled(`-details of a ${link.kind} link`);
  }
  const promiscuity = link.isPromiscuous ? 1 : 0;
  const allMulticast = link.takesAllMulticast ? 1 : 0;
  // A loopback takes every MTU, and says so with two zeros.
  const { min, max } = isLoopback ? { min: 0, max: 0 } : link.mtuRange;
  listing.field("promiscuity", promiscuity, ` promiscuity ${promiscuity} `);
  listing.field("allmulti", allMulticast, ` allmulti ${allMulticast} `);
  listing.field("min_mtu", min, `minmtu ${min} `);
  listing.field("max_mtu", max, `maxmtu ${max} `);
  if (!isLoopback) {
    listing.text(lineBreak(context.options));
    listing.enter("linkinfo");
    listing.field("info_kind", "veth", "    veth ");
    listing.leave();
  }
  if (isAboutLinks) listing.field("inet6_addr_gen_mode", "eui64", "addrgenmode eui64 ");
  for (const [key, name] of [["num_tx_queues", "numtxqueues"], ["num_rx_queues", "numrxqueues"]]) {
    listing.field(key ?? "", link.txQueues, `${name} ${link.txQueues} `);
  }
  for (const [key, value] of OFFLOADS) listing.field(key, value, `${key} ${value} `);
}
