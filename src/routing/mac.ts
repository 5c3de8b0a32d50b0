/**
 * Checks a MAC address and gives it in the kernel's own spelling.
 *
 * @param text Six pairs of hexadecimal digits, joined by colons.
 * @returns The address in lower case.
 * @throws {SyntaxError} If it is no MAC address.
 * @throws {RangeError} If it is a multicast address, which the kernel gives to no link.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(unicastMac("02:AB:00:00:00:01"), "02:ab:00:00:00:01");
 * ```
 */
export function unicastMac(text: string): string {
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text)) {
    throw new SyntaxError(`"${text}" is no MAC address; write it like 02:00:00:00:00:01`);
  }
  if ((Number.parseInt(text.slice(0, 2), 16) & 1) === 1) {
    throw new RangeError(`"${text}" is a multicast address; a link takes only a unicast one`);
  }
  return text.toLowerCase();
}
