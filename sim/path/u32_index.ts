/**
 * An index over one list of `u32` rules: it finds what a walk rule by rule would find, and counts
 * what that walk would count, in time that hardly grows with the list.
 *
 * Rules that begin with the same comparisons share them: the list becomes a tree whose branches
 * are words of the packet under a mask, looked up by their bits. A packet's walk along the list is
 * an interval of it, from the first rule tried to the last. Every comparison that the packet passes
 * counts for those of its rules that lie in that interval; the sums are told to the rules when
 * somebody reads them.
 *
 * @module
 */

import type { PendingCounts, U32Bucket } from "../model/u32_bucket.ts";
import type { U32Key, U32Node } from "../model/u32_node.ts";
import { Places } from "./places.ts";
import { PAST_END, positionOf, scanRules, type U32Cursor } from "./u32_scan.ts";

/** Lists that are shorter are walked rule by rule: there is little to win. */
const INDEXED_LENGTH_MIN = 4;
/** Packets after which a list that does not change is worth an index. */
const WALKS_BEFORE_INDEX = 16;

/** A word of the packet under a mask, and where each value of it leads. */
interface Branch {
  readonly key: Omit<U32Key, "value">;
  /** Rules that compare this word next. */
  readonly members: Places;
  readonly children: Map<number, Prefix>;
}

/** Rules that share their first comparisons. */
class Prefix {
  /** How many comparisons they share. */
  readonly depth: number;
  /** Their places in the list. */
  readonly members = new Places();
  readonly #complete = new Places();
  readonly branches: Branch[] = [];
  /** Intervals that held all members. */
  #wholes = 0;
  /** Other intervals of members: +1 where one begins, -1 behind its end. */
  #changes: number[] | undefined;

  /** @param depth How many comparisons its rules share. */
  constructor(depth: number) {
    this.depth = depth;
  }

  /** Those that have no more comparisons: a packet that comes this far matches them. */
  get complete(): Places {
    return this.branches.length === 0 ? this.members : this.#complete;
  }

  /**
   * Adds a rule.
   *
   * @param place Its place, higher than all others.
   * @param isComplete Whether it has no more comparisons.
   */
  add(place: number, isComplete: boolean): void {
    this.members.add(place);
    if (isComplete) this.#complete.add(place);
  }

  /**
   * Counts one packet for its rules in an interval of the list.
   *
   * @param from First place of the interval.
   * @param to Last place of the interval.
   */
  count(from: number, to: number): void {
    const { members } = this;
    if (from <= members.first && to >= members.last) {
      this.#wholes += 1;
      return;
    }
    const begin = members.rankFrom(from);
    const end = members.rankFrom(to + 1);
    if (begin >= end) return;
    const changes = this.#changes ??= new Array<number>(members.all.length + 1).fill(0);
    changes[begin] = (changes[begin] ?? 0) + 1;
    changes[end] = (changes[end] ?? 0) - 1;
  }

  /** @param nodes The list, whose nodes are told what was counted for them. */
  settle(nodes: readonly U32Node[]): void {
    if (this.#wholes === 0 && this.#changes === undefined) return;
    let count = this.#wholes;
    this.members.all.forEach((place, rank) => {
      count += this.#changes?.[rank] ?? 0;
      if (this.depth === 0) nodes[place]?.addHits(count);
      else nodes[place]?.addKeyHits(this.depth - 1, count);
    });
    this.#wholes = 0;
    this.#changes = undefined;
  }
}

/** An index over a list that stays as it is for as long as the index is used. */
export class U32Index implements PendingCounts {
  readonly #nodes: readonly U32Node[];
  readonly #root = new Prefix(0);
  readonly #all: Prefix[] = [this.#root];
  /** The prefixes that a packet has: room that `next` uses again and again. */
  readonly #passed: Prefix[] = [this.#root];

  /** @param nodes The list. */
  constructor(nodes: readonly U32Node[]) {
    this.#nodes = nodes;
    nodes.forEach((node, place) => this.#add(node, place));
  }

  /**
   * Finds the next rule that a packet matches, and counts.
   *
   * @param from Place of the first rule to try.
   * @param cursor Where in the packet the walk stands.
   * @returns The rule's place in the list, the list's length, or {@linkcode PAST_END}.
   */
  next(from: number, cursor: U32Cursor): number {
    const { packet, base, extra } = cursor;
    const passed = this.#passed;
    let count = 1;
    let last = this.#nodes.length;
    let isPastEnd = false;
    for (let i = 0; i < count; i++) {
      const prefix = passed[i];
      if (prefix === undefined) break;
      const match = prefix.complete.next(from);
      if (match < last) {
        last = match;
        isPastEnd = false;
      }
      for (const { key, members, children } of prefix.branches) {
        const at = base + positionOf(key, extra);
        if (at + 4 <= packet.bytes.length) {
          const child = children.get(packet.wordAt(at) & key.mask);
          if (child !== undefined) passed[count++] = child;
          continue;
        }
        const end = members.next(from);
        if (end < last) {
          last = end;
          isPastEnd = true;
        }
      }
    }
    for (let i = 0; i < count; i++) passed[i]?.count(from, last);
    return isPastEnd ? PAST_END : last;
  }

  /** {@inheritDoc PendingCounts.settle} */
  settle(): void {
    for (const prefix of this.#all) prefix.settle(this.#nodes);
  }

  #add(node: U32Node, place: number): void {
    const { keys } = node.spec;
    let prefix = this.#root;
    prefix.add(place, keys.length === 0);
    keys.forEach((key, i) => {
      const branch = branchAt(prefix, key);
      branch.members.add(place);
      const bits = key.value & key.mask;
      let child = branch.children.get(bits);
      if (child === undefined) {
        child = new Prefix(prefix.depth + 1);
        branch.children.set(bits, child);
        this.#all.push(child);
      }
      prefix = child;
      prefix.add(place, i === keys.length - 1);
    });
  }
}

/** The branch of a prefix for a key's word, made where there is none. */
function branchAt({ branches }: Prefix, { mask, offset, offsetMask }: U32Key): Branch {
  const known = branches.find(({ key }) =>
    key.mask === mask && key.offset === offset && key.offsetMask === offsetMask
  );
  if (known !== undefined) return known;
  const branch = {
    key: { mask, offset, offsetMask },
    members: new Places(),
    children: new Map<number, Prefix>(),
  };
  branches.push(branch);
  return branch;
}

/**
 * Goes through an index where a list is long and stays as it is, and rule by rule where not. Both
 * find the same and count the same.
 *
 * @param bucket The list.
 * @param from Index of the first rule to try.
 * @param cursor Where in the packet the walk stands.
 */
export function scanFast(bucket: U32Bucket, from: number, cursor: U32Cursor): number {
  if (bucket.nodes.length >= INDEXED_LENGTH_MIN) {
    if (bucket.walks >= WALKS_BEFORE_INDEX) return indexOf(bucket).next(from, cursor);
    bucket.walks += 1;
  }
  return scanRules(bucket, from, cursor);
}

/**
 * Gives the index of a list, made where there is none since the list last changed.
 *
 * @param bucket The list.
 */
export function indexOf(bucket: U32Bucket): U32Index {
  if (bucket.pending instanceof U32Index) return bucket.pending;
  const index = new U32Index(bucket.nodes);
  bucket.countWith(index);
  return index;
}
