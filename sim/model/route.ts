import type { Scope } from "./address.ts";
import { invariant } from "./invariant.ts";
import { type Ipv4, prefixOf } from "./ipv4.ts";
import type { Link } from "./link.ts";

/** What a route does with packets. */
export type RouteType =
  | "unicast"
  | "local"
  | "broadcast"
  | "blackhole"
  | "unreachable"
  | "prohibit"
  | "throw";

/** Number of the table with the routes to the machine itself. */
export const TABLE_LOCAL = 255;
/** Number of the table that commands use when they name none. */
export const TABLE_MAIN = 254;

/** Number of the table that is asked when no other one knows. */
const TABLE_DEFAULT = 253;
/** What is asked one after the other. */
const RULES = [[TABLE_LOCAL, TABLE_MAIN], [TABLE_DEFAULT]] as const;

/** An IPv4 route. */
export interface Route {
  readonly type: RouteType;
  /** Network that it leads to. */
  readonly destination: Ipv4;
  /** Bits of that network's prefix, 0 to 32; 0 for the default route. */
  readonly prefixLength: number;
  /** Number of its table. */
  readonly table: number;
  /** Who made it: `kernel`, `boot`, `static` or a number. */
  readonly protocol: string;
  readonly scope: Scope;
  /** Type of service that it is for; 0 for any. */
  readonly tos: number;
  /** Preference; the lowest wins. */
  readonly metric: number;
  /** The link that packets leave by; undefined for a route that refuses. */
  readonly link: Link | undefined;
  /** The next machine; undefined for a network that is directly reached. */
  readonly gateway: Ipv4 | undefined;
  /** The address that the machine uses for itself; undefined for its choice. */
  readonly preferredSource: Ipv4 | undefined;
  /** Largest packet in bytes; undefined for the link's own. */
  readonly mtu: number | undefined;
  /** Whether the gateway is taken to be on the link, whatever the addresses say. */
  readonly isOnLink: boolean;
}

/** All IPv4 routes of a namespace. */
export class RouteTables {
  readonly #tables: Map<number, Route[]> = new Map();
  readonly #made: Set<number> = new Set();

  /**
   * @param table Number of a table.
   * @returns Its routes: by destination, then longest prefix first, then lowest metric.
   */
  table(table: number): readonly Route[] {
    return this.#tables.get(table) ?? [];
  }

  /**
   * Tells whether a table was ever made. A new namespace has none; one that was emptied stays.
   *
   * @param table Number of a table.
   */
  exists(table: number): boolean {
    return this.#made.has(table);
  }

  /** @param table Number of a table that a request is about; that of local routes needs `main`. */
  make(table: number): void {
    this.#made.add(table);
    if (table === TABLE_LOCAL) this.#made.add(TABLE_MAIN);
  }

  /** Numbers of the tables that hold a route, ascending. */
  get tables(): readonly number[] {
    return [...this.#tables.keys()].sort((a, b) => a - b);
  }

  /**
   * Adds a route without asking whether it makes sense.
   *
   * @param route The route.
   * @param position Before or behind routes of equal destination, prefix and metric.
   */
  insert(route: Route, position: "first" | "last" = "last"): void {
    this.make(route.table);
    const routes = this.#tables.get(route.table) ?? [];
    let low = 0;
    let high = routes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = routes[middle];
      const order = other === undefined ? 0 : compareRoutes(other, route);
      if (order < 0 || (order === 0 && position === "last")) low = middle + 1;
      else high = middle;
    }
    routes.splice(low, 0, route);
    this.#tables.set(route.table, routes);
  }

  /**
   * Puts a route in another's place.
   *
   * @param old A route of these tables.
   * @param route The one that takes its place.
   */
  replace(old: Route, route: Route): void {
    const routes = this.#tables.get(old.table) ?? [];
    const index = routes.indexOf(old);
    invariant(index !== -1, "a replaced route was in its table");
    routes[index] = route;
  }

  /** @param unwanted Tells which routes go. @returns Those that went. */
  remove(unwanted: (route: Route) => boolean): Route[] {
    const removed: Route[] = [];
    for (const [number, routes] of this.#tables) {
      const kept = routes.filter((route) => !unwanted(route));
      if (kept.length === routes.length) continue;
      removed.push(...routes.filter(unwanted));
      if (kept.length === 0) this.#tables.delete(number);
      else this.#tables.set(number, kept);
    }
    return removed;
  }

  /**
   * Finds the route for a destination as the kernel does while nobody adds rules: `local` and
   * `main` are one table then, and `default` comes behind it; in each the longest prefix, then the
   * lowest metric.
   *
   * @param destination Where the packet goes.
   * @param usable Tells whether a route may be used now, e.g. whether its link is up.
   * @returns The route, or undefined where the network is unreachable.
   */
  lookup(destination: Ipv4, usable: (route: Route) => boolean = () => true): Route | undefined {
    for (const tables of RULES) {
      const best = this.lookupIn(tables, destination, usable);
      if (best !== undefined && best.type !== "throw") return best;
    }
    return undefined;
  }

  /**
   * Finds the route for a destination in some tables.
   *
   * @param tables Numbers of the tables; of equal prefixes, that of the first one wins.
   * @param destination Where the packet goes.
   * @param usable Tells whether a route may be used now.
   * @returns The route, which may be one that refuses; undefined where there is none.
   */
  lookupIn(
    tables: readonly number[],
    destination: Ipv4,
    usable: (route: Route) => boolean,
  ): Route | undefined {
    let best: Route | undefined;
    for (const table of tables) {
      for (const route of this.table(table)) {
        if (prefixOf(destination, route.prefixLength) !== route.destination) continue;
        if (best !== undefined && best.prefixLength >= route.prefixLength) continue;
        if (usable(route)) best = route;
      }
    }
    return best;
  }
}

/** The order in which the kernel lists and tries routes of one table. */
function compareRoutes(a: Route, b: Route): number {
  return a.destination - b.destination || b.prefixLength - a.prefixLength || b.tos - a.tos ||
    a.metric - b.metric;
}
