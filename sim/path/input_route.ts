import type { Ipv4 } from "../model/ipv4.ts";
import type { Link } from "../model/link.ts";
import type { Route } from "../model/route.ts";
import {
  isLoopback,
  isMulticast,
  isZeroNetwork,
  LIMITED_BROADCAST,
} from "../packet/ipv4_address.ts";

/** Whom a datagram for this machine is for. */
export type DestinationKind = "local" | "broadcast" | "multicast";

/** Why a datagram that would be forwarded goes nowhere. */
export type RouteError = "network" | "host" | "prohibited" | "blackhole";

/** What the kernel makes of an arriving datagram's addresses. */
export type InputRoute =
  | { readonly kind: "local"; readonly to: DestinationKind }
  | {
    readonly kind: "forward";
    readonly route: Route;
    /** The link that it leaves by. */
    readonly link: Link;
    /** Whether its sender should have sent it to the next machine itself. */
    readonly isDetour: boolean;
  }
  | { readonly kind: "error"; readonly error: RouteError; readonly forwards: boolean }
  | { readonly kind: "refused"; readonly reason: string };

/** The reason of what the reverse path filter refuses; it has a counter of its own. */
export const REVERSE_PATH = "rp_filter";

/** The group of all machines on a link (224.0.0.1), which every link with multicast has joined. */
const ALL_HOSTS: Ipv4 = 0xe0000001;

/** Routes that refuse, and how. */
const ERROR_OF_TYPE: Readonly<Partial<Record<Route["type"], RouteError>>> = {
  unreachable: "host",
  prohibit: "prohibited",
  blackhole: "blackhole",
};

/**
 * Decides what becomes of an arriving datagram, in the order of the kernel's `ip_route_input`.
 *
 * @param link The link that it arrived at.
 * @param source Its source address.
 * @param destination Its destination address.
 */
export function routeInput(link: Link, source: Ipv4, destination: Ipv4): InputRoute {
  const { sysctls, routes } = link.namespace;
  const routesLoopback = sysctls.largerOfAllAndLink("route_localnet", link.name) > 0;
  if (isMulticast(destination)) return routeMulticast(link, source, destination, routesLoopback);
  if (isMulticast(source) || source === LIMITED_BROADCAST) return refused("martian source");
  if (destination === LIMITED_BROADCAST || (source === 0 && destination === 0)) {
    return broadcast(link, source);
  }
  if (isZeroNetwork(source)) return refused("martian source");
  if (isZeroNetwork(destination)) return refused("martian destination");
  if (isLoopback(destination) && !routesLoopback) return refused("martian destination");
  if (isLoopback(source) && !routesLoopback) return refused("martian source");
  const forwards = link.inetConf("forwarding") > 0;
  const route = routes.lookup(destination, (each) => each.link?.isUp ?? true);
  if (route?.type === "broadcast") return broadcast(link, source);
  if (route?.type === "local") {
    const { reason } = validateSource(link, source);
    return reason === undefined ? { kind: "local", to: "local" } : refused(reason);
  }
  if (route === undefined) return { kind: "error", error: "network", forwards };
  const error = ERROR_OF_TYPE[route.type];
  if (error !== undefined) return { kind: "error", error, forwards };
  if (!forwards) return { kind: "error", error: "host", forwards };
  return routeForward(link, source, route);
}

function refused(reason: string): InputRoute {
  return { kind: "refused", reason };
}

function broadcast(link: Link, source: Ipv4): InputRoute {
  const { reason } = isZeroNetwork(source) ? {} : validateSource(link, source);
  return reason === undefined ? { kind: "local", to: "broadcast" } : refused(reason);
}

/** Groups other than that of all machines are joined by nobody here. */
function routeMulticast(
  link: Link,
  source: Ipv4,
  destination: Ipv4,
  routesLoopback: boolean,
): InputRoute {
  if (destination !== ALL_HOSTS || !link.hasMulticast) return refused("multicast group not joined");
  if (isMulticast(source) || source === LIMITED_BROADCAST) return refused("martian source");
  if (isLoopback(source) && !routesLoopback) return refused("martian source");
  const { reason } = isZeroNetwork(source) ? {} : validateSource(link, source);
  return reason === undefined ? { kind: "local", to: "multicast" } : refused(reason);
}

function routeForward(link: Link, source: Ipv4, route: Route): InputRoute {
  if (route.link === undefined) return refused("martian destination");
  const { reason, isOnLink = false } = validateSource(link, source, route.link);
  if (reason !== undefined) return refused(reason);
  const isDetour = route.link === link && isOnLink && sendsRedirects(link) &&
    (sharesMedia(link) || (route.gateway !== undefined && isOnSubnet(link, source, route.gateway)));
  return { kind: "forward", route, link: route.link, isDetour };
}

function sendsRedirects(link: Link): boolean {
  return link.namespace.sysctls.largerOfAllAndLink("send_redirects", link.name) > 0;
}

function sharesMedia(link: Link): boolean {
  return link.namespace.sysctls.largerOfAllAndLink("shared_media", link.name) > 0;
}

/** Whether one network of a link has both addresses (`inet_addr_onlink`). */
function isOnSubnet(link: Link, one: Ipv4, other: Ipv4): boolean {
  return link.addresses.some(({ peer, prefixLength }) => {
    const shift = 32 - prefixLength;
    const isIn = (address: Ipv4) => shift === 32 || (address ^ peer) >>> shift === 0;
    return isIn(one) && isIn(other);
  });
}

/** Whether an address may have come by a link, and whether it is a neighbour there. */
interface SourceCheck {
  readonly reason?: string;
  readonly isOnLink?: boolean;
}

/**
 * The kernel's `fib_validate_source`.
 *
 * @param link The link that the datagram arrived at.
 * @param source Its source address.
 * @param out The link that it will leave by; none where it is for this machine.
 */
function validateSource(link: Link, source: Ipv4, out?: Link): SourceCheck {
  const { sysctls, routes } = link.namespace;
  const strictness = sysctls.largerOfAllAndLink("rp_filter", link.name);
  const acceptsLocal = sysctls.largerOfAllAndLink("accept_local", link.name) > 0;
  const back = routes.lookup(source);
  if (strictness === 0 && (out !== link || !sendsRedirects(link))) {
    return back?.type === "local" && !acceptsLocal ? { reason: "martian source" } : {};
  }
  const unknown = strictness === 0 ? {} : { reason: REVERSE_PATH };
  if (back === undefined) return unknown;
  if (back.type !== "unicast" && (back.type !== "local" || !acceptsLocal)) {
    return { reason: "martian source" };
  }
  if (back.link === link) return { isOnLink: back.gateway === undefined };
  if (link.addresses.length === 0) return unknown;
  if (strictness === 1) return { reason: REVERSE_PATH };
  const here = routes.lookup(source, (route) => route.link === link);
  return { isOnLink: here?.type === "unicast" && here.gateway === undefined };
}
