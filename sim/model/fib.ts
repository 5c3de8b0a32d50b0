/**
 * Routes that the kernel keeps by itself: those of addresses, and what becomes of routes when a
 * link goes down or away.
 *
 * @module
 */

import type { InetAddress } from "./address.ts";
import { type Ipv4, maskOf, prefixOf } from "./ipv4.ts";
import type { Link } from "./link.ts";
import { type Route, type RouteType, TABLE_LOCAL, TABLE_MAIN } from "./route.ts";

const LIMITED_BROADCAST: Ipv4 = 0xffffffff;

/**
 * The routes that an address brings with it.
 *
 * @param link The link that has the address.
 * @param address The address.
 * @param isUp Whether the link is up; if not, the address alone is reachable.
 */
export function routesOfAddress(link: Link, address: InetAddress, isUp: boolean): Route[] {
  const primary = primaryOf(link, address);
  const make = (type: RouteType, destination: Ipv4, prefixLength: number): Route => ({
    type,
    destination,
    prefixLength,
    table: type === "unicast" ? TABLE_MAIN : TABLE_LOCAL,
    protocol: "kernel",
    scope: type === "local" ? "host" : "link",
    tos: 0,
    metric: 0,
    link,
    gateway: undefined,
    preferredSource: primary.local,
    mtu: undefined,
    isOnLink: false,
  });
  const routes = [make("local", address.local, 32)];
  if (!isUp) return routes;
  const { broadcast, prefixLength } = address;
  if (broadcast !== undefined && broadcast !== LIMITED_BROADCAST) {
    routes.push(make("broadcast", broadcast, 32));
  }
  const prefix = prefixOf(address.peer, prefixLength);
  const hasNetwork = prefix >>> 24 !== 0 && !address.isSecondary &&
    (prefix !== address.local || prefixLength < 32);
  if (hasNetwork) {
    const type = link.kind === "loopback" ? "local" : "unicast";
    if (!address.noPrefixRoute) routes.push(make(type, prefix, prefixLength));
    if (prefixLength < 31) {
      routes.push(make("broadcast", (prefix | ~maskOf(prefixLength)) >>> 0, 32));
    }
  }
  return routes;
}

/**
 * The address whose network a secondary one shares; the address itself where it is no secondary.
 */
function primaryOf(link: Link, address: InetAddress): InetAddress {
  if (!address.isSecondary) return address;
  const mask = maskOf(address.prefixLength);
  return link.addresses.find((other) =>
    !other.isSecondary && other.prefixLength === address.prefixLength &&
    ((other.peer ^ address.peer) & mask) === 0
  ) ?? address;
}

/** @param link A link. @param address An address that it now has. */
export function addAddressRoutes(link: Link, address: InetAddress): void {
  const { routes } = link.namespace;
  for (const route of routesOfAddress(link, address, link.isUp)) {
    const isThere = routes.table(route.table).some((other) => isSameRoute(other, route));
    if (!isThere && isOwnSource(route, link)) routes.insert(route, "last");
  }
}

/** Another network's broadcast address may be this one, and then nothing is sent from it. */
function isOwnSource(route: Route, { namespace }: Link): boolean {
  const { type, preferredSource, destination } = route;
  return preferredSource === undefined || (type === "local" && preferredSource === destination) ||
    namespace.routes.lookup(preferredSource)?.type === "local";
}

/**
 * Takes the routes of an address away, but for those that other addresses of the link bring too.
 *
 * @param link The link that had it; it is no longer listed there.
 * @param address The address.
 * @param old The routes that it brought.
 */
export function removeAddressRoutes(link: Link, address: InetAddress, old: readonly Route[]): void {
  const { routes } = link.namespace;
  const kept = link.addresses.flatMap((other) => routesOfAddress(link, other, true));
  const gone = old.filter((route) => !kept.some((other) => isSameDestination(other, route)));
  const isLocalStill = link.namespace.links.some((other) =>
    other.addresses.some((remaining) => remaining.local === address.local)
  );
  routes.remove((route) =>
    gone.some((unwanted) => isSameRoute(unwanted, route)) ||
    (!isLocalStill && route.preferredSource === address.local)
  );
  if (link.addresses.length > 0) return;
  // Without an address, IPv4 is switched off on the link.
  forgetLinkRoutes(link);
  link.namespace.neighbours.forget(link);
}

/** @param link A link that was set up. Its addresses' networks become reachable. */
export function addLinkRoutes(link: Link): void {
  for (const address of link.addresses) addAddressRoutes(link, address);
}

/** @param link A link that was set down. What is reached through it goes; the host's own stays. */
export function removeLinkRoutes(link: Link): void {
  link.namespace.routes.remove((route) => route.link === link && route.scope !== "host");
}

/** @param link A link that goes away, or has lost its last address. All its routes go. */
export function forgetLinkRoutes(link: Link): void {
  link.namespace.routes.remove((route) => route.link === link);
}

/** Whether two routes are the same but for who made them. */
function isSameRoute(a: Route, b: Route): boolean {
  return isSameDestination(a, b) && a.scope === b.scope &&
    a.preferredSource === b.preferredSource &&
    a.gateway === b.gateway && a.metric === b.metric && a.tos === b.tos;
}

function isSameDestination(a: Route, b: Route): boolean {
  return a.type === b.type && a.table === b.table && a.link === b.link &&
    a.destination === b.destination && a.prefixLength === b.prefixLength;
}
