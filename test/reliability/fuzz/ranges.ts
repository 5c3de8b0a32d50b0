/**
 * Ranges of the types that parsers give.
 *
 * @module
 */

/** Greatest values of unsigned numbers. */
export const UINT8_MAX = 0xff;
export const UINT12_MAX = 0xfff;
export const UINT16_MAX = 0xffff;
export const UINT32_MAX = 0xffffffff;
const UINT64_MAX = 2n ** 64n - 1n;

/**
 * Tells whether a value is a whole number from 0 to a limit.
 *
 * @param value Any value.
 * @param limit The greatest number.
 */
export function isUpTo(value: unknown, limit: number): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= limit;
}

/** @param value Any value. @returns Whether it is a counter of 64 bits. */
export function isCounter(value: unknown): boolean {
  return typeof value === "bigint" && value >= 0n && value <= UINT64_MAX;
}

/** @param value Any value. @returns Whether it is a number from 0 up, and not beyond all bounds. */
export function isQuantity(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

/** @param value Any value. @returns Whether it is a text. */
export function isText(value: unknown): boolean {
  return typeof value === "string";
}

/** @param value Any value. @returns Whether it is an IPv4 address in dotted decimal. */
export function isIpv4(value: unknown): boolean {
  return typeof value === "string" && /^\d{1,3}(\.\d{1,3}){3}$/.test(value) &&
    value.split(".").every((part) => Number(part) <= UINT8_MAX);
}

/** @param value Any value. @returns Whether it is an interval of ports. */
export function isPorts(value: { readonly begin: number; readonly end: number }): boolean {
  return isUpTo(value.begin, UINT16_MAX) && isUpTo(value.end, UINT16_MAX) &&
    value.begin <= value.end;
}
