import type { Inet6Address, InetAddress } from "../../model/address.ts";
import { formatIpv4 } from "../../model/ipv4.ts";
import type { Link } from "../../model/link.ts";
import type { Json, Listing } from "../listing.ts";
import { type IpOptions, lineBreak } from "./context.ts";

/** What the tool prints for a time without end. */
const FOREVER = 4294967295;

/** Collects one address, in text and in JSON at once. */
class AddressEntry {
  readonly json: Record<string, Json> = {};
  text = "";

  add(key: string, value: Json, text: string): void {
    this.json[key] = value;
    this.text += text;
  }
}

/**
 * Lists an IPv4 address under its link.
 *
 * @param address The address.
 * @param link Its link.
 * @param listing Where to.
 * @param options How.
 */
export function listAddress(
  address: InetAddress,
  link: Link,
  listing: Listing,
  options: Readonly<IpOptions>,
): void {
  const entry = begin("inet", link, options);
  const local = formatIpv4(address.local);
  entry.add("local", local, local);
  // The kernel does not tell of a peer that is nobody.
  if (address.peer !== address.local && address.peer !== 0) {
    const peer = formatIpv4(address.peer);
    entry.add("address", peer, ` peer ${peer}`);
  }
  entry.add("prefixlen", address.prefixLength, `/${address.prefixLength} `);
  if (!options.isBrief) {
    if (address.broadcast !== undefined) {
      const broadcast = formatIpv4(address.broadcast);
      entry.add("broadcast", broadcast, `brd ${broadcast} `);
    }
    entry.add("scope", address.scope, `scope ${address.scope} `);
    if (address.isSecondary) entry.add("secondary", true, "secondary ");
    if (address.noPrefixRoute) entry.add("noprefixroute", true, "noprefixroute ");
    entry.add("label", address.label, address.label);
    addLifetime(entry, options);
  }
  finish(entry, listing);
}

/**
 * Lists an IPv6 address under its link.
 *
 * @param address The address.
 * @param link Its link.
 * @param listing Where to.
 * @param options How.
 */
export function listAddress6(
  address: Inet6Address,
  link: Link,
  listing: Listing,
  options: Readonly<IpOptions>,
): void {
  const entry = begin("inet6", link, options);
  const local = formatIpv6(address.local);
  entry.add("local", local, local);
  entry.add("prefixlen", address.prefixLength, `/${address.prefixLength} `);
  if (!options.isBrief) {
    entry.add("scope", address.scope, `scope ${address.scope} `);
    if (link.namespace.machine.clock.nowNs < address.tentativeUntilNs) {
      entry.add("tentative", true, "tentative ");
    }
    addLifetime(entry, options);
  }
  finish(entry, listing);
}

function begin(family: string, link: Link, options: Readonly<IpOptions>): AddressEntry {
  const entry = new AddressEntry();
  if (options.isBrief) return entry;
  if (options.isOneLine) {
    entry.json["index"] = link.index;
    entry.json["dev"] = link.name;
    entry.text = `${link.index}: ${link.name}`;
  }
  entry.add("family", family, `    ${family} `);
  return entry;
}

function addLifetime(entry: AddressEntry, options: Readonly<IpOptions>): void {
  entry.json["valid_life_time"] = FOREVER;
  entry.json["preferred_life_time"] = FOREVER;
  entry.text += `${lineBreak(options)}       valid_lft forever preferred_lft forever\n`;
}

function finish(entry: AddressEntry, listing: Listing): void {
  listing.append("addr_info", entry.json);
  listing.text(entry.text);
}

/**
 * Spells an IPv6 address the usual way: the longest run of zeros left out.
 *
 * @param address 128 bits.
 */
export function formatIpv6(address: bigint): string {
  const groups = Array.from(
    { length: 8 },
    (_, index) => ((address >> BigInt(16 * (7 - index))) & 0xffffn).toString(16),
  );
  const text = groups.join(":");
  const runs = [...text.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].map(([run]) => run);
  const longest = runs.sort((a, b) => b.length - a.length)[0];
  if (longest === undefined) return text;
  return text.replace(longest, longest.startsWith(":") ? ":" : ":").replace(/^:(?!:)/, "::")
    .replace(/([^:]):$/, "$1::");
}
