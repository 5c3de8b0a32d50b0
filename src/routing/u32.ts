import { parseIpv4 } from "./address.ts";
import { unicastMac } from "./mac.ts";

/** What u32 really tests: 32 bits at an offset from the IP header, under a mask. */
export interface Key {
  /** The bits that must be there, unsigned. */
  readonly value: number;
  /** Which bits count, unsigned. */
  readonly mask: number;
  /** Byte offset, a multiple of 4; negative reaches into the Ethernet header. */
  readonly offset: number;
}

/** One test in the tool's words, and the keys that they come to. */
export interface Match {
  /** Words after `match`. */
  readonly words: readonly string[];
  /** The same as keys. */
  readonly keys: readonly Key[];
}

/** IP protocol numbers of the transports that have ports, and of ICMP. */
export const IP_PROTOCOL = { icmp: 1, tcp: 6, udp: 17 } as const;

/** Matches every frame, even one that ends with its Ethernet header, where the word is. */
export const MATCH_ANY_FRAME: Match = {
  words: ["u32", "0", "0", "at", "-4"],
  keys: [{ value: 0, mask: 0, offset: -4 }],
};

/** Matches every packet that has four bytes behind its Ethernet header. */
export const MATCH_ANY: Match = {
  words: ["u32", "0", "0"],
  keys: [{ value: 0, mask: 0, offset: 0 }],
};

/** Matches an IPv4 header without options, which alone has its ports at the fixed place. */
export const MATCH_NO_OPTIONS: Match = {
  words: ["ip", "ihl", "5", "0x0f"],
  keys: [{ value: 0x05000000, mask: 0x0f000000, offset: 0 }],
};

/** Matches what is no later fragment; where a first fragment has its ports, a later has payload. */
export const MATCH_FIRST_FRAGMENT: Match = {
  words: ["u16", "0", "0x1fff", "at", "6"],
  keys: [{ value: 0, mask: 0x1fff, offset: 4 }],
};

/**
 * Matches the protocol in the IP header.
 *
 * @param protocol Its name.
 */
export function matchProtocol(protocol: keyof typeof IP_PROTOCOL): Match {
  const number = IP_PROTOCOL[protocol];
  return {
    words: ["ip", "protocol", String(number), "0xff"],
    keys: [{ value: number << 16, mask: 0x00ff0000, offset: 8 }],
  };
}

/**
 * Matches the source or destination port of a header without options.
 *
 * @param side Which port.
 * @param range The ports: a begin and the mask that covers them.
 */
export function matchPort(
  side: "sport" | "dport",
  range: { readonly begin: number; readonly mask: number },
): Match {
  const shift = side === "sport" ? 0x10000 : 1;
  return {
    words: ["ip", side, String(range.begin), `0x${range.mask.toString(16).padStart(4, "0")}`],
    keys: [{ value: range.begin * shift, mask: range.mask * shift, offset: 20 }],
  };
}

/**
 * Matches the source or destination port where a transport's header begins: in a table to which
 * packets come without their IP header.
 *
 * @param side Which port.
 * @param range The ports: a begin and the mask that covers them.
 */
export function matchTransportPort(
  side: "sport" | "dport",
  range: { readonly begin: number; readonly mask: number },
): Match {
  return matchHalfWord(range.begin, range.mask, side === "sport" ? 0 : 2);
}

/**
 * Matches 16 bits.
 *
 * @param value The bits that must be there.
 * @param mask Which bits count.
 * @param offset Where they are: a multiple of 2.
 */
export function matchHalfWord(value: number, mask: number, offset: number): Match {
  const shift = offset % 4 === 0 ? 0x10000 : 1;
  return {
    words: ["u16", hex(value), hex(mask), "at", String(offset)],
    keys: [{ value: value * shift, mask: mask * shift, offset: offset & ~3 }],
  };
}

/**
 * Matches a byte.
 *
 * @param value The byte.
 * @param offset Where it is: a multiple of 4.
 */
export function matchByte(value: number, offset: number): Match {
  return {
    words: ["u8", hex(value), "0xff", "at", String(offset)],
    keys: [{ value: value * 0x1000000, mask: 0xff000000, offset }],
  };
}

/**
 * Matches 32 bits.
 *
 * @param value The bits.
 * @param offset Where they are: a multiple of 4.
 */
export function matchWord(value: number, offset: number): Match {
  return {
    words: ["u32", hex(value), "0xffffffff", "at", String(offset)],
    keys: [{ value, mask: 0xffffffff, offset }],
  };
}

function hex(bits: number): string {
  return `0x${bits.toString(16)}`;
}

/**
 * Matches the source or destination address of the IP header.
 *
 * @param side Which address.
 * @param address Dotted decimal.
 * @throws {SyntaxError} If it is no IPv4 address.
 */
export function matchAddress(side: "src" | "dst", address: string): Match {
  return {
    words: ["ip", side, `${address}/32`],
    keys: [{ value: parseIpv4(address), mask: 0xffffffff, offset: side === "src" ? 12 : 16 }],
  };
}

/**
 * Matches the source or destination MAC address of the Ethernet header.
 *
 * @param side Which address.
 * @param mac Six pairs of hexadecimal digits.
 * @throws {SyntaxError} If it is no MAC address.
 * @throws {RangeError} If it is a multicast address.
 */
export function matchMac(side: "src" | "dst", mac: string): Match {
  const digits = unicastMac(mac).replaceAll(":", "");
  const part = (begin: number, end: number) => Number.parseInt(digits.slice(begin, end), 16);
  return {
    words: ["ether", side, mac],
    keys: side === "dst"
      ? [
        { value: part(0, 4), mask: 0xffff, offset: -16 },
        { value: part(4, 12), mask: 0xffffffff, offset: -12 },
      ]
      : [
        { value: part(0, 8), mask: 0xffffffff, offset: -8 },
        { value: part(8, 12) * 0x10000, mask: 0xffff0000, offset: -4 },
      ],
  };
}

/**
 * Joins the keys of several matches as `tc` does: those at one offset become one. The result is
 * sorted by offset, so that equal tests give equal keys in whatever order they were written.
 *
 * @param keys The keys of all matches of a filter.
 */
export function packKeys(keys: readonly Key[]): Key[] {
  const packed = new Map<number, Key>();
  for (const key of keys) {
    const before = packed.get(key.offset) ?? { value: 0, mask: 0, offset: key.offset };
    packed.set(key.offset, {
      value: (before.value | key.value) >>> 0,
      mask: (before.mask | key.mask) >>> 0,
      offset: key.offset,
    });
  }
  return [...packed.values()].sort((a, b) => a.offset - b.offset);
}

/**
 * Writes keys as `tc filter show` does, joined by commas.
 *
 * @param keys Packed keys.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const { keys } = matchPort("dport", { begin: 31000, mask: 0xfff8 });
 * assertEquals(formatKeys(packKeys(keys)), "00007918/0000fff8 at 20");
 * ```
 */
export function formatKeys(keys: readonly Key[]): string {
  const word = (bits: number) => bits.toString(16).padStart(8, "0");
  return keys.map((key) => `${word(key.value)}/${word(key.mask)} at ${key.offset}`).join(", ");
}
