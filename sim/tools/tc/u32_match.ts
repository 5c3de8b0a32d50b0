/**
 * The `match` of a `u32` filter: how `tc` packs what it is told into 32-bit words.
 *
 * @module
 */

import { parseInteger, parseSigned, parseUnsigned } from "../numbers.ts";
import { parsePrefix } from "../prefix.ts";
import { maskOf } from "../../model/ipv4.ts";
import type { U32Key } from "../../model/u32_node.ts";
import { abbreviates, type Words } from "../words.ts";

/** Most comparisons of one filter. */
const KEYS_MAX = 128;
const UINT32 = 0xffffffff;

/** A comparison while it is put together. */
interface DraftKey {
  value: number;
  mask: number;
  readonly offset: number;
  readonly offsetMask: number;
}

/** Where a field stands. */
interface Place {
  readonly offset: number;
  /** Whether it counts from the next header. */
  readonly isNextHeader: boolean;
}

/** The comparisons of one filter; those of one word become one. */
export class U32Matches {
  readonly #keys: DraftKey[] = [];

  /** The comparisons, in the order in which their words were first named. */
  get keys(): U32Key[] {
    return this.#keys.map((key) => ({ ...key }));
  }

  /**
   * Reads what stands behind `match`.
   *
   * @param words Stands behind `match`; read past the selector.
   * @returns Whether it made sense.
   */
  read(words: Words): boolean {
    const kind = words.current;
    if (kind === undefined) return words.console.incomplete();
    for (const [name, read] of SELECTORS) {
      if (!abbreviates(kind, name)) continue;
      words.skip();
      if (words.left === 0) words.console.incomplete();
      return read(this, words);
    }
    return false;
  }

  /**
   * Adds a comparison.
   *
   * @param bytes Width of the field: 1, 2 or 4.
   * @param field Its value and mask.
   * @param place Where it stands.
   * @returns Whether it fits, and contradicts no other.
   */
  pack(bytes: 1 | 2 | 4, field: { value: number; mask: number }, place: Place): boolean {
    const limit = 2 ** (8 * bytes) - 1;
    if (field.value > limit || field.mask > limit) return false;
    const within = place.offset & 3;
    if (bytes === 4 && within !== 0) return false;
    // A 16-bit field at an odd place lands in the lower half, as the tool has it.
    const shift = bytes === 4 ? 0 : bytes === 2 ? (within === 0 ? 16 : 0) : 8 * (3 - within);
    const mask = (field.mask << shift) >>> 0;
    const value = ((field.value << shift) & mask) >>> 0;
    return this.#merge(value, mask, place.offset - within, place.isNextHeader ? UINT32 : 0);
  }

  #merge(value: number, mask: number, offset: number, offsetMask: number): boolean {
    const same = this.#keys.find((key) => key.offset === offset && key.offsetMask === offsetMask);
    if (same === undefined) {
      if (this.#keys.length >= KEYS_MAX) return false;
      this.#keys.push({ value, mask, offset, offsetMask });
      return true;
    }
    if ((((value ^ same.value) & mask & same.mask) >>> 0) !== 0) return false;
    same.value = (same.value | value) >>> 0;
    same.mask = (same.mask | mask) >>> 0;
    return true;
  }
}

type ReadSelector = (matches: U32Matches, words: Words) => boolean;

/** Reads `at OFFSET`, if it is there. */
function placeAfter(words: Words, initial: Place): Place | undefined {
  if (words.current !== "at") return initial;
  words.skip();
  let text = words.take();
  let isNextHeader = initial.isNextHeader;
  if (text.startsWith("nexthdr+") && text.length > "nexthdr+".length) {
    isNextHeader = true;
    text = text.slice("nexthdr+".length);
  } else if (abbreviates(text, "nexthdr+")) {
    isNextHeader = true;
    text = words.take();
  }
  const offset = parseSigned(text);
  return offset === undefined ? undefined : { offset, isNextHeader };
}

function field(bytes: 1 | 2 | 4, offset: number, isNextHeader = false): ReadSelector {
  return (matches, words) => {
    if (words.left < 2) return false;
    const value = parseUnsigned(words.take(), UINT32);
    const mask = value === undefined ? undefined : parseUnsigned(words.take(), UINT32, 16);
    if (value === undefined || mask === undefined) return false;
    const place = placeAfter(words, { offset, isNextHeader });
    return place !== undefined && matches.pack(bytes, { value, mask }, place);
  };
}

function constant(value: number, mask: number): ReadSelector {
  return (matches) => matches.pack(2, { value, mask }, { offset: 6, isNextHeader: false });
}

function address(offset: number): ReadSelector {
  return (matches, words) => {
    const prefix = parsePrefix(words.take());
    if (prefix === undefined) return false;
    const place = placeAfter(words, { offset, isNextHeader: false });
    const mask = maskOf(prefix.length);
    return place !== undefined && matches.pack(4, { value: prefix.address, mask }, place);
  };
}

/** How the tool reads a MAC address: six pairs of digits, and whatever follows them. */
const SIX_PAIRS = new RegExp(`^${Array(6).fill("([0-9a-f]{1,2})").join(":")}`, "i");

function mac(offset: number): ReadSelector {
  return (matches, words) => {
    const text = words.take();
    const parts = SIX_PAIRS.exec(text)?.slice(1);
    if (parts === undefined) {
      words.console.complain(`parse_ether_addr: improperly formed address '${text}'\n`);
      return false;
    }
    const place = placeAfter(words, { offset, isNextHeader: false });
    if (place === undefined) return false;
    return parts.every((part, index) => {
      const value = parseInteger(part, 16) ?? 0;
      const at = { ...place, offset: place.offset + index };
      return matches.pack(1, { value, mask: 0xff }, at);
    });
  };
}

interface FieldOfHeader {
  readonly names: readonly string[];
  /** Whether the names may be abbreviated. */
  readonly isAbbreviable?: boolean;
  /** Whether something follows. */
  readonly hasValue?: false;
  readonly read: ReadSelector;
}

const IP_FIELDS: readonly FieldOfHeader[] = [
  { names: ["src"], read: address(12) },
  { names: ["dst"], read: address(16) },
  { names: ["tos"], read: field(1, 1) },
  { names: ["dsfield", "precedence"], isAbbreviable: true, read: field(1, 1) },
  { names: ["ihl"], read: field(1, 0) },
  { names: ["protocol"], read: field(1, 9) },
  { names: ["nofrag"], hasValue: false, read: constant(0, 0x3fff) },
  { names: ["firstfrag"], hasValue: false, read: constant(0x2000, 0x3fff) },
  { names: ["df"], hasValue: false, read: constant(0x4000, 0x4000) },
  { names: ["mf"], hasValue: false, read: constant(0x2000, 0x2000) },
  { names: ["dport"], read: field(2, 22) },
  { names: ["sport"], read: field(2, 20) },
  { names: ["icmp_type"], read: field(1, 20) },
  { names: ["icmp_code"], read: field(1, 21) },
];

const UDP_FIELDS: readonly FieldOfHeader[] = [
  { names: ["src"], read: field(2, 0, true) },
  { names: ["dst"], read: field(2, 2, true) },
];

const ICMP_FIELDS: readonly FieldOfHeader[] = [
  { names: ["type"], read: field(1, 0, true) },
  { names: ["code"], read: field(1, 1, true) },
];

const ETHER_FIELDS: readonly FieldOfHeader[] = [
  { names: ["src"], read: mac(-8) },
  { names: ["dst"], read: mac(-14) },
];

function header(fields: readonly FieldOfHeader[], complaint?: string): ReadSelector {
  return (matches, words) => {
    if (words.left < 2) return false;
    const word = words.take();
    const found = fields.find(({ names, isAbbreviable }) =>
      names.some((name) => isAbbreviable ? abbreviates(word, name) : word === name)
    );
    if (found === undefined) {
      if (complaint !== undefined) words.console.complain(`${complaint} ${word}\n`);
      return false;
    }
    return found.read(matches, words);
  };
}

function notModelled(what: string): ReadSelector {
  return (_, words) => words.console.notModelled(`match "${what}"`);
}

/** Selectors in the order in which the tool tries their abbreviations. */
const SELECTORS: readonly (readonly [string, ReadSelector])[] = [
  ["u32", field(4, 0)],
  ["u16", field(2, 0)],
  ["u8", field(1, 0)],
  ["ip", header(IP_FIELDS)],
  ["ip6", notModelled("ip6")],
  ["udp", header(UDP_FIELDS)],
  ["tcp", header(UDP_FIELDS)],
  ["icmp", header(ICMP_FIELDS)],
  ["mark", notModelled("mark")],
  ["ether", header(ETHER_FIELDS, "Unknown match: ether")],
];
