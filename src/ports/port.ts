/** The highest port number; the lowest is 0. */
export const PORT_MAX = 65_535;

/**
 * Tells whether a number is a port: an integer from 0 to 65535.
 *
 * @param value The number to test.
 * @returns Whether it is a port.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(isPort(65_535), true);
 * assertEquals(isPort(65_536), false);
 * ```
 */
export function isPort(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= PORT_MAX;
}
