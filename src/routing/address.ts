import { type Command, look } from "../kernel/command.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import { asObjects, type JsonObject, ListingError, numberOf, parseJson, textOf } from "./json.ts";
import { type Link, linkName, linkOf } from "./link.ts";

/** The loopback address of every network namespace. */
export const LOOPBACK = "127.0.0.1";

/** Bits of an IPv4 address. */
const ADDRESS_BITS = 32;

/** An IPv4 address on a link. */
export interface LinkAddress {
  /** Dotted decimal. */
  readonly address: string;
  /** Bits of its network prefix, 0 to 32. */
  readonly prefixLength: number;
}

/** A link together with its IPv4 addresses, in the kernel's order. */
export interface AddressedLink extends Link {
  /** Its IPv4 addresses. */
  readonly addresses: readonly LinkAddress[];
}

/**
 * Gives a link an IPv4 address.
 *
 * @param link Name of the link.
 * @param address Address and prefix.
 */
export function addAddress(link: string, address: LinkAddress): Command {
  const cidr = `${address.address}/${address.prefixLength}`;
  return { tool: "ip", words: ["addr", "add", cidr, "dev", linkName(link)] };
}

/**
 * Reads links with their addresses, as `ip -j addr show` prints them.
 *
 * @param text What was printed.
 * @throws {ListingError} If it is something else.
 */
export function parseAddresses(text: string): AddressedLink[] {
  return asObjects(parseJson(text)).map((object) => ({
    ...linkOf(object),
    addresses: asObjects(object["addr_info"] ?? [])
      .filter((info) => info["family"] === "inet")
      .map((info) => ({
        address: addressOf(info, "local"),
        prefixLength: numberOf(info, "prefixlen", ADDRESS_BITS),
      })),
  }));
}

/**
 * Lists the links of a namespace with their IPv4 addresses.
 *
 * @param kernel Where to look.
 * @param namespace Name of the namespace; the kernel's own when left out.
 * @throws {KernelError} If the kernel refuses.
 */
export async function listAddresses(
  kernel: KernelNetwork,
  namespace?: string,
): Promise<AddressedLink[]> {
  const where = namespace === undefined ? {} : { namespace };
  const { stdout } = await look(kernel, { tool: "ip", words: ["-j", "addr", "show"], ...where });
  return parseAddresses(stdout);
}

/**
 * Reads a field that is an IPv4 address.
 *
 * @param object Where to look.
 * @param key Name of the field.
 * @throws {ListingError} If it is absent or something else.
 */
export function addressOf(object: JsonObject, key: string): string {
  const text = textOf(object, key);
  try {
    parseIpv4(text);
    return text;
  } catch {
    throw new ListingError(`an IPv4 address "${key}"`, text);
  }
}

/**
 * Checks an IPv4 address.
 *
 * @param text Dotted decimal.
 * @returns Its 32 bits as an unsigned number.
 * @throws {SyntaxError} If it is no IPv4 address.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseIpv4("10.0.0.1"), 0x0a000001);
 * ```
 */
export function parseIpv4(text: string): number {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) {
    throw new SyntaxError(`"${text}" is no IPv4 address; write it like 192.0.2.1`);
  }
  return parts.reduce((bits, part) => bits * 256 + part, 0);
}
