import { type InetAddress, type Scope, SCOPE_ORDER } from "./address.ts";
import { addAddressRoutes, removeAddressRoutes, routesOfAddress } from "./fib.ts";
import { type Ipv4, maskOf } from "./ipv4.ts";
import type { Link } from "./link.ts";
import { Refusal } from "./refusal.ts";

/** An address that a command asks for. */
export interface AddressSpec {
  readonly local: Ipv4;
  readonly peer: Ipv4;
  readonly prefixLength: number;
  readonly broadcast: Ipv4 | undefined;
  readonly scope: Scope;
  readonly label: string;
  readonly noPrefixRoute: boolean;
}

/** How an address is asked for: `add`, `replace` or `change`. */
export interface AddressFlags {
  /** Whether an existing one is refused. */
  readonly isExclusive: boolean;
  /** Whether an existing one may be changed. */
  readonly mayReplace: boolean;
}

/**
 * Gives a link an IPv4 address.
 *
 * @param link The link.
 * @param spec The address.
 * @param flags What to do about an existing one.
 * @throws {Refusal} EEXIST if the link has it already, EINVAL if its network has another scope.
 */
export function addAddress(link: Link, spec: AddressSpec, flags: AddressFlags): void {
  link.namespace.sysctls.settleLink(link.name);
  const same = link.addresses.find((other) =>
    other.local === spec.local && other.prefixLength === spec.prefixLength &&
    isInNetwork(other, spec.peer)
  );
  if (same !== undefined) {
    if (flags.isExclusive || !flags.mayReplace) {
      throw new Refusal("EEXIST", "ipv4: Address already assigned");
    }
    // The kernel changes an address's times and metric, and nothing that is modelled.
    return;
  }
  if (spec.local === 0) return;
  const neighbours = link.addresses.filter((other) =>
    other.prefixLength === spec.prefixLength && isInNetwork(other, spec.peer)
  );
  if (neighbours.some(({ scope }) => scope !== spec.scope)) {
    throw new Refusal("EINVAL", "ipv4: Invalid scope value");
  }
  const isSecondary = neighbours.length > 0;
  const address: InetAddress = { ...spec, isSecondary };
  link.addresses.splice(placeOf(link, address), 0, address);
  addAddressRoutes(link, address);
  notify(link);
}

/** Primary addresses stand by scope, nearest first; secondary ones behind them all. */
function placeOf(link: Link, address: InetAddress): number {
  if (address.isSecondary) return link.addresses.length;
  const scope = SCOPE_ORDER[address.scope];
  const last = link.addresses.findLastIndex((other) =>
    !other.isSecondary && scope <= SCOPE_ORDER[other.scope]
  );
  return last + 1;
}

function isInNetwork(address: InetAddress, other: Ipv4): boolean {
  return ((address.peer ^ other) & maskOf(address.prefixLength)) === 0;
}

/**
 * Takes an IPv4 address away. With a primary one go the secondary ones of its network, unless the
 * link promotes the first of them.
 *
 * @param link The link.
 * @param wanted Tells which address; the first one goes.
 * @throws {Refusal} EADDRNOTAVAIL if there is none.
 */
export function removeAddress(link: Link, wanted: (address: InetAddress) => boolean): void {
  const address = link.addresses.find(wanted);
  if (address === undefined) throw new Refusal("EADDRNOTAVAIL", "ipv4: Address not found");
  const secondaries = address.isSecondary
    ? []
    : link.addresses.filter((other) =>
      other.isSecondary && other.prefixLength === address.prefixLength &&
      isInNetwork(address, other.peer)
    );
  const promotes = link.namespace.sysctls.largerOfAllAndLink("promote_secondaries", link.name) > 0;
  const leaving = promotes ? [] : secondaries;
  for (const other of [...leaving, address]) {
    const old = routesOfAddress(link, other, true);
    link.addresses = link.addresses.filter((remaining) => remaining !== other);
    removeAddressRoutes(link, other, old);
  }
  if (promotes) promote(link, secondaries);
  notify(link);
}

function promote(link: Link, secondaries: readonly InetAddress[]): void {
  const [first, ...others] = secondaries;
  if (first === undefined) return;
  const promoted: InetAddress = { ...first, isSecondary: false };
  link.addresses = link.addresses.filter((remaining) => remaining !== first);
  link.addresses.splice(placeOf(link, promoted), 0, promoted);
  addAddressRoutes(link, promoted);
  for (const other of others) addAddressRoutes(link, other);
}

function notify(link: Link): void {
  for (const observer of link.namespace.machine.observers) observer.linkChanged?.(link, "changed");
}
