import { type Ipv4, parseIpv4 } from "../model/ipv4.ts";
import type { Console } from "./console.ts";
import { parseInteger } from "./numbers.ts";

/** An IPv4 address with the length of its prefix. */
export interface Prefix {
  readonly address: Ipv4;
  /** Bits, 0 to 32; 0 for `default`, `any` and `all`. */
  readonly length: number;
  /** Whether a length was written. */
  readonly hasLength: boolean;
  /** Whether it was written as a word such as `default`. */
  readonly isWord: boolean;
}

/**
 * Reads an IPv4 address as the tools do: one to four decimal numbers, the missing ones being 0.
 *
 * @param text What to read.
 * @returns The address, or undefined for any other text.
 */
export function parseAddress(text: string): Ipv4 | undefined {
  const parts = text.split(".");
  if (parts.length > 4 || !parts.every((part) => /^\d{1,3}$/.test(part))) return undefined;
  return parseIpv4([...parts, "0", "0", "0"].slice(0, 4).join("."));
}

/**
 * Reads an IPv4 network, or an address alone.
 *
 * @param text What to read.
 * @returns The prefix, or undefined for any other text.
 */
export function parsePrefix(text: string): Prefix | undefined {
  if (text === "default" || text === "any" || text === "all") {
    return { address: 0, length: 0, hasLength: false, isWord: true };
  }
  const slash = text.indexOf("/");
  const address = parseAddress(slash === -1 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  if (slash === -1) return { address, length: 32, hasLength: false, isWord: false };
  const suffix = text.slice(slash + 1);
  const length = suffix.includes(".") ? lengthOfMask(suffix) : parseInteger(suffix);
  if (length === undefined || length < 0 || length > 32) return undefined;
  return { address, length, hasLength: true, isWord: false };
}

function lengthOfMask(text: string): number | undefined {
  const mask = parseAddress(text);
  if (mask === undefined) return undefined;
  const length = Math.clz32(~mask >>> 0);
  return mask === (length === 0 ? 0 : (0xffffffff << (32 - length)) >>> 0) ? length : undefined;
}

/** Whether a text looks like an IPv6 address, which the simulator does not take. */
function isInet6(text: string): boolean {
  return text.includes(":");
}

/**
 * Reads a network, and ends the tool where it is none.
 *
 * @param text What to read.
 * @param console Where to complain.
 */
export function prefixOrExit(text: string, console: Console): Prefix {
  if (isInet6(text)) return console.notModelled(`address "${text}"`);
  return parsePrefix(text) ??
    console.exit(`Error: any valid prefix is expected rather than "${text}".\n`, 1);
}

/**
 * Reads an address, and ends the tool where it is none.
 *
 * @param text What to read.
 * @param console Where to complain.
 * @param family What the tool expects, in its words.
 */
export function addressOrExit(
  text: string,
  console: Console,
  family: "inet" | "any valid",
): Ipv4 {
  if (isInet6(text)) return console.notModelled(`address "${text}"`);
  return parseAddress(text) ?? console.exit(
    `Error: ${family} address is expected rather than "${text}".\n`,
    1,
  );
}
