import type { U32Bucket } from "../model/u32_bucket.ts";
import type { U32Node, U32Selector } from "../model/u32_node.ts";
import type { U32Table } from "../model/u32_table.ts";
import type { Packet } from "./packet.ts";
import { scanFast } from "./u32_index.ts";
import { PAST_END, type U32Cursor, type U32Scan } from "./u32_scan.ts";

/** Most tables that a walk may be inside of at once: TC_U32_MAXDEPTH. */
const MAX_DEPTH = 8;

/** Says what a terminal rule does; a negative verdict lets the walk go on to the next rule. */
export type RuleVerdict = (node: U32Node) => number;

/** What a walk gives when no rule ended it. */
export const NO_MATCH = -1;

/** A place to come back to. */
interface Frame {
  readonly node: U32Node;
  readonly bucket: U32Bucket;
  readonly index: number;
  readonly base: number;
}

/**
 * Walks the rules of one classifier as the kernel's `u32_classify` does: tables, links, variable
 * offsets and all. A key that lies past the packet's end gives the whole classifier up.
 *
 * @param root The table where it starts.
 * @param packet The packet.
 * @param verdictOf Carries out what a terminal rule does.
 * @param scan How lists are gone through; through an index where that is faster, when left out.
 * @returns The verdict of the rule that ended the walk, or {@linkcode NO_MATCH}.
 */
export function classifyU32(
  root: U32Table,
  packet: Packet,
  verdictOf: RuleVerdict,
  scan: U32Scan = scanFast,
): number {
  let bucket = root.bucket(0);
  let from = 0;
  const cursor: U32Cursor = { packet, base: packet.networkOffset, extra: 0 };
  const stack: Frame[] = [];
  for (;;) {
    const index = bucket === undefined ? 0 : scan(bucket, from, cursor);
    if (index === PAST_END) return NO_MATCH;
    const node = bucket?.nodes[index];
    if (bucket === undefined || node === undefined) {
      const frame = stack.pop();
      if (frame === undefined) return NO_MATCH;
      bucket = frame.bucket;
      from = frame.index + 1;
      cursor.base = frame.base;
      const verdict = terminal(frame.node, verdictOf);
      if (verdict >= 0) return verdict;
      continue;
    }
    const { link, selector } = node.spec;
    if (link === undefined) {
      const verdict = terminal(node, verdictOf);
      if (verdict >= 0) return verdict;
      from = index + 1;
      continue;
    }
    if (stack.length >= MAX_DEPTH) return NO_MATCH;
    stack.push({ node, bucket, index, base: cursor.base });
    const chosen = chooseBucket(link, selector, cursor);
    if (chosen === PAST_END || !descend(selector, cursor)) return NO_MATCH;
    bucket = cursor.base < packet.bytes.length ? link.bucket(chosen) : undefined;
    from = 0;
  }
}

function terminal(node: U32Node, verdictOf: RuleVerdict): number {
  if (!node.spec.isTerminal) return NO_MATCH;
  node.addSuccess();
  return verdictOf(node);
}

/** Chooses the bucket of a linked table, or says that its key lies past the packet's end. */
function chooseBucket(link: U32Table, selector: U32Selector, cursor: U32Cursor): number {
  if (link.divisor === 1) return 0;
  const at = cursor.base + selector.hashOffset;
  if (at + 4 > cursor.packet.bytes.length) return PAST_END;
  return (link.divisor - 1) & foldHash(cursor.packet.wordAt(at), selector.hashMask);
}

/**
 * Moves the cursor into a linked table. Without an offset of its own a link keeps what an outer one
 * found. Tells whether the packet is long enough for that.
 */
function descend(selector: U32Selector, cursor: U32Cursor): boolean {
  const { bytes } = cursor.packet;
  if (selector.offset !== 0 || selector.hasVariableOffset) {
    let extra = selector.offset + 3;
    if (selector.hasVariableOffset) {
      const at = cursor.base + selector.variableOffsetAt;
      const high = bytes[at];
      const low = bytes[at + 1];
      if (high === undefined || low === undefined) return false;
      extra += ((high << 8 | low) & selector.variableOffsetMask) >>> selector.variableOffsetShift;
    }
    cursor.extra = extra & ~3;
  }
  if (selector.eat) {
    cursor.base += cursor.extra;
    cursor.extra = 0;
  }
  return true;
}

/** The masked bits, shifted down by the mask's lowest one. */
function foldHash(word: number, mask: number): number {
  const masked = (word & mask) >>> 0;
  if (mask === 0) return masked;
  const shift = 31 - Math.clz32(mask & -mask);
  return masked >>> shift;
}
