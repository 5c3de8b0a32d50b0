import { type Command, look } from "../kernel/command.ts";
import { isNotFound } from "../kernel/kernel_error.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import {
  asObject,
  asObjects,
  counterOf,
  type JsonObject,
  numberOf,
  parseJson,
  textOf,
} from "./json.ts";
import { unicastMac } from "./mac.ts";

/** Longest link name that the kernel takes: IFNAMSIZ less the closing zero. */
export const LINK_NAME_MAX_BYTES = 15;

/** A network interface, as `ip -j link` lists it. */
export interface Link {
  /** Its name in its namespace. */
  readonly name: string;
  /** Its number in its namespace, from 1. */
  readonly index: number;
  /** Its MAC address. */
  readonly mac: string;
  /** Its MTU in bytes. */
  readonly mtu: number;
  /** Whether it is set up (the flag UP; it may still lack a carrier). */
  readonly up: boolean;
  /** Its alias, with which Berth marks its own. */
  readonly alias?: string;
  /** Name of its master (bridge, bond), where it has one. */
  readonly master?: string;
}

/** What a link has carried, seen from its own end. Counters are exact to 64 bits. */
export interface LinkCounters {
  /** Packets received. */
  readonly rxPackets: bigint;
  /** Bytes received. */
  readonly rxBytes: bigint;
  /** Packets received damaged. */
  readonly rxErrors: bigint;
  /** Packets received and dropped. */
  readonly rxDropped: bigint;
  /** Packets sent. */
  readonly txPackets: bigint;
  /** Bytes sent. */
  readonly txBytes: bigint;
  /** Packets that could not be sent. */
  readonly txErrors: bigint;
  /** Packets dropped on the way out. */
  readonly txDropped: bigint;
}

/** A pair of links joined back to back, one end possibly in another namespace. */
export interface VethPair {
  /** Name of the near end. */
  readonly name: string;
  /** Name of the far end. */
  readonly peerName: string;
  /** MAC address of both ends; given at creation, since udev's own policy races a later change. */
  readonly mac: string;
  /** MTU of both ends in bytes. */
  readonly mtu: number;
  /** Process whose network namespace takes the far end; the near end's own when left out. */
  readonly peerPid?: number;
}

/** What {@linkcode setLink} can change. */
export interface LinkSettings {
  /** Up or down. */
  readonly up?: boolean;
  /** A unicast MAC address. */
  readonly mac?: string;
  /** MTU in bytes. */
  readonly mtu?: number;
  /** Alias of at most 255 bytes. */
  readonly alias?: string;
}

/**
 * Makes a veth pair.
 *
 * @param pair Its names, MAC address and MTU.
 * @throws {RangeError} If a name does not fit a link, or the MAC address is a multicast one.
 */
export function addVeth(pair: VethPair): Command {
  const mac = unicastMac(pair.mac);
  const end = ["address", mac, "mtu", String(pair.mtu)];
  const far = pair.peerPid === undefined ? [] : ["netns", String(pair.peerPid)];
  const near = ["link", "add", "name", linkName(pair.name), ...end];
  const peer = ["type", "veth", "peer", "name", linkName(pair.peerName), ...end, ...far];
  return { tool: "ip", words: [...near, ...peer] };
}

/**
 * Deletes a link, and with it its peer.
 *
 * @param name Its name.
 */
export function deleteLink(name: string): Command {
  return { tool: "ip", words: ["link", "delete", "dev", linkName(name)] };
}

/**
 * Changes settings of a link.
 *
 * @param name Its name.
 * @param settings What to change.
 * @throws {RangeError} If the MAC address is a multicast one.
 */
export function setLink(name: string, settings: LinkSettings): Command {
  const { up, mac, mtu, alias } = settings;
  return {
    tool: "ip",
    words: [
      ...["link", "set", "dev", linkName(name)],
      ...(mac === undefined ? [] : ["address", unicastMac(mac)]),
      ...(mtu === undefined ? [] : ["mtu", String(mtu)]),
      ...(alias === undefined ? [] : ["alias", alias]),
      ...(up === undefined ? [] : [up ? "up" : "down"]),
    ],
  };
}

/**
 * Reads a list of links, as `ip -j link show` prints it.
 *
 * @param text What was printed.
 * @throws {ListingError} If it is something else.
 */
export function parseLinks(text: string): Link[] {
  return asObjects(parseJson(text)).map(linkOf);
}

/**
 * Reads one link out of a listing of links or addresses.
 *
 * @param object The link's object.
 * @throws {ListingError} If a field is missing.
 */
export function linkOf(object: JsonObject): Link {
  const { flags, ifalias, master } = object;
  return {
    name: textOf(object, "ifname"),
    index: numberOf(object, "ifindex"),
    mac: textOf(object, "address"),
    mtu: numberOf(object, "mtu"),
    up: Array.isArray(flags) && flags.includes("UP"),
    ...(typeof ifalias === "string" ? { alias: ifalias } : {}),
    ...(typeof master === "string" ? { master } : {}),
  };
}

/**
 * Lists the links of a namespace.
 *
 * @param kernel Where to look.
 * @param namespace Name of the namespace; the kernel's own when left out.
 * @throws {KernelError} If the kernel refuses.
 */
export async function listLinks(kernel: KernelNetwork, namespace?: string): Promise<Link[]> {
  const words = ["-j", "link", "show"];
  const { stdout } = await look(kernel, {
    tool: "ip",
    words,
    ...(namespace === undefined ? {} : { namespace }),
  });
  return parseLinks(stdout);
}

/**
 * Looks for one link.
 *
 * @param kernel Where to look.
 * @param name Its name.
 * @returns The link, or undefined where there is none of that name.
 * @throws {KernelError} If the kernel refuses.
 */
export async function findLink(kernel: KernelNetwork, name: string): Promise<Link | undefined> {
  try {
    const { stdout } = await look(kernel, {
      tool: "ip",
      words: ["-j", "link", "show", "dev", linkName(name)],
    });
    return parseLinks(stdout)[0];
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * Reads the counters of all links, as `ip -s -j link show` prints them.
 *
 * @param text What was printed.
 * @returns The counters by link name.
 * @throws {ListingError} If a counter is missing or no number.
 */
export function parseCounters(text: string): Map<string, LinkCounters> {
  const counters = new Map<string, LinkCounters>();
  for (const object of asObjects(parseJson(text))) {
    const stats = asObject(object["stats64"] ?? object["stats"]);
    const rx = asObject(stats["rx"]);
    const tx = asObject(stats["tx"]);
    counters.set(textOf(object, "ifname"), {
      rxPackets: counterOf(rx, "packets"),
      rxBytes: counterOf(rx, "bytes"),
      rxErrors: counterOf(rx, "errors"),
      rxDropped: counterOf(rx, "dropped"),
      txPackets: counterOf(tx, "packets"),
      txBytes: counterOf(tx, "bytes"),
      txErrors: counterOf(tx, "errors"),
      txDropped: counterOf(tx, "dropped"),
    });
  }
  return counters;
}

/**
 * Reads the counters of every link in one go.
 *
 * @param kernel Where to look.
 * @returns The counters by link name.
 * @throws {KernelError} If the kernel refuses.
 */
export async function readCounters(kernel: KernelNetwork): Promise<Map<string, LinkCounters>> {
  const { stdout } = await look(kernel, { tool: "ip", words: ["-s", "-j", "link", "show"] });
  return parseCounters(stdout);
}

/**
 * Checks a link name by the kernel's rules, and that no tool takes it for an option.
 *
 * @param name The name.
 * @returns The same name.
 * @throws {RangeError} If the kernel would refuse it, or it begins with "-".
 */
export function linkName(name: string): string {
  const bytes = new TextEncoder().encode(name).length;
  const isLong = bytes === 0 || bytes > LINK_NAME_MAX_BYTES;
  // deno-lint-ignore no-control-regex
  if (isLong || /[\s/:\x00-\x1f\x7f]/.test(name) || /^(?:-.*|\.{1,2})$/.test(name)) {
    throw new RangeError(
      `${JSON.stringify(name.slice(0, 40))} is no link name; use 1 to ${LINK_NAME_MAX_BYTES} ` +
        'bytes without blanks, "/" or ":", not beginning with "-"',
    );
  }
  return name;
}
