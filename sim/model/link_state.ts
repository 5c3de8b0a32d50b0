import { addAddress } from "./addresses.ts";
import { addLinkRoutes, removeLinkRoutes } from "./fib.ts";
import { updateLinkLocal } from "./inet6.ts";
import { LOOPBACK } from "./ipv4.ts";
import type { Link } from "./link.ts";
import { isReservedLinkName, isValidLinkName, LINK_NAME_BYTES_MAX } from "./link_name.ts";
import { isMulticastMac, type Mac, MAC_ZERO } from "./mac.ts";
import { numberPeer } from "./peer_number.ts";
import { Refusal } from "./refusal.ts";
import { attachDefaultRoot } from "./qdisc_tree.ts";
import { INET6_MTU_MIN } from "./sysctls.ts";

/** @param link A link to set up; one that is up stays so. */
export function setUp(link: Link): void {
  if (link.isUp) return;
  link.isUp = true;
  if (link.hasCarrier) countCarrier(link);
  if (link.root === undefined) attachDefaultRoot(link);
  addLinkRoutes(link);
  if (link.kind === "loopback" && !hasLoopbackAddress(link)) addLoopbackAddress(link);
  updateLinkLocal(link);
  if (link.peer !== undefined) updateLinkLocal(link.peer);
  notify(link, "up");
}

/** Both ends of a veth get or lose their carrier together. */
function countCarrier(link: Link): void {
  for (const end of [link, link.peer]) {
    if (end?.kind === "veth") end.carrierChanges += 1;
  }
}

/** Whether 127.0.0.1 is there, or another address of its network that keeps it from being added. */
function hasLoopbackAddress({ addresses }: Link): boolean {
  return addresses.some(({ local, peer, prefixLength, scope }) =>
    prefixLength === 8 && peer >>> 24 === LOOPBACK >>> 24 &&
    (local === LOOPBACK || scope !== "host")
  );
}

function addLoopbackAddress(link: Link): void {
  addAddress(link, {
    local: LOOPBACK,
    peer: LOOPBACK,
    prefixLength: 8,
    broadcast: undefined,
    scope: "host",
    label: link.name,
    noPrefixRoute: false,
  }, { isExclusive: true, mayReplace: false });
}

/** @param link A link to set down; one that is down stays so. */
export function setDown(link: Link): void {
  if (!link.isUp) return;
  if (link.hasCarrier) {
    countCarrier(link);
    if (link.peer !== undefined) loseCarrier(link.peer);
  }
  link.isUp = false;
  removeLinkRoutes(link);
  link.namespace.neighbours.forget(link);
  updateLinkLocal(link);
  notify(link, "down");
}

/** @param link A link whose other end goes down: it forgets whom it has met. */
export function loseCarrier(link: Link): void {
  link.namespace.neighbours.forget(link, { keepsPermanent: true });
}

/**
 * Switches the resolution of addresses on or off.
 *
 * @param link The link.
 * @param hasArp Whether it asks for addresses from now on.
 */
export function setArp(link: Link, hasArp: boolean): void {
  if (link.isUp && hasArp !== link.hasArp) link.namespace.neighbours.forget(link);
  link.hasArp = hasArp;
}

/**
 * Checks a MAC address.
 *
 * @param mac The address.
 * @throws {Refusal} EADDRNOTAVAIL for zero and for group addresses.
 */
export function checkMac(mac: Mac): void {
  if (mac === MAC_ZERO || isMulticastMac(mac)) throw new Refusal("EADDRNOTAVAIL");
}

/**
 * Changes a link's MAC address.
 *
 * @param link The link.
 * @param mac Its new address.
 * @throws {Refusal} EADDRNOTAVAIL if no link may have it.
 */
export function setMac(link: Link, mac: Mac): void {
  checkMac(mac);
  link.mac = mac;
  link.namespace.neighbours.forget(link);
  notify(link, "changed");
}

/**
 * Changes a link's MTU.
 *
 * @param link The link.
 * @param mtu Bytes, perhaps out of range.
 * @throws {Refusal} EINVAL outside the link's range.
 */
export function setMtu(link: Link, mtu: number): void {
  const { min, max } = link.mtuRange;
  if (mtu < min) throw new Refusal("EINVAL", "mtu less than device minimum");
  if (mtu > max) throw new Refusal("EINVAL", "mtu greater than device maximum");
  link.mtu = mtu;
  notify(link, "changed");
}

/** @param link A physical link. @param isConnected Whether its cable is in. */
export function setCable(link: Link, isConnected: boolean): void {
  link.isCableConnected = isConnected;
  updateLinkLocal(link);
  notify(link, "changed");
}

/**
 * Changes a link's name.
 *
 * @param link The link, up or down.
 * @param name Its new name, 1 to 15 bytes.
 * @throws {Refusal} EEXIST if another link of the namespace has it, EINVAL if no link may have it,
 * or IPv6 cannot name its settings so.
 */
export function rename(link: Link, name: string): void {
  if (name === link.name) return;
  if (!isValidLinkName(name)) throw new Refusal("EINVAL");
  if (link.namespace.linkByName(name) !== undefined) throw new Refusal("EEXIST");
  if (isReservedLinkName(name) && link.mtu >= INET6_MTU_MIN) throw new Refusal("EINVAL");
  const oldName = link.name;
  link.addresses = link.addresses.map((address, position) => ({
    ...address,
    label: position === 0 ? name : labelAfterRename(name, address.label, position + 1),
  }));
  link.namespace.sysctls.renameLink(oldName, name);
  link.namespace.renameLink(link, name);
  notify(link, "changed");
}

/**
 * The first address gets the link's name for a label; any further one keeps what is behind its
 * colon, or gets its number (`inetdev_changename` of `devinet.c`).
 */
function labelAfterRename(name: string, label: string, number: number): string {
  const suffix = label.includes(":") ? label.slice(label.indexOf(":")) : `:${number}`;
  return name.slice(0, LINK_NAME_BYTES_MAX - suffix.length) + suffix;
}

function notify(link: Link, change: "up" | "down" | "changed"): void {
  numberPeer(link);
  for (const observer of link.namespace.machine.observers) observer.linkChanged?.(link, change);
}
