/**
 * What `ip route add` and its siblings say about a route.
 *
 * @module
 */

import type { Scope } from "../../model/address.ts";
import type { Ipv4 } from "../../model/ipv4.ts";
import { type RouteType, TABLE_LOCAL, TABLE_MAIN } from "../../model/route.ts";
import { parseInteger, parseUnsigned } from "../numbers.ts";
import { addressOrExit, type Prefix, settlingAddress, settlingPrefix } from "../prefix.ts";
import { abbreviates, Grammar, unknownToSimulator, Words } from "../words.ts";
import type { IpContext } from "./context.ts";

/** What was said; undefined for what was not. */
export interface RouteWords {
  type: RouteType | undefined;
  /** Name of a type that the simulator does not know. */
  unknownType: string | undefined;
  destination: Prefix | undefined;
  gateway: Ipv4 | undefined;
  source: Ipv4 | undefined;
  device: string | undefined;
  scope: Scope | undefined;
  metric: number | undefined;
  mtu: number | undefined;
  tos: number;
  protocol: string | undefined;
  table: number | undefined;
  isOnLink: boolean;
}

/** Names of types in the order in which the tool tries them; `~` marks those it takes short. */
const TYPE_NAMES: readonly (readonly [string, RouteType | undefined])[] = [
  ["local", "local"],
  ["nat", undefined],
  ["broadcast~", "broadcast"],
  ["brd", "broadcast"],
  ["anycast~", undefined],
  ["multicast~", undefined],
  ["prohibit~", "prohibit"],
  ["unreachable~", "unreachable"],
  ["blackhole~", "blackhole"],
  ["xresolve~", undefined],
  ["unicast~", "unicast"],
  ["throw", "throw"],
];

const SCOPES: ReadonlyMap<string, Scope> = new Map([
  ["global", "global"],
  ["universe", "global"],
  ["site", "site"],
  ["link", "link"],
  ["host", "host"],
  ["nowhere", "nowhere"],
]);

const PROTOCOLS = ["kernel", "boot", "static", "redirect", "dhcp", "ra", "bird", "zebra"];

const TABLES: ReadonlyMap<string, number> = new Map([
  ["default", 253],
  ["main", TABLE_MAIN],
  ["local", TABLE_LOCAL],
]);

const UINT32 = 0xffffffff;

/**
 * Finds the type that a text names.
 *
 * @param text Any text.
 * @returns The type's name and what the simulator calls it, or undefined where it names none.
 */
export function findRouteType(
  text: string,
): { readonly name: string; readonly type: RouteType | undefined } | undefined {
  for (const [name, type] of TYPE_NAMES) {
    const whole = name.replace("~", "");
    if (text === whole || (name !== whole && abbreviates(text, whole))) {
      return { name: whole, type };
    }
  }
  return undefined;
}

/** @param text Name of a scope. @returns The scope, or undefined for any other text. */
export function parseScope(text: string): Scope | undefined {
  return SCOPES.get(text);
}

/** @param text Name or number of a protocol. @returns How it is kept, or undefined. */
export function parseRouteProtocol(text: string): string | undefined {
  if (PROTOCOLS.includes(text)) return text;
  const number = parseInteger(text);
  if (number === undefined || number < 0 || number > 255) return undefined;
  const named = new Map([[1, "redirect"], [2, "kernel"], [3, "boot"], [4, "static"]]);
  return named.get(number) ?? String(number);
}

/** @param text Name or number of a table. @returns Its number, or undefined for any other text. */
export function parseTable(text: string): number | undefined {
  const table = TABLES.get(text) ?? parseUnsigned(text, UINT32);
  // No table is the main one.
  return table === 0 ? TABLE_MAIN : table;
}

/** @param table Number of a table. @returns Its name, or the number. */
export function formatTable(table: number): string {
  for (const [name, number] of TABLES) if (number === table) return name;
  return String(table);
}

function readDestination(route: RouteWords, words: Words): void {
  const { console } = words;
  if (words.current === "to") words.skip();
  let text = words.take();
  const found = /^\d/.test(text) ? undefined : findRouteType(text);
  if (found !== undefined) {
    route.type = found.type;
    route.unknownType = found.type === undefined ? found.name : undefined;
    text = words.take();
  }
  if (abbreviates(text, "help")) console.notModelled('"route help"');
  if (route.destination !== undefined) console.duplicateOrGarbage("to", text);
  route.destination = settlingPrefix(text, words);
}

function uint32(words: Words, name: string): number {
  const text = words.take();
  return parseUnsigned(text, UINT32) ??
    words.console.wrongArgument(`"${name}" value is invalid\n`, text);
}

const GRAMMAR = new Grammar<RouteWords>([
  {
    names: "src",
    read: (route, words) => route.source = settlingAddress(words.take(), words),
  },
  unknownToSimulator("as"),
  {
    names: "via",
    read(route, words, name) {
      if (route.gateway !== undefined) {
        words.console.wrongArgument("use nexthop syntax to specify multiple via\n", name);
      }
      const text = words.take();
      if (text === "inet6") words.console.notModelled('"via inet6"');
      route.gateway = text === "inet"
        ? addressOrExit(words.take(), words, "inet")
        : settlingAddress(text, words);
      words.settleFamily();
    },
  },
  unknownToSimulator("from"),
  {
    names: "tos|dsfield~",
    read: (_, words) => words.console.notModelled(`tos "${words.take()}"`),
  },
  unknownToSimulator("expires"),
  {
    names: "metric~|priority~|preference",
    read: (route, words) => route.metric = uint32(words, "metric"),
  },
  {
    names: "scope",
    read(route, words) {
      const text = words.take();
      route.scope = parseScope(text) ?? words.console.notModelled(`scope "${text}"`);
    },
  },
  {
    names: "mtu",
    read(route, words) {
      if (words.current === "lock") words.console.notModelled('"mtu lock"');
      route.mtu = uint32(words, "mtu");
    },
  },
  unknownToSimulator(
    "hoplimit|advmss|reordering~|rtt|rto_min|window~|cwnd~|initcwnd~|initrwnd~|features~|" +
      "quickack~|congctl~|rttvar~|ssthresh~|realms~",
  ),
  { names: "onlink", read: (route) => route.isOnLink = true },
  unknownToSimulator("nexthop|nhid"),
  {
    names: "protocol~",
    read(route, words) {
      const text = words.take();
      route.protocol = parseRouteProtocol(text) ??
        words.console.wrongArgument('"protocol" value is invalid\n', text);
    },
  },
  {
    names: "table~",
    read(route, words) {
      const text = words.take();
      route.table = parseTable(text) ??
        words.console.wrongArgument('"table" value is invalid\n', text);
    },
  },
  unknownToSimulator("vrf~"),
  { names: "dev|oif", read: (route, words) => route.device = words.take() },
  unknownToSimulator("pref~|encap|ttl-propagate|fastopen_no_cookie~"),
], readDestination);

/**
 * Reads the words about a route.
 *
 * @param args The words behind the verb.
 * @param context Where to complain.
 */
export function readRouteWords(args: readonly string[], context: IpContext): RouteWords {
  const route: RouteWords = {
    type: undefined,
    unknownType: undefined,
    destination: undefined,
    gateway: undefined,
    source: undefined,
    device: undefined,
    scope: undefined,
    metric: undefined,
    mtu: undefined,
    tos: 0,
    protocol: undefined,
    table: undefined,
    isOnLink: false,
  };
  GRAMMAR.read(route, new Words(args, context.console, context.options.family));
  if (route.unknownType !== undefined) {
    context.console.notModelled(`route type "${route.unknownType}"`);
  }
  return route;
}
