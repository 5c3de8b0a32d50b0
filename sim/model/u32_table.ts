import { invariant } from "./invariant.ts";
import { U32Bucket } from "./u32_bucket.ts";
import type { U32Node } from "./u32_node.ts";

/** A hash table of `u32` nodes. A bucket is a list, kept by ascending node number. */
export class U32Table {
  /** Its handle: an id of 12 bits, then 20 zero bits. */
  readonly handle: number;
  /** Number of buckets: a power of two, 1 to 256. */
  readonly divisor: number;
  /** Priority of the classifier that it was made for. */
  readonly priority: number;
  /** Whether classification starts in it. */
  readonly isRoot: boolean;
  /** Nodes whose `link` names it; it can only go when there is none. */
  linkCount = 0;
  readonly #buckets: Map<number, U32Bucket> = new Map();
  readonly #nodesByHandle: Map<number, U32Node> = new Map();
  /** Handles that are taken; those that several nodes share are freed with the first of them. */
  readonly #taken: Set<number> = new Set();
  /** Where to begin looking for a free number, so that filling a bucket is not quadratic. */
  readonly #freeFrom: Map<number, number> = new Map();

  /**
   * @param spec Its id, size and place.
   */
  constructor(
    spec: {
      readonly handle: number;
      readonly divisor: number;
      readonly priority: number;
      readonly isRoot: boolean;
    },
  ) {
    this.handle = spec.handle;
    this.divisor = spec.divisor;
    this.priority = spec.priority;
    this.isRoot = spec.isRoot;
  }

  /** Its id, 1 to 0xfff; printed in hexadecimal before the first colon of a handle. */
  get id(): number {
    return this.handle >>> 20;
  }

  /** Number of nodes in it. */
  get size(): number {
    return this.#nodesByHandle.size;
  }

  /** @param bucket Its number. @returns The list there; undefined where it is empty. */
  bucket(bucket: number): U32Bucket | undefined {
    return this.#buckets.get(bucket);
  }

  /** @param handle A whole node handle. @returns The node, if it is here. */
  node(handle: number): U32Node | undefined {
    return this.#nodesByHandle.get(handle);
  }

  /** @param handle A whole node handle. @returns Whether the kernel has it down as taken. */
  isTaken(handle: number): boolean {
    return this.#taken.has(handle);
  }

  /**
   * Chooses a node handle as the kernel does: numbers 0x800 to 0xfff, then 1 to 0x7ff, and once all
   * are taken 0xfff again and again.
   *
   * @param base Handle of the bucket: table id and bucket number.
   */
  generateHandle(base: number): number {
    for (const [from, to] of [[0x800, 0xfff], [1, 0x7ff]] as const) {
      const hint = this.#freeFrom.get(base + from) ?? from;
      for (let number = hint; number <= to; number++) {
        if (!this.#taken.has(base + number)) {
          this.#freeFrom.set(base + from, number);
          return base + number;
        }
      }
      this.#freeFrom.set(base + from, to + 1);
    }
    return base + 0xfff;
  }

  /** Its nodes, bucket by bucket. */
  *nodes(): Generator<U32Node> {
    const buckets = [...this.#buckets].sort(([a], [b]) => a - b);
    for (const [, { nodes }] of buckets) yield* nodes;
  }

  /** @param node What to put in its bucket, behind nodes of lower or equal number. */
  insert(node: U32Node): void {
    invariant(node.table === this, "a node stands in the table that its handle names");
    const bucket = this.#buckets.get(node.bucket) ?? new U32Bucket();
    bucket.insert(node);
    this.#buckets.set(node.bucket, bucket);
    this.#taken.add(node.handle);
    if (!this.#nodesByHandle.has(node.handle)) this.#nodesByHandle.set(node.handle, node);
  }

  /**
   * Puts a node in another's place.
   *
   * @param old The node that goes.
   * @param node The one that takes its place and handle.
   */
  replace(old: U32Node, node: U32Node): void {
    invariant(old.handle === node.handle, "a node is replaced under its own handle");
    this.#filledBucket(old).replace(old, node);
    if (this.#nodesByHandle.get(old.handle) === old) this.#nodesByHandle.set(old.handle, node);
  }

  /** @param node What to take out. */
  remove(node: U32Node): void {
    const bucket = this.#filledBucket(node);
    bucket.remove(node);
    if (bucket.nodes.length === 0) this.#buckets.delete(node.bucket);
    this.#nodesByHandle.delete(node.handle);
    this.#taken.delete(node.handle);
    for (const from of [0x800, 1]) this.#freeFrom.delete(node.handle - node.number + from);
    // Past 4,095 nodes the kernel gives several the same handle; the first one answers to it.
    const twin = bucket.nodes.find((other) => other.handle === node.handle);
    if (twin !== undefined) this.#nodesByHandle.set(twin.handle, twin);
  }

  #filledBucket(node: U32Node): U32Bucket {
    const bucket = this.#buckets.get(node.bucket);
    invariant(bucket !== undefined, "the bucket of a node in a table is there");
    return bucket;
  }
}
