import { invariant } from "./invariant.ts";
import type { U32Node } from "./u32_node.ts";

/** Whoever counts for the nodes of a bucket, and has not told them yet. */
export interface PendingCounts {
  /** Tells the nodes what was counted for them. */
  settle(): void;
}

/** One list of a hash table, by ascending node number: the order in which packets meet it. */
export class U32Bucket {
  readonly #nodes: U32Node[] = [];
  #pending: PendingCounts | undefined;
  /** Packets that walked it since it last changed. */
  walks = 0;

  /** Its nodes. */
  get nodes(): readonly U32Node[] {
    return this.#nodes;
  }

  /** Whoever counts for it since it last changed. */
  get pending(): PendingCounts | undefined {
    return this.#pending;
  }

  /** @param pending Whoever counts for its nodes from now on, until it changes. */
  countWith(pending: PendingCounts): void {
    this.settle();
    this.#pending = pending;
  }

  /** Brings the counters of its nodes up to date. */
  settle(): void {
    this.#pending?.settle();
  }

  /** @param node What to put behind nodes of lower or equal number. */
  insert(node: U32Node): void {
    this.#change();
    let low = 0;
    let high = this.#nodes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#nodes[middle]?.number ?? 0) <= node.number) low = middle + 1;
      else high = middle;
    }
    this.#nodes.splice(low, 0, node);
  }

  /**
   * Puts a node in another's place.
   *
   * @param old The node that goes.
   * @param node The one that takes its place.
   */
  replace(old: U32Node, node: U32Node): void {
    this.#nodes[this.#indexOf(old)] = node;
  }

  /** @param node What to take out. */
  remove(node: U32Node): void {
    this.#nodes.splice(this.#indexOf(node), 1);
  }

  #indexOf(node: U32Node): number {
    this.#change();
    const index = this.#nodes.indexOf(node);
    invariant(index !== -1, "a node stands in its bucket until it is taken out");
    return index;
  }

  #change(): void {
    this.settle();
    this.#pending = undefined;
    this.walks = 0;
  }
}
