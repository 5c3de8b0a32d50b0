/**
 * What the kernel does with a request about an IPv4 route, and the words in which it refuses.
 *
 * @module
 */

import { type Scope, SCOPE_ORDER } from "./address.ts";
import { type Ipv4, prefixOf } from "./ipv4.ts";
import type { Link } from "./link.ts";
import type { NetworkNamespace } from "./namespace.ts";
import { type LinuxErrno, Refusal } from "./refusal.ts";
import { type Route, type RouteType, TABLE_LOCAL, TABLE_MAIN } from "./route.ts";

/** How a route is asked for. */
export interface RouteFlags {
  readonly create: boolean;
  readonly exclusive: boolean;
  readonly replace: boolean;
  readonly append: boolean;
}

/** What distinguishes a route that is to go; what was not said is undefined. */
export type RouteWanted =
  & Omit<Route, "type" | "scope" | "protocol" | "isOnLink">
  & { readonly [Key in "type" | "scope" | "protocol"]: Route[Key] | undefined };

/** The farthest scope that a route of each type may have; any where none is named. */
const NEAREST_TYPES: Partial<Record<RouteType, Scope>> = { local: "host", broadcast: "link" };

/** Largest MTU that a route keeps, in bytes: room is left for the kernel's own headers. */
const MTU_MAX = 65535 - 15;

/** Errors that a route of each refusing type gives to packets. */
const REFUSING_TYPES: Partial<Record<RouteType, LinuxErrno>> = {
  blackhole: "EINVAL",
  unreachable: "EHOSTUNREACH",
  prohibit: "EACCES",
  throw: "ENETUNREACH",
};

/**
 * The error that a route gives to packets.
 *
 * @param route A route.
 * @returns The error, or undefined where packets pass.
 */
export function errorOfRoute(route: Route): LinuxErrno | undefined {
  return REFUSING_TYPES[route.type];
}

/**
 * Adds, replaces or changes a route.
 *
 * @param namespace Where.
 * @param spec The route.
 * @param flags What to do about an existing one.
 * @throws {Refusal} Where the kernel refuses, in its words.
 */
export function requestRoute(
  namespace: NetworkNamespace,
  spec: Route,
  flags: RouteFlags,
): void {
  if (prefixOf(spec.destination, spec.prefixLength) !== spec.destination) {
    throw new Refusal("EINVAL", "Invalid prefix for given prefix length");
  }
  namespace.routes.make(spec.table);
  const route = completeRoute(namespace, {
    ...spec,
    gateway: someAddress(spec.gateway),
    preferredSource: someAddress(spec.preferredSource),
    mtu: spec.mtu === undefined || spec.mtu === 0 ? undefined : Math.min(spec.mtu, MTU_MAX),
  });
  const { routes } = namespace;
  const rivals = routes.table(spec.table).filter((other) => isRival(other, route));
  const [first] = rivals;
  if (first === undefined) {
    if (!flags.create) throw new Refusal("ENOENT");
    routes.insert(route, "last");
    return;
  }
  if (flags.exclusive) throw new Refusal("EEXIST");
  const same = rivals.find((other) => isSameWay(other, route));
  if (flags.replace) {
    if (same === first) return;
    if (same !== undefined) throw new Refusal("EEXIST");
    routes.replace(first, route);
    return;
  }
  if (same !== undefined) throw new Refusal("EEXIST");
  routes.insert(route, flags.append ? "last" : "first");
}

/** No address is as good as none. */
function someAddress(address: Ipv4 | undefined): Ipv4 | undefined {
  return address === 0 ? undefined : address;
}

function completeRoute(namespace: NetworkNamespace, spec: Route): Route {
  const nearest = NEAREST_TYPES[spec.type];
  if (nearest !== undefined && SCOPE_ORDER[nearest] > SCOPE_ORDER[spec.scope]) {
    throw new Refusal("EINVAL", "Invalid scope");
  }
  if (REFUSING_TYPES[spec.type] !== undefined) {
    if (spec.gateway === undefined && spec.link === undefined) return { ...spec, link: undefined };
    throw new Refusal(
      "EINVAL",
      "Gateway, device and multipath can not be specified for this route type",
    );
  }
  const route: Route = { ...spec, link: linkOf(namespace, spec) };
  checkSource(namespace, route);
  return route;
}

/** Whether two routes compete: same network, type of service and metric. */
function isRival(a: Route, b: Route): boolean {
  return a.destination === b.destination && a.prefixLength === b.prefixLength &&
    a.tos === b.tos && a.metric === b.metric;
}

function isSameWay(a: Route, b: Route): boolean {
  return a.type === b.type && a.scope === b.scope && a.link === b.link &&
    a.gateway === b.gateway && a.protocol === b.protocol &&
    a.preferredSource === b.preferredSource && a.mtu === b.mtu && a.isOnLink === b.isOnLink;
}

function checkSource(namespace: NetworkNamespace, route: Route): void {
  const { preferredSource: source, type, destination } = route;
  if (source === undefined || (type === "local" && destination === source)) return;
  if (namespace.routes.lookup(source)?.type !== "local") {
    throw new Refusal("EINVAL", "Invalid prefsrc address");
  }
}

/** The link that packets of a new route leave by. */
function linkOf(namespace: NetworkNamespace, spec: Route): Link {
  if (spec.scope === "nowhere") throw new Refusal("EINVAL", "Invalid scope");
  if (spec.gateway === undefined) return directLink(spec);
  if (spec.scope === "host") {
    throw new Refusal("EINVAL", "Route with host scope can not have a gateway");
  }
  if (spec.isOnLink) return onLink(namespace, spec, spec.gateway);
  return gatewayLink(namespace, spec, spec.gateway);
}

function directLink(spec: Route): Link {
  const { link } = spec;
  if (spec.scope === "host" && link === undefined) throw new Refusal("ENODEV");
  if (spec.scope !== "host" && spec.isOnLink) {
    throw new Refusal(
      "EINVAL",
      "Invalid flags for nexthop - PERVASIVE and ONLINK can not be set",
    );
  }
  if (link === undefined) throw new Refusal("ENODEV");
  if (spec.scope !== "host" && !link.isUp) {
    throw new Refusal("ENETDOWN", "Device for nexthop is not up");
  }
  return link;
}

function onLink(
  namespace: NetworkNamespace,
  { link, scope }: Route,
  gateway: Ipv4,
): Link {
  if (scope === "link") throw new Refusal("EINVAL", "Nexthop has invalid scope");
  if (link === undefined) throw new Refusal("ENODEV", "Nexthop device required for onlink");
  if (!link.isUp) throw new Refusal("ENETDOWN", "Nexthop device is not up");
  const { routes } = namespace;
  const way = routes.lookup(gateway);
  // While there is no table of local addresses, any is taken for one of a broadcast.
  const isStrange = gateway >>> 24 === 0 || !routes.exists(TABLE_LOCAL);
  if (isStrange || way?.type === "local" || way?.type === "broadcast") {
    throw new Refusal("EINVAL", "Nexthop has invalid gateway");
  }
  return link;
}

/** A gateway must itself be reached directly, over the link that was named if one was. */
function gatewayLink(namespace: NetworkNamespace, spec: Route, gateway: Ipv4): Link {
  const { routes } = namespace;
  const scope = Math.max(SCOPE_ORDER[spec.scope] + 1, SCOPE_ORDER.link);
  const isUsable = (route: Route) =>
    SCOPE_ORDER[route.scope] >= scope &&
    (spec.link === undefined || route.link === undefined || route.link === spec.link);
  const isCommon = spec.table === TABLE_MAIN || spec.table === TABLE_LOCAL;
  const own = isCommon ? undefined : routes.lookupIn([spec.table], gateway, isUsable);
  const way = own?.link === undefined ? routes.lookup(gateway, isUsable) : own;
  if (way?.link === undefined) throw new Refusal("ENETUNREACH", "Nexthop has invalid gateway");
  if (way.type !== "unicast" && way.type !== "local") {
    throw new Refusal("EINVAL", "Nexthop has invalid gateway");
  }
  if (!way.link.isUp) throw new Refusal("ENETDOWN");
  return way.link;
}

/**
 * Takes one route away: the first that fits.
 *
 * @param namespace Where.
 * @param wanted What is known of it.
 * @throws {Refusal} ESRCH if there is none.
 */
export function deleteRoute(namespace: NetworkNamespace, wanted: RouteWanted): void {
  const { routes } = namespace;
  if (prefixOf(wanted.destination, wanted.prefixLength) !== wanted.destination) {
    throw new Refusal("EINVAL", "Invalid prefix for given prefix length");
  }
  if (!routes.exists(wanted.table)) {
    throw new Refusal("ESRCH", "FIB table does not exist");
  }
  const found = routes.table(wanted.table).find((route) => fits(route, wanted));
  if (found === undefined) throw new Refusal("ESRCH");
  routes.remove((route) => route === found);
}

function fits(route: Route, wanted: RouteWanted): boolean {
  const optional = [
    [wanted.type, route.type],
    [wanted.scope, route.scope],
    [wanted.protocol, route.protocol],
    [wanted.link, route.link],
    [someAddress(wanted.gateway), route.gateway],
    [someAddress(wanted.preferredSource), route.preferredSource],
    [wanted.mtu, route.mtu ?? 0],
  ] as const;
  return route.destination === wanted.destination && route.prefixLength === wanted.prefixLength &&
    (wanted.metric === 0 || wanted.metric === route.metric) &&
    (wanted.tos === 0 || wanted.tos === route.tos) &&
    optional.every(([asked, is]) => asked === undefined || asked === is);
}
