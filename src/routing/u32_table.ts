/**
 * Hash tables of u32: how a filter hands packets on to one, in tc's words and in its listings.
 *
 * @module
 */

/** The bits of a packet that pick the bucket of a table: 32 of them at an offset, under a mask. */
export interface HashKey {
  /** Which bits count; they are shifted down to the lowest of them. */
  readonly mask: number;
  /** Byte offset from where the filter's own offsets are counted. */
  readonly offset: number;
}

/** Where a filter hands a packet on to. */
export interface TableLink {
  /** Number of the table, 1 to 0x7ff. */
  readonly table: number;
  /** What picks the bucket; left out for a table of one bucket. It is read before `skip`. */
  readonly hash?: HashKey;
  /**
   * How far the offsets of the table's filters move on: by the IP header's own length, options
   * included, or by a number of bytes, a multiple of 4.
   */
  readonly skip?: "ip-header" | number;
}

/**
 * Spells a link to a table.
 *
 * @param link The link.
 */
export function tableLinkWords(link: TableLink): string[] {
  const { table, hash, skip } = link;
  return [
    ...["link", `${table.toString(16)}:`],
    ...(skip === undefined ? [] : ["offset", ...skipWords(skip), "eat"]),
    ...(hash === undefined
      ? []
      : ["hashkey", "mask", `0x${word(hash.mask)}`, "at", String(hash.offset)]),
  ];
}

/** The IP header's length stands in the low half of its first byte, in units of 4 bytes. */
function skipWords(skip: "ip-header" | number): string[] {
  return skip === "ip-header"
    ? ["at", "0", "mask", "0x0f00", "shift", "6"]
    : ["plus", String(skip)];
}

/**
 * Writes a link as listings do, with one blank between words.
 *
 * @param link The link.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const hash = { mask: 0xff00, offset: 20 };
 * assertEquals(formatTableLink({ table: 5, hash }), "link 5: hash mask 0000ff00 at 20");
 * assertEquals(formatTableLink({ table: 5, skip: 8 }), "link 5: offset plus 8 eat");
 * ```
 */
export function formatTableLink(link: TableLink): string {
  const { table, hash, skip } = link;
  const offset = skip === undefined
    ? ""
    : skip === "ip-header"
    ? " offset 0f00>>6 at 0 eat"
    : ` offset plus ${skip} eat`;
  const key = hash === undefined ? "" : ` hash mask ${word(hash.mask)} at ${hash.offset}`;
  return `link ${table.toString(16)}:${offset}${key}`;
}

const LINK = new RegExp(
  String.raw`^link ([0-9a-f]+):(?: offset (?:0f00>>6 at 0|plus (\d+)) eat)?` +
    String.raw`(?: hash mask ([0-9a-f]{8}) at (-?\d+))?$`,
);

/**
 * Reads a link as listings write it, the opposite of {@linkcode formatTableLink}.
 *
 * @param text Its words, with one blank between them.
 * @returns The link, or undefined for one that cannot be had from Berth.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseTableLink("link 5: offset plus 8 eat"), { table: 5, skip: 8 });
 * ```
 */
export function parseTableLink(text: string): TableLink | undefined {
  const match = LINK.exec(text);
  if (match === null) return undefined;
  const [, table = "", plus, mask, at] = match;
  const skip = plus !== undefined
    ? Number(plus)
    : text.includes(" offset ")
    ? "ip-header" as const
    : undefined;
  return {
    table: Number.parseInt(table, 16),
    ...(skip === undefined ? {} : { skip }),
    ...(mask === undefined
      ? {}
      : { hash: { mask: Number.parseInt(mask, 16), offset: Number(at) } }),
  };
}

function word(bits: number): string {
  return bits.toString(16).padStart(8, "0");
}
