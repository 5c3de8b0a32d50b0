/** First half of a filter priority: which kind of packet. Lower numbers are asked first. */
export const PRIMARY = { arp: 1, icmp: 2, ip: 3, default: 4 } as const;

/** Second half of a filter priority: the order among filters of one kind. */
export const SECONDARY = { high: 1, normal: 2, low: 3 } as const;

/**
 * Gives the 16-bit priority of a kind of filter.
 *
 * @param primary Which kind of packet.
 * @param secondary The order among filters of that kind.
 * @returns The primary in the high byte, the secondary in the low one.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(priority("ip", "normal"), 770);
 * ```
 */
export function priority(primary: keyof typeof PRIMARY, secondary: keyof typeof SECONDARY): number {
  return (PRIMARY[primary] << 8) | SECONDARY[secondary];
}
