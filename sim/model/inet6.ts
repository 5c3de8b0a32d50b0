/**
 * The little IPv6 that every link has unless it is switched off: its own link-local address.
 *
 * @module
 */

import type { Link } from "./link.ts";

/** How long duplicate-address detection takes, in nanoseconds: a random second, and one more. */
const DAD_NS = 1_500_000_000;

const LINK_LOCAL_PREFIX = 0xfe80n << 112n;
const LOOPBACK6 = 1n;

/** @param mac A MAC address. @returns The link-local address that Linux makes of it. */
export function linkLocalOf(mac: number): bigint {
  const bytes = BigInt(mac);
  const [high, low] = [bytes >> 24n, bytes & 0xffffffn];
  return LINK_LOCAL_PREFIX | ((high ^ 0x020000n) << 40n) | (0xfffen << 24n) | low;
}

/** @param link A link that may have become able to carry IPv6, or no longer be so. */
export function updateLinkLocal(link: Link): void {
  if (!link.isUp || link.inet6Conf("disable_ipv6") !== 0) {
    link.addresses6 = [];
    return;
  }
  if (!link.hasCarrier || link.addresses6.length > 0) return;
  const isLoopback = link.kind === "loopback";
  link.addresses6 = [{
    local: isLoopback ? LOOPBACK6 : linkLocalOf(link.mac),
    prefixLength: isLoopback ? 128 : 64,
    scope: isLoopback ? "host" : "link",
    tentativeUntilNs: isLoopback ? 0 : link.namespace.machine.clock.nowNs + DAD_NS,
    isGenerated: true,
  }];
}
