/**
 * `ip route show` and `flush`.
 *
 * @module
 */

import type { Scope } from "../../model/address.ts";
import { formatIpv4, type Ipv4, prefixOf } from "../../model/ipv4.ts";
import type { Link } from "../../model/link.ts";
import { type Route, type RouteType, TABLE_MAIN } from "../../model/route.ts";
import { STATUS_REFUSED } from "../console.ts";
import { Listing } from "../listing.ts";
import { type Prefix, prefixOrExit } from "../prefix.ts";
import { Grammar, unknownToSimulator, Words } from "../words.ts";
import { type IpContext, linkNamed } from "./context.ts";
import {
  findRouteType,
  formatTable,
  parseRouteProtocol,
  parseScope,
  parseTable,
} from "./route_words.ts";

/** Which routes are meant; what was not said is undefined. */
interface Selection {
  table: number | "all";
  device: string | undefined;
  gateway: Ipv4 | undefined;
  source: Ipv4 | undefined;
  protocol: string | undefined;
  scope: Scope | undefined;
  type: RouteType | undefined;
  /** Networks that lie in this one. */
  root: Prefix | undefined;
  /** Networks that hold this one. */
  match: Prefix | undefined;
}

const GRAMMAR = new Grammar<Selection>([
  {
    names: "table~",
    read(selection, words) {
      const text = words.take();
      if (text === "all" || text === "0") selection.table = "all";
      else if (text === "cache") words.console.notModelled('"table cache"');
      else {
        selection.table = parseTable(text) ??
          words.console.wrongArgument("table id value is invalid\n", text);
      }
    },
  },
  unknownToSimulator("vrf~|cached~|cloned|tos|dsfield~|metric|priority|preference"),
  {
    names: "protocol~",
    read(selection, words) {
      const text = words.take();
      if (text === "all") return;
      selection.protocol = parseRouteProtocol(text) ??
        words.console.wrongArgument('invalid "protocol"\n', text);
    },
  },
  {
    names: "scope~",
    read(selection, words) {
      const text = words.take();
      if (text === "all") return;
      selection.scope = parseScope(text) ?? words.console.notModelled(`scope "${text}"`);
    },
  },
  {
    names: "type~",
    read(selection, words) {
      const text = words.take();
      selection.type = findRouteType(text)?.type ??
        words.console.notModelled(`type "${text}"`);
    },
  },
  { names: "dev|oif", read: (selection, words) => selection.device = words.take() },
  unknownToSimulator("iif|mark|nhid"),
  {
    names: "via",
    read: (selection, words) => selection.gateway = prefixOrExit(words.take(), words).address,
  },
  {
    names: "src",
    read: (selection, words) => selection.source = prefixOrExit(words.take(), words).address,
  },
  unknownToSimulator("realms~|from~|nexthop|help~"),
], (selection, words) => {
  if (words.current === "to") words.skip();
  const word = words.take();
  if (word === "root") selection.root = prefixOrExit(words.take(), words);
  else if (word === "match") selection.match = prefixOrExit(words.take(), words);
  else {
    const prefix = prefixOrExit(word === "exact" ? words.take() : word, words);
    selection.root = prefix;
    selection.match = prefix;
  }
});

function read(args: readonly string[], context: IpContext): Selection {
  const selection: Selection = {
    table: TABLE_MAIN,
    device: undefined,
    gateway: undefined,
    source: undefined,
    protocol: undefined,
    scope: undefined,
    type: undefined,
    root: undefined,
    match: undefined,
  };
  GRAMMAR.read(selection, new Words(args, context.console, context.options.family));
  return selection;
}

/** The selected routes in the kernel's order: small tables, then main, then local. */
function select(selection: Selection, context: IpContext): Route[] {
  const { routes } = context.namespace;
  const link = selection.device === undefined ? undefined : linkNamed(context, selection.device);
  const tables = selection.table === "all" ? routes.tables : [selection.table];
  return tables.flatMap((table) => routes.table(table)).filter((route) =>
    isSelected(route, selection, link)
  );
}

function isSelected(route: Route, selection: Selection, link: Link | undefined): boolean {
  const asked = [
    [link, route.link],
    [selection.gateway, route.gateway],
    [selection.source, route.preferredSource],
    [selection.protocol, route.protocol],
    [selection.scope, route.scope],
    [selection.type, route.type],
  ] as const;
  const { root, match } = selection;
  const { destination, prefixLength } = route;
  return asked.every(([wanted, is]) => wanted === undefined || wanted === is) &&
    (root === undefined ||
      (prefixLength >= root.length &&
        prefixOf(destination, root.length) === prefixOf(root.address, root.length))) &&
    (match === undefined ||
      (prefixLength <= match.length && prefixOf(match.address, prefixLength) === destination));
}

/**
 * Runs `ip route show`.
 *
 * @param args The words behind the verb.
 * @param context Where it works.
 */
export function showRoutes(args: readonly string[], context: IpContext): void {
  const { console, options } = context;
  const selection = read(args, context);
  if (options.family === "inet6" && selection.table !== TABLE_MAIN) {
    console.notModelled("tables of IPv6");
  }
  if (options.family === "inet6") {
    if (selection.device !== undefined) linkNamed(context, selection.device);
    return showInet6(context);
  }
  const { table } = selection;
  // The tool keeps quiet about a missing main table, when it shows one.
  if (table !== TABLE_MAIN && isMissing(table, context)) {
    if (options.isJson) console.print("[");
    console.fail("Error: ipv4: FIB table does not exist.\nDump terminated\n", STATUS_REFUSED);
  }
  const listing = new Listing(options.isJson);
  for (const route of select(selection, context)) listRoute(route, selection, listing, options);
  if (table === "all" && options.family === undefined) listInet6(context, listing);
  console.print(listing.finish());
}

/** With IPv6 switched off there is nothing to list; more is not modelled. */
function showInet6(context: IpContext): void {
  const { namespace, console, options } = context;
  if (namespace.links.some(({ addresses6 }) => addresses6.length > 0)) {
    console.notModelled("routes of IPv6");
  }
  console.print(new Listing(options.isJson).finish());
}

/** Of IPv6, only the route to `::1` is modelled. */
function listInet6(context: IpContext, listing: Listing): void {
  const { namespace, console } = context;
  const { loopback } = namespace;
  const others = namespace.links.filter((link) => link !== loopback);
  if (others.some(({ addresses6 }) => addresses6.length > 0) || listing.isJson) {
    console.notModelled("routes of IPv6");
  }
  if (loopback.addresses6.length > 0) {
    listing.text("local ::1 dev lo table local proto kernel metric 0 pref medium\n");
  }
}

function listRoute(
  route: Route,
  selection: Selection,
  listing: Listing,
  options: IpContext["options"],
): void {
  const { details } = options;
  listing.begin();
  if (route.type !== "unicast" || details > 0) {
    listing.field("type", route.type, `${route.type} `);
  }
  const destination = describeDestination(route);
  listing.field("dst", destination, `${destination} `);
  if (route.gateway !== undefined && selection.gateway === undefined) {
    const gateway = formatIpv4(route.gateway);
    listing.field("gateway", gateway, `via ${gateway} `);
  }
  if (route.link !== undefined && selection.device === undefined) {
    listing.field("dev", route.link.name, `dev ${route.link.name} `);
  }
  if (selection.table === "all" && (route.table !== TABLE_MAIN || details > 0)) {
    listing.field("table", formatTable(route.table), `table ${formatTable(route.table)} `);
  }
  if ((route.protocol !== "boot" || details > 0) && selection.protocol === undefined) {
    listing.field("protocol", route.protocol, `proto ${route.protocol} `);
  }
  if ((route.scope !== "global" || details > 0) && selection.scope === undefined) {
    listing.field("scope", route.scope, `scope ${route.scope} `);
  }
  if (route.preferredSource !== undefined && selection.source === undefined) {
    const source = formatIpv4(route.preferredSource);
    listing.field("prefsrc", source, `src ${source} `);
  }
  if (route.metric !== 0) listing.field("metric", route.metric, `metric ${route.metric} `);
  const flags = flagsOf(route);
  listing.field("flags", flags, flags.map((flag) => `${flag} `).join(""));
  if (route.mtu !== undefined) {
    listing.field("metrics", [{ mtu: route.mtu }], `mtu ${route.mtu} `);
  }
  listing.text("\n");
  listing.end();
}

function describeDestination({ destination, prefixLength }: Route): string {
  if (prefixLength === 0) return "default";
  const address = formatIpv4(destination);
  return prefixLength === 32 ? address : `${address}/${prefixLength}`;
}

function flagsOf({ isOnLink, link, scope }: Route): string[] {
  const isLinkDown = link !== undefined && scope !== "host" && link.isUp && !link.hasCarrier;
  return [...(isOnLink ? ["onlink"] : []), ...(isLinkDown ? ["linkdown"] : [])];
}

/** Whether the kernel is asked for one table, and has none of that number. */
function isMissing(table: Selection["table"], { namespace, session }: IpContext): boolean {
  return table !== "all" && !session.isBatch && !namespace.routes.exists(table);
}

/**
 * Runs `ip route flush`.
 *
 * @param args The words behind the verb.
 * @param context Where it works.
 */
export function flushRoutes(args: readonly string[], context: IpContext): void {
  const { console, namespace, options } = context;
  if (args.length === 0) console.fail('"ip route flush" requires arguments.\n');
  if (options.statistics > 0) console.notModelled('"-s route flush"');
  const selection = read(args, context);
  const doomed = new Set(select(selection, context));
  if (isMissing(selection.table, context)) {
    console.fail("Error: ipv4: FIB table does not exist.\nFlush terminated\n", STATUS_REFUSED);
  }
  namespace.routes.remove((route) => doomed.has(route));
}
