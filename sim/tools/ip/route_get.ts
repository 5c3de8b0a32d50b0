/**
 * `ip route get`.
 *
 * @module
 */

import { formatIpv4, type Ipv4, LOOPBACK } from "../../model/ipv4.ts";
import type { Link } from "../../model/link.ts";
import type { NetworkNamespace } from "../../model/namespace.ts";
import { Refusal } from "../../model/refusal.ts";
import { type Route, TABLE_LOCAL, TABLE_MAIN } from "../../model/route.ts";
import { errorOfRoute } from "../../model/route_requests.ts";
import { selectSource, sourceFor } from "../../model/source_address.ts";
import { Listing } from "../listing.ts";
import { settlingPrefix } from "../prefix.ts";
import { Grammar, unknownToSimulator, Words } from "../words.ts";
import { type IpContext, lineBreak, linkNamed } from "./context.ts";
import { formatTable } from "./route_words.ts";

interface Draft {
  destination: Ipv4 | undefined;
  prefixLength: number;
  device: string | undefined;
}

const GRAMMAR = new Grammar<Draft>([
  unknownToSimulator("from|tos|dsfield~|iif|mark"),
  { names: "oif|dev", read: (draft, words) => draft.device = words.take() },
  unknownToSimulator("notify|connected|vrf|uid|fibmatch|as|sport|dport|ipproto"),
], (draft, words) => {
  if (words.current === "to") words.skip();
  const prefix = settlingPrefix(words.take(), words);
  if (prefix.isWord) words.console.notModelled('"route get default"');
  draft.destination = prefix.address;
  draft.prefixLength = prefix.length;
});

/**
 * Runs `ip route get`.
 *
 * @param args The words behind the verb.
 * @param context Where it works.
 */
export function getRoute(args: readonly string[], context: IpContext): void {
  const { console, namespace, options } = context;
  if (options.statistics > 0) console.notModelled('"-s route get"');
  if (options.family === "inet6") console.notModelled('"-6 route get"');
  const draft: Draft = { destination: undefined, prefixLength: 32, device: undefined };
  GRAMMAR.read(draft, new Words(args, console, context.options.family));
  const { destination } = draft;
  if (destination === undefined) {
    return console.fail("need at least a destination address\n");
  }
  if (destination >>> 28 >= 0xe) return console.notModelled("a route to this address");
  if (draft.prefixLength !== 32) {
    console.complain(
      `Warning: /${draft.prefixLength} as prefix is invalid, only /32 (or none) is supported.\n`,
    );
  }
  const device = draft.device === undefined ? undefined : linkNamed(context, draft.device);
  if (destination === 0 && device !== undefined) console.notModelled("a way to 0.0.0.0 by a link");
  const way = console.ask(() => resolve(namespace, destination, device));
  const listing = new Listing(options.isJson);
  list(listing, destination, way, context);
  console.print(listing.finish());
}

interface Way {
  readonly type: "unicast" | "local" | "broadcast";
  readonly gateway: Ipv4 | undefined;
  readonly link: Link;
  readonly source: Ipv4 | undefined;
  /** Largest packet in bytes, where the route says so. */
  readonly mtu: number | undefined;
  /** Number of the table that knew it; 0 for none. */
  readonly table: number;
}

function resolve(
  { routes, loopback }: NetworkNamespace,
  destination: Ipv4,
  device: Link | undefined,
): Way {
  // No destination is the machine itself.
  if (destination === 0) {
    return {
      type: "local",
      gateway: undefined,
      link: loopback,
      source: LOOPBACK,
      mtu: undefined,
      table: 0,
    };
  }
  if (device?.isUp === false) throw new Refusal("ENETUNREACH");
  const isUsable = (route: Route) =>
    route.link === undefined || device === undefined || route.link === device;
  const route = routes.lookup(destination, isUsable);
  if (route?.link === undefined) {
    // A named link is taken even where no route leads over it.
    if (device !== undefined) return onDevice(device);
    throw new Refusal(route === undefined ? "ENETUNREACH" : errorOfRoute(route) ?? "ENETUNREACH");
  }
  const isLocal = route.type === "local";
  return {
    type: isLocal ? "local" : route.type === "broadcast" ? "broadcast" : "unicast",
    gateway: route.gateway,
    link: isLocal ? route.link.namespace.loopback : route.link,
    source: isLocal ? route.preferredSource ?? destination : sourceFor(route),
    mtu: route.type === "broadcast" ? undefined : route.mtu,
    // The kernel keeps local routes in the main table, and says that they come from there.
    table: route.table === TABLE_LOCAL ? TABLE_MAIN : route.table,
  };
}

function onDevice(link: Link): Way {
  const source = selectSource(link, { gateway: undefined, scope: "link" });
  return { type: "unicast", gateway: undefined, link, source, mtu: undefined, table: 0 };
}

function list(listing: Listing, destination: Ipv4, way: Way, context: IpContext): void {
  const text = formatIpv4(destination);
  listing.begin();
  const isDetailed = context.options.details > 0;
  if (way.type !== "unicast" || isDetailed) listing.field("type", way.type, `${way.type} `);
  listing.field("dst", text, `${text} `);
  if (way.gateway !== undefined) {
    const gateway = formatIpv4(way.gateway);
    listing.field("gateway", gateway, `via ${gateway} `);
  }
  listing.field("dev", way.link.name, `dev ${way.link.name} `);
  if (way.table !== 0 && (way.table !== TABLE_MAIN || isDetailed)) {
    listing.field("table", formatTable(way.table), `table ${formatTable(way.table)} `);
  }
  if (way.source !== undefined) {
    const source = formatIpv4(way.source);
    listing.field("prefsrc", source, `src ${source} `);
  }
  listing.json("flags", []);
  listing.field("uid", 0, "uid 0 ");
  const flags = way.type === "local" ? ["local"] : way.type === "broadcast" ? ["local", "brd"] : [];
  const flagText = flags.length === 0 ? "" : `<${flags.join(",")}> `;
  listing.field("cache", flags, `${lineBreak(context.options)}    cache ${flagText}`);
  if (way.mtu !== undefined) listing.field("metrics", [{ mtu: way.mtu }], `mtu ${way.mtu} `);
  listing.text("\n");
  listing.end();
}
