import { formatIpv4 } from "../model/ipv4.ts";
import type { U32Key } from "../model/u32_node.ts";

/** A field that a comparison may be about, where the classifier reads it. */
interface Field {
  /** Where its word begins, in bytes from the network header. */
  readonly offset: number;
  /** Bits of the word that it has, unsigned 32. */
  readonly mask: number;
  /** Names what is asked of it; `value` and `mask` are shifted down to its lowest bit. */
  readonly format: (value: number, mask: number) => string;
}

/** Fields of an Ethernet and an IPv4 header without options, and of the ports behind them. */
const FIELDS: readonly Field[] = [
  { offset: -16, mask: 0x0000ffff, format: (value) => `dst MAC ${bytes(value, 2)}:…` },
  { offset: -12, mask: 0xffffffff, format: (value) => `dst MAC …:${bytes(value, 4)}` },
  { offset: 0, mask: 0x0f000000, format: (value) => `header of ${value * 4} bytes` },
  {
    offset: 4,
    mask: 0x00001fff,
    format: (value) => value === 0 ? "first fragment" : `fragment at ${value * 8}`,
  },
  { offset: 8, mask: 0x00ff0000, format: (value) => PROTOCOLS[value] ?? `protocol ${value}` },
  { offset: 12, mask: 0xffffffff, format: (value, mask) => address("src", value, mask) },
  { offset: 16, mask: 0xffffffff, format: (value, mask) => address("dst", value, mask) },
  { offset: 20, mask: 0xffff0000, format: (value, mask) => ports("sport", value, mask) },
  { offset: 20, mask: 0x0000ffff, format: (value, mask) => ports("dport", value, mask) },
];

const PROTOCOLS: Readonly<Record<number, string>> = { 1: "icmp", 6: "tcp", 17: "udp" };

/**
 * Says what a comparison asks, in the words of an IPv4 header where it is about one of its fields,
 * and in hexadecimal elsewhere.
 *
 * @param key The comparison.
 */
export function describeKey(key: U32Key): string {
  const { offset, mask, value, offsetMask } = key;
  if (mask === 0) return "anything";
  const field = offsetMask !== 0
    ? undefined
    : FIELDS.find((each) => each.offset === offset && ((mask & ~each.mask) >>> 0) === 0);
  if (field === undefined) {
    const next = offsetMask === 0 ? "" : "nexthdr+";
    return `${hex(value)}/${hex(mask)} at ${next}${offset}`;
  }
  const shift = 31 - Math.clz32(field.mask & -field.mask);
  return field.format(value >>> shift, mask >>> shift);
}

function address(end: string, value: number, mask: number): string {
  const bits = 32 - Math.clz32(~mask >>> 0) === 0 ? 32 : Math.clz32(~mask >>> 0);
  return `${end} ${formatIpv4(value)}${bits === 32 ? "" : `/${bits}`}`;
}

/** A mask of ports that one range has leaves its lowest bits open. */
function ports(end: string, value: number, mask: number): string {
  const open = ~mask & 0xffff;
  if ((open & (open + 1)) !== 0) return `${end} ${value}/${mask.toString(16)}`;
  return open === 0 ? `${end} ${value}` : `${end} ${value}-${value + open}`;
}

function bytes(value: number, count: number): string {
  return value.toString(16).padStart(2 * count, "0").replace(/..(?!$)/g, "$&:");
}

function hex(bits: number): string {
  return bits.toString(16).padStart(8, "0");
}
