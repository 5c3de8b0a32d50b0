import { type Ipv4, parseIpv4 } from "../model/ipv4.ts";
import { STATUS_FAILED } from "./console.ts";
import { parseInteger } from "./numbers.ts";
import type { Words } from "./words.ts";

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

/** Whether a text stands for every address. */
function isWord(text: string): boolean {
  return text === "default" || text === "any" || text === "all";
}

/**
 * Reads an IPv4 network, or an address alone.
 *
 * @param text What to read.
 * @returns The prefix, or undefined for any other text.
 */
export function parsePrefix(text: string): Prefix | undefined {
  if (isWord(text)) {
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
 * @param words Where it stands, and where to complain.
 * @param family The kind of address that the tool expects, if not that of its options.
 */
export function prefixOrExit(
  text: string,
  words: Words,
  family: Words["family"] = words.family,
): Prefix {
  const { console } = words;
  if (family === "link") {
    const complaint = `"${text}" may be inet prefix, but it is not allowed in this context`;
    return console.exit(`Error: ${complaint}.\n`, STATUS_FAILED);
  }
  const isElsewhere = isInet6(text) && family !== "inet" || isWord(text) && family === "inet6";
  if (isElsewhere) return console.notModelled(`address "${text}"`);
  const prefix = family === "inet6" ? undefined : parsePrefix(text);
  return prefix ?? console.exit(
    `Error: ${family ?? "any valid"} prefix is expected rather than "${text}".\n`,
    STATUS_FAILED,
  );
}

/**
 * Reads a network among words that must all be of one family.
 *
 * @param text What to read.
 * @param words Where it stands; a network that is no word settles their family.
 */
export function settlingPrefix(text: string, words: Words): Prefix {
  const prefix = prefixOrExit(text, words);
  if (!prefix.isWord) words.settleFamily();
  return prefix;
}

/**
 * Reads an address among words that must all be of one family.
 *
 * @param text What to read.
 * @param words Where it stands; their family is settled then.
 */
export function settlingAddress(text: string, words: Words): Ipv4 {
  const address = addressOrExit(text, words);
  words.settleFamily();
  return address;
}

/**
 * Reads an address, and ends the tool where it is none.
 *
 * @param text What to read.
 * @param words Where it stands, and where to complain.
 * @param family The kind of address that the tool expects, if not that of its options.
 */
export function addressOrExit(
  text: string,
  words: Words,
  family: Words["family"] = words.family,
): Ipv4 {
  const { console } = words;
  const isElsewhere = isInet6(text) && family !== "inet" || family === "link" || isWord(text);
  if (isElsewhere) return console.notModelled(`address "${text}"`);
  const address = family === "inet6" ? undefined : parseAddress(text);
  return address ?? console.exit(
    `Error: ${family ?? "any valid"} address is expected rather than "${text}".\n`,
    STATUS_FAILED,
  );
}
