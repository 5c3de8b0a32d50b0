import { type InetAddress, type Scope, SCOPE_ORDER } from "./address.ts";
import { type Ipv4, maskOf } from "./ipv4.ts";
import type { Link } from "./link.ts";
import type { Route } from "./route.ts";

/**
 * The address that the kernel sends from, over a route that names none.
 *
 * @param route The route.
 * @returns The address, or undefined where the host has none.
 */
export function sourceFor(route: Route): Ipv4 | undefined {
  if (route.preferredSource !== undefined) return route.preferredSource;
  return route.link === undefined ? undefined : selectSource(route.link, route);
}

/**
 * Chooses among a link's own addresses, and then among those of other links
 * (`inet_select_addr` of the kernel).
 *
 * @param link The link that packets leave by.
 * @param way The gateway that the address should share a network with, and how far the address
 *   must reach at least.
 * @returns The address, or undefined where the host has none.
 */
export function selectSource(
  link: Link,
  { gateway, scope }: { readonly gateway: Ipv4 | undefined; readonly scope: Scope },
): Ipv4 | undefined {
  const reaches = (address: InetAddress) =>
    !address.isSecondary && SCOPE_ORDER[address.scope] <= SCOPE_ORDER[scope];
  const own = link.addresses.filter(reaches);
  const near = gateway === undefined
    ? undefined
    : own.find(({ peer, prefixLength }) => ((peer ^ gateway) & maskOf(prefixLength)) === 0);
  const chosen = near ?? own[0];
  if (chosen !== undefined) return chosen.local;
  for (const other of link.namespace.links) {
    const elsewhere = other.addresses.find((address) =>
      reaches(address) && address.scope !== "link"
    );
    if (elsewhere !== undefined) return elsewhere.local;
  }
  return undefined;
}
