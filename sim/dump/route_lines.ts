import { formatIpv4 } from "../model/ipv4.ts";
import { formatMac } from "../model/mac.ts";
import type { NetworkNamespace } from "../model/namespace.ts";
import type { NeighbourState } from "../model/neighbour.ts";
import { type Route, TABLE_LOCAL } from "../model/route.ts";
import { dumpLine } from "./dump_line.ts";
import type { Pair } from "./link_lines.ts";

/**
 * Writes the difference between a namespace's routes and those that its addresses bring along.
 *
 * @param pair The namespace; its links are made and up.
 */
export function* routeLines({ real, made }: Pair): Generator<string> {
  const tables = new Set([TABLE_LOCAL, ...real.routes.tables, ...made.routes.tables]);
  const missing: (RouteLine & { readonly isFirst: boolean })[] = [];
  for (const table of tables) {
    const wanted = byPlace(real.routes.table(table));
    const present = byPlace(made.routes.table(table));
    for (const place of new Set([...present.keys(), ...wanted.keys()])) {
      const [lines, old] = [wanted.get(place) ?? [], present.get(place) ?? []];
      const kept = keptLines(old, lines);
      for (const { line } of old.filter((each) => !kept.has(each.line))) {
        yield `ip route del ${line}`;
      }
      const rest = lines.slice(kept.size);
      missing.push(...rest.map((each, i) => ({ ...each, isFirst: kept.size + i === 0 })));
    }
  }
  // What is directly reached comes before what is reached through it.
  missing.sort((a, b) => Number(a.isFar) - Number(b.isFar));
  for (const { line, route, isFirst } of missing) {
    // A gateway may have been reachable once: it is made so for a moment.
    const bridge = isStranded(route, made) ? bridgeWords(route) : undefined;
    if (bridge !== undefined) yield dumpLine("ip", "route", "add", ...bridge);
    yield `ip route ${isFirst ? "add" : "append"} ${line}`;
    if (bridge !== undefined) yield dumpLine("ip", "route", "del", ...bridge);
  }
}

/**
 * Equal routes stand in the order of their making. The first ones that are wanted stay, as far as
 * they stand in the order that is wanted; the rest is made anew, behind them.
 */
function keptLines(present: readonly RouteLine[], wanted: readonly RouteLine[]): Set<string> {
  const kept = new Set<string>();
  for (const { line } of present) {
    if (line === wanted[kept.size]?.line) kept.add(line);
  }
  return kept;
}

function isStranded({ gateway, link, isOnLink }: Route, made: NetworkNamespace): boolean {
  if (gateway === undefined || isOnLink) return false;
  const way = made.routes.lookup(gateway, (route) => route.link?.isUp !== false);
  return way?.gateway !== undefined || way?.link?.index !== link?.index;
}

function bridgeWords({ gateway = 0, link }: Route): string[] {
  return [`${formatIpv4(gateway)}/32`, "dev", link?.name ?? "lo", "scope", "link"];
}

/** A route of a group of equal destination, prefix, type of service and metric. */
interface RouteLine {
  readonly route: Route;
  readonly line: string;
  /** Whether it leads through another machine. */
  readonly isFar: boolean;
}

function byPlace(routes: readonly Route[]): Map<string, RouteLine[]> {
  const groups = new Map<string, RouteLine[]>();
  for (const route of routes) {
    const { destination, prefixLength, tos, metric } = route;
    const place = [destination, prefixLength, tos, metric].join(" ");
    const line = dumpLine(...routeWords(route));
    const known = groups.get(place) ?? [];
    groups.set(place, [...known, { route, line, isFar: route.gateway !== undefined }]);
  }
  return groups;
}

function routeWords(route: Route): (string | number)[] {
  const { destination, prefixLength, gateway, link, preferredSource, metric, tos, mtu } = route;
  const isDefault = destination === 0 && prefixLength === 0;
  return [
    route.type,
    isDefault ? "default" : `${formatIpv4(destination)}/${prefixLength}`,
    ...(tos === 0 ? [] : ["tos", `0x${tos.toString(16)}`]),
    ...(gateway === undefined ? [] : ["via", formatIpv4(gateway)]),
    ...(link === undefined ? [] : ["dev", link.name]),
    ...["table", route.table, "proto", route.protocol, "scope", route.scope],
    ...(preferredSource === undefined ? [] : ["src", formatIpv4(preferredSource)]),
    ...(metric === 0 ? [] : ["metric", metric]),
    ...(mtu === undefined ? [] : ["mtu", mtu]),
    ...(route.isOnLink ? ["onlink"] : []),
  ];
}

/** States of a neighbour that are asked of anew, and belong in no dump. */
const PASSING: ReadonlySet<NeighbourState> = new Set(["INCOMPLETE", "FAILED"]);

/**
 * Writes a namespace's neighbours.
 *
 * @param pair The namespace; its links are made and up.
 */
export function* neighbourLines({ real }: Pair): Generator<string> {
  const neighbours = [...real.neighbours.entries()].filter(({ state }) => !PASSING.has(state));
  neighbours.sort((a, b) => a.link.index - b.link.index || a.address - b.address);
  for (const { link, address, mac, state } of neighbours) {
    const hardware = mac === undefined ? [] : ["lladdr", formatMac(mac)];
    const words = [formatIpv4(address), ...hardware, "nud", state.toLowerCase(), "dev", link.name];
    yield dumpLine("ip", "neigh", "add", ...words);
  }
}
