import type { U32Bucket } from "../model/u32_bucket.ts";
import type { U32Key, U32Node } from "../model/u32_node.ts";
import type { Packet } from "./packet.ts";

/** Where in a packet a walk stands. */
export interface U32Cursor {
  readonly packet: Packet;
  /** Where keys count from, in bytes from the frame's beginning. */
  base: number;
  /** What keys behind `nexthdr+` count from besides, in bytes. */
  extra: number;
}

/** Tells of the walk's end: a key lies past the packet's end. */
export const PAST_END = -1;

/**
 * Finds the next rule of a list that a packet matches, and counts for every rule on the way.
 *
 * @returns The rule's index in the list, at or after `from`; the length of the list where none
 * matches; {@linkcode PAST_END} where a key lies past the packet's end.
 */
export type U32Scan = (bucket: U32Bucket, from: number, cursor: U32Cursor) => number;

/**
 * Walks rule by rule, as the kernel does.
 *
 * @param bucket The list.
 * @param from Index of the first rule to try.
 * @param cursor Where in the packet the walk stands.
 * @param listener Hears of every rule that is tried.
 */
export function scanRules(
  bucket: U32Bucket,
  from: number,
  cursor: U32Cursor,
  listener?: (node: U32Node, matched: boolean) => void,
): number {
  const { nodes } = bucket;
  for (let index = from; index < nodes.length; index++) {
    const node = nodes[index];
    if (node === undefined) break;
    node.addHits(1);
    const matched = matchKeys(node, cursor);
    listener?.(node, matched === true);
    if (matched === undefined) return PAST_END;
    if (matched) return index;
  }
  return nodes.length;
}

/** Tells whether all keys hold; undefined where one lies past the packet's end. */
function matchKeys(node: U32Node, { packet, base, extra }: U32Cursor): boolean | undefined {
  const { keys } = node.spec;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i];
    if (key === undefined) break;
    const at = base + positionOf(key, extra);
    if (at + 4 > packet.bytes.length) return undefined;
    if (((packet.wordAt(at) ^ key.value) & key.mask) !== 0) return false;
    node.addKeyHits(i, 1);
  }
  return true;
}

/**
 * Tells where a key's word begins.
 *
 * @param key The key.
 * @param extra What keys behind `nexthdr+` count from besides, in bytes.
 * @returns Bytes from where the walk stands.
 */
export function positionOf(key: Pick<U32Key, "offset" | "offsetMask">, extra: number): number {
  return key.offset + (extra & key.offsetMask);
}
