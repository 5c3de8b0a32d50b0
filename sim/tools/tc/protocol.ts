import { PROTOCOL_ALL } from "../../model/filter_block.ts";

/** EtherTypes by the names that `tc` has for them; of two names, the last one is printed. */
const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ["loop", 0x0060],
  ["ipv4", 0x0800],
  ["ip", 0x0800],
  ["arp", 0x0806],
  ["rarp", 0x8035],
  ["aarp", 0x80f3],
  ["ipx", 0x8137],
  ["ipv6", 0x86dd],
  ["all", PROTOCOL_ALL],
  ["802.1Q", 0x8100],
  ["802.1ad", 0x88a8],
  ["mpls_uc", 0x8847],
  ["mpls_mc", 0x8848],
  ["ppp_disc", 0x8863],
  ["ppp_ses", 0x8864],
  ["profinet", 0x8892],
  ["aoe", 0x88a2],
  ["ethercat", 0x88a4],
  ["tipc", 0x88ca],
  ["LLDP", 0x88cc],
  ["teb", 0x6558],
]);

const NAMES: ReadonlyMap<number, string> = new Map(
  [...PROTOCOLS].map(([name, number]) => [number, name]),
);

/**
 * Reads a protocol.
 *
 * @param text A name, in any case, or a number.
 * @returns Its EtherType, or undefined for any other text.
 */
export function parseProtocol(text: string): number | undefined {
  for (const [name, number] of PROTOCOLS) {
    if (name.toLowerCase() === text.toLowerCase()) return number;
  }
  const number = /^(0[xX][0-9a-fA-F]+|\d+)$/.test(text) ? Number(text) : NaN;
  return Number.isInteger(number) && number <= 0xffff ? number : undefined;
}

/** @param protocol An EtherType. @returns Its name, or its number in brackets. */
export function formatProtocol(protocol: number): string {
  return NAMES.get(protocol) ?? `[${protocol}]`;
}
