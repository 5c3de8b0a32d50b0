/**
 * Handles as `tc` reads them: hexadecimal, with colons.
 *
 * @module
 */

import { type Handle, makeHandle, ROOT } from "../../model/handle.ts";

const HEX = /^(\s*)([-+]?)(0[xX])?([0-9a-fA-F]*)/;
/** Where `strtoul` ends: a larger number is this, and one below zero counts back from behind it. */
const UNSIGNED_MAX = 0xffff_ffff_ffff_ffffn;

/** Reads the hexadecimal number at a text's beginning, as `strtoul` does: 64 bits, and a sign. */
function leadingHex(text: string): { readonly value: bigint; readonly length: number } {
  const [all = "", space = "", sign = "", prefix, digits = ""] = HEX.exec(text) ?? [];
  if (digits === "") {
    return { value: 0n, length: prefix === undefined ? 0 : space.length + sign.length + 1 };
  }
  const size = BigInt(`0x${digits}`);
  const value = size > UNSIGNED_MAX
    ? UNSIGNED_MAX
    : BigInt.asUintN(64, sign === "-" ? -size : size);
  return { value, length: all.length };
}

/**
 * Reads the handle of a qdisc: `1:`, `1`, `none`. What follows the colon does not matter.
 *
 * @param text What to read.
 * @returns The handle, or undefined for any other text.
 */
export function parseQdiscHandle(text: string): Handle | undefined {
  if (text === "none") return 0;
  const { value, length } = leadingHex(text);
  if (length === 0 || value >= 0x10000) return undefined;
  if (length < text.length && text.charAt(length) !== ":") return undefined;
  return makeHandle(Number(value), 0);
}

/**
 * Reads the handle of a class, or a parent: `1:2`, `1:`, `:2`, `root`, `none`. A number without a
 * colon is the whole handle, of which `tc` keeps the low 32 bits.
 *
 * @param text What to read.
 * @returns The handle, or undefined for any other text.
 */
export function parseClassHandle(text: string): Handle | undefined {
  if (text === "root") return ROOT;
  if (text === "none") return 0;
  const major = leadingHex(text);
  if (major.length === 0 && !text.startsWith(":")) return undefined;
  const rest = text.slice(major.length);
  if (rest === "") return Number(BigInt.asUintN(32, major.value));
  if (!rest.startsWith(":") || major.value >= 0x10000) return undefined;
  const minor = leadingHex(rest.slice(1));
  if (minor.length !== rest.length - 1 || minor.value >= 0x10000) return undefined;
  return makeHandle(Number(major.value), Number(minor.value));
}

/** Largest values of the parts of a `u32` handle: table, bucket, node. */
const U32_PART_MAX = [0xfff, 0xff, 0xfff] as const;
const U32_PART_SHIFT = [20, 12, 0] as const;

/**
 * Reads the handle of a `u32` node or table: `800::1`, `1:2:3`, `::5`, `800:`.
 *
 * @param text What to read.
 * @returns The handle, or undefined for any other text.
 */
export function parseU32Handle(text: string): number | undefined {
  if (!text.includes(":")) {
    return /^0x[0-9a-fA-F]{1,8}$/.test(text) ? parseInt(text, 16) : undefined;
  }
  const parts = text.split(":");
  if (parts.length > 3) return undefined;
  let handle = 0;
  for (const [index, part] of parts.entries()) {
    const { value, length } = leadingHex(part);
    if (length !== part.length || value > (U32_PART_MAX[index] ?? 0)) return undefined;
    handle = (handle | (Number(value) << (U32_PART_SHIFT[index] ?? 0))) >>> 0;
  }
  return handle;
}

/**
 * Spells the handle of a `u32` node or table as `tc` prints it.
 *
 * @param handle Any.
 */
export function formatU32Handle(handle: number): string {
  if (handle === 0) return "none";
  const [table, bucket, node] = [handle >>> 20, (handle >>> 12) & 0xff, handle & 0xfff];
  const head = table === 0 ? "" : `${table.toString(16)}:`;
  if (bucket === 0 && node === 0) return head;
  return head + (bucket === 0 ? "" : bucket.toString(16)) +
    (node === 0 ? "" : `:${node.toString(16)}`);
}
