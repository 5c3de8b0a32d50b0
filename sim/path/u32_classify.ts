import type { U32Key, U32Node, U32Selector } from "../model/u32_node.ts";
import type { U32Table } from "../model/u32_table.ts";
import type { Packet } from "./packet.ts";

/** Most tables that a walk may be inside of at once: TC_U32_MAXDEPTH. */
const MAX_DEPTH = 8;

/** Says what a terminal rule does; a negative verdict lets the walk go on to the next rule. */
export type RuleVerdict = (node: U32Node) => number;

/** Hears of every rule that is tried, for traces. */
export type RuleListener = (node: U32Node, matched: boolean) => void;

/** What a walk gives when no rule ended it. */
export const NO_MATCH = -1;

/** A place to come back to. */
interface Frame {
  readonly node: U32Node;
  readonly list: readonly U32Node[];
  readonly index: number;
  readonly offset: number;
}

/**
 * Walks the rules of one classifier as the kernel's `u32_classify` does: tables, links, variable
 * offsets and all. A key that lies past the packet's end gives the whole classifier up.
 *
 * @param root The table where it starts.
 * @param packet The packet.
 * @param verdictOf Carries out what a terminal rule does.
 * @param listener Hears of every rule that is tried.
 * @returns The verdict of the rule that ended the walk, or {@linkcode NO_MATCH}.
 */
export function classifyU32(
  root: U32Table,
  packet: Packet,
  verdictOf: RuleVerdict,
  listener?: RuleListener,
): number {
  let list = root.bucket(0);
  let index = 0;
  let offset = 0;
  let extra = 0;
  const stack: Frame[] = [];
  for (;;) {
    const node = list[index];
    if (node === undefined) {
      const frame = stack.pop();
      if (frame === undefined) return NO_MATCH;
      ({ list, index, offset } = frame);
      const verdict = terminal(frame.node, verdictOf);
      if (verdict >= 0) return verdict;
      index += 1;
      continue;
    }
    node.hits += 1;
    const matched = matchKeys(node, packet, offset, extra);
    listener?.(node, matched === true);
    if (matched === undefined) return NO_MATCH;
    if (!matched) {
      index += 1;
      continue;
    }
    const { link, selector } = node.spec;
    if (link === undefined) {
      const verdict = terminal(node, verdictOf);
      if (verdict >= 0) return verdict;
      index += 1;
      continue;
    }
    if (stack.length >= MAX_DEPTH) return NO_MATCH;
    stack.push({ node, list, index, offset });
    const step = descend(link, selector, packet, offset);
    if (step === undefined) return NO_MATCH;
    list = step.list;
    index = 0;
    offset += step.eaten;
    extra = step.extra;
    if (packet.networkOffset + offset >= packet.bytes.length) list = [];
  }
}

function terminal(node: U32Node, verdictOf: RuleVerdict): number {
  if (!node.spec.isTerminal) return NO_MATCH;
  node.successes += 1;
  return verdictOf(node);
}

/** Tells whether all keys hold; undefined where one lies past the packet's end. */
function matchKeys(
  node: U32Node,
  packet: Packet,
  offset: number,
  extra: number,
): boolean | undefined {
  for (const key of node.spec.keys) {
    const at = packet.networkOffset + offset + key.offset + variable(key, extra);
    const word = wordAt(packet.bytes, at);
    if (word === undefined) return undefined;
    if (((word ^ key.value) & key.mask) !== 0) return false;
    key.hits += 1;
  }
  return true;
}

function variable(key: U32Key, extra: number): number {
  return key.offsetMask === 0 ? 0 : extra & key.offsetMask;
}

/**
 * Reads 32 bits. A real frame lies in a larger buffer, so what is before its first byte can be
 * read,
 * and is 0 here; what is past its last byte cannot.
 */
function wordAt(bytes: Uint8Array, at: number): number | undefined {
  if (at + 4 > bytes.length) return undefined;
  const byte = (index: number) => bytes[index] ?? 0;
  return (byte(at) << 24 | byte(at + 1) << 16 | byte(at + 2) << 8 | byte(at + 3)) >>> 0;
}

/** Chooses the bucket of a linked table, and how far the packet's beginning moves. */
function descend(link: U32Table, selector: U32Selector, packet: Packet, offset: number) {
  const base = packet.networkOffset + offset;
  let bucket = 0;
  if (link.divisor > 1) {
    const word = wordAt(packet.bytes, base + selector.hashOffset);
    if (word === undefined) return undefined;
    bucket = (link.divisor - 1) & foldHash(word, selector.hashMask);
  }
  const list = link.bucket(bucket);
  const moves = selector.offset !== 0 || selector.hasVariableOffset;
  if (!moves && !selector.eat) return { list, eaten: 0, extra: 0 };
  let extra = moves ? selector.offset + 3 : 0;
  if (selector.hasVariableOffset) {
    const [high, low] = [
      packet.bytes[base + selector.variableOffsetAt],
      packet.bytes[base + selector.variableOffsetAt + 1],
    ];
    if (high === undefined || low === undefined) return undefined;
    extra += ((high << 8 | low) & selector.variableOffsetMask) >>> selector.variableOffsetShift;
  }
  extra &= ~3;
  return selector.eat ? { list, eaten: extra, extra: 0 } : { list, eaten: 0, extra };
}

/** The masked bits, shifted down by the mask's lowest one. */
function foldHash(word: number, mask: number): number {
  const masked = (word & mask) >>> 0;
  if (mask === 0) return masked;
  const shift = 31 - Math.clz32(mask & -mask);
  return masked >>> shift;
}
