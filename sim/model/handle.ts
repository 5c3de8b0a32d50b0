/**
 * A traffic-control handle: 16 bits of major number, 16 bits of minor, unsigned. A qdisc has minor
 * 0; a class shares its qdisc's major.
 */
export type Handle = number;

/** No handle given: the kernel chooses. */
export const UNSPECIFIED: Handle = 0;
/** Parent of a link's root qdisc. */
export const ROOT: Handle = 0xffffffff;
/** Parent of an `ingress` or `clsact` qdisc. */
export const INGRESS: Handle = 0xfffffff1;
/** Handle that `ingress` and `clsact` qdiscs have. */
export const INGRESS_HANDLE: Handle = 0xffff0000;
/** Where the filters of `clsact` for arriving packets hang. */
export const CLSACT_INGRESS: Handle = 0xfffffff2;
/** Where the filters of `clsact` for leaving packets hang. */
export const CLSACT_EGRESS: Handle = 0xfffffff3;

/**
 * Joins two numbers to a handle.
 *
 * @param major 0 to 0xffff.
 * @param minor 0 to 0xffff.
 */
export function makeHandle(major: number, minor: number): Handle {
  return ((major << 16) | (minor & 0xffff)) >>> 0;
}

/** @param handle Any handle. @returns Its upper 16 bits, as a number from 0 to 0xffff. */
export function majorOf(handle: Handle): number {
  return handle >>> 16;
}

/** @param handle Any handle. @returns Its lower 16 bits. */
export function minorOf(handle: Handle): number {
  return handle & 0xffff;
}

/** @param handle Any handle. @returns The handle of the qdisc that it belongs to. */
export function qdiscHandleOf(handle: Handle): Handle {
  return (handle & 0xffff0000) >>> 0;
}

/**
 * Spells a handle as `tc` prints it: hexadecimal, a zero minor left out.
 *
 * @param handle Any handle.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(formatHandle(makeHandle(1, 0x10)), "1:10");
 * assertEquals(formatHandle(INGRESS_HANDLE), "ffff:");
 * ```
 */
export function formatHandle(handle: Handle): string {
  if (handle === ROOT) return "root";
  if (handle === UNSPECIFIED) return "none";
  if (majorOf(handle) === 0) return `:${minorOf(handle).toString(16)}`;
  if (minorOf(handle) === 0) return `${majorOf(handle).toString(16)}:`;
  return `${majorOf(handle).toString(16)}:${minorOf(handle).toString(16)}`;
}
