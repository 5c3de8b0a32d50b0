import type { Ipv4 } from "../model/ipv4.ts";
import type { Link } from "../model/link.ts";
import {
  isLoopback,
  isMulticast,
  isZeroNetwork,
  LIMITED_BROADCAST,
} from "../packet/ipv4_address.ts";

/** What the kernel makes of an arriving packet's addresses. */
export type InputRoute =
  | { readonly kind: "local" }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Decides what becomes of an arriving packet, in the order of the kernel's `ip_route_input_slow`.
 *
 * @param link The link that it arrived at.
 * @param source Its source address.
 * @param destination Its destination address.
 * @returns Whether it is for this namespace, or the rule that refuses it.
 */
export function routeInput(link: Link, source: Ipv4, destination: Ipv4): InputRoute {
  const refused = (reason: string): InputRoute => ({ kind: "refused", reason });
  if (isMulticast(source) || source === LIMITED_BROADCAST) return refused("martian source");
  if (destination === LIMITED_BROADCAST) return { kind: "local" };
  if (isZeroNetwork(source)) return refused("martian source");
  if (isZeroNetwork(destination)) return refused("martian destination");
  const { sysctls, routes } = link.namespace;
  const routesLoopback = sysctls.largerOfAllAndLink("route_localnet", link.name) > 0;
  if (isLoopback(destination) && !routesLoopback) return refused("martian destination");
  if (isLoopback(source) && !routesLoopback) return refused("martian source");
  const route = routes.lookup(destination);
  if (route === undefined) return refused("no route");
  if (route.type === "broadcast") return { kind: "local" };
  if (route.type === "local") {
    const reason = validateSource(link, source);
    return reason === undefined ? { kind: "local" } : refused(reason);
  }
  // A host of containers forwards nothing, so forwarding is where this kernel's model ends.
  const forwards = sysctls.number(`net.ipv4.conf.${link.name}.forwarding`) > 0;
  return refused(forwards ? "forwarding is not modelled" : "not for this host (ip_forward is off)");
}

/** The kernel's `fib_validate_source`: may this address have come by this link? */
function validateSource(link: Link, source: Ipv4): string | undefined {
  const { sysctls, routes } = link.namespace;
  const strictness = sysctls.largerOfAllAndLink("rp_filter", link.name);
  const acceptsLocal = sysctls.largerOfAllAndLink("accept_local", link.name) > 0;
  const back = routes.lookup(source);
  if (strictness === 0) {
    return back?.type === "local" && !acceptsLocal ? "martian source" : undefined;
  }
  if (back === undefined) return "rp_filter";
  if (back.type === "local") return acceptsLocal ? undefined : "martian source";
  if (back.type !== "unicast") return "martian source";
  return strictness === 1 && back.link !== link ? "rp_filter" : undefined;
}
