import { invariant } from "./invariant.ts";
import type { U32Node } from "./u32_node.ts";

/** A hash table of `u32` nodes. A bucket is a list, kept by ascending node number. */
export class U32Table {
  /** Its id, 1 to 0xfff; printed in hexadecimal before the first colon of a handle. */
  readonly id: number;
  /** Number of buckets: a power of two, 1 to 256. */
  readonly divisor: number;
  /** Priority of the classifier that it was made for. */
  readonly priority: number;
  /** Whether classification starts in it. */
  readonly isRoot: boolean;
  /** Nodes whose `link` names it; it can only go when there is none. */
  linkCount = 0;
  readonly #buckets: Map<number, U32Node[]> = new Map();
  readonly #nodesByHandle: Map<number, U32Node> = new Map();

  /**
   * @param spec Its id, size and place.
   */
  constructor(
    spec: {
      readonly id: number;
      readonly divisor: number;
      readonly priority: number;
      readonly isRoot: boolean;
    },
  ) {
    this.id = spec.id;
    this.divisor = spec.divisor;
    this.priority = spec.priority;
    this.isRoot = spec.isRoot;
  }

  /** Its handle: the id in the upper 12 bits. */
  get handle(): number {
    return (this.id << 20) >>> 0;
  }

  /** Number of nodes in it. */
  get size(): number {
    return this.#nodesByHandle.size;
  }

  /** @param bucket Its number. @returns Its nodes in the order in which packets meet them. */
  bucket(bucket: number): readonly U32Node[] {
    return this.#buckets.get(bucket) ?? [];
  }

  /** @param handle A whole node handle. @returns The node, if it is here. */
  node(handle: number): U32Node | undefined {
    return this.#nodesByHandle.get(handle);
  }

  /** Its nodes, bucket by bucket. */
  *nodes(): Generator<U32Node> {
    const buckets = [...this.#buckets.keys()].sort((a, b) => a - b);
    for (const bucket of buckets) yield* this.bucket(bucket);
  }

  /** @param node What to put in its bucket, behind nodes of lower or equal number. */
  insert(node: U32Node): void {
    invariant(node.table === this, "a node stands in the table that its handle names");
    const nodes = this.#buckets.get(node.bucket) ?? [];
    let low = 0;
    let high = nodes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const number = nodes[middle]?.number ?? 0;
      if (number <= node.number) low = middle + 1;
      else high = middle;
    }
    nodes.splice(low, 0, node);
    this.#buckets.set(node.bucket, nodes);
    if (!this.#nodesByHandle.has(node.handle)) this.#nodesByHandle.set(node.handle, node);
  }

  /** @param node What to take out. */
  remove(node: U32Node): void {
    const nodes = this.#buckets.get(node.bucket) ?? [];
    const index = nodes.indexOf(node);
    invariant(index !== -1, "a removed node was in its bucket");
    nodes.splice(index, 1);
    if (nodes.length === 0) this.#buckets.delete(node.bucket);
    this.#nodesByHandle.delete(node.handle);
    // Past 4,095 nodes the kernel gives several the same handle; the first one answers to it.
    const twin = nodes.find((other) => other.handle === node.handle);
    if (twin !== undefined) this.#nodesByHandle.set(twin.handle, twin);
  }
}
