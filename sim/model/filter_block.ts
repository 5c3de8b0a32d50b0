import type { Handle } from "./handle.ts";
import { invariant } from "./invariant.ts";
import type { Qdisc } from "./qdisc.ts";
import type { U32Table } from "./u32_table.ts";
import type { U32Node } from "./u32_node.ts";

/**
 * All filters of one priority and protocol at one place: what the kernel calls a `tcf_proto`.
 * Everything in it is of one kind; the simulator knows `u32` alone.
 */
export interface Classifier {
  readonly kind: "u32";
  /** Order among its siblings, 1 (first) to 65535. */
  readonly priority: number;
  /** EtherType that it looks at, 1 to 0xffff; 3 (`all`) takes every packet. */
  readonly protocol: number;
  /** The table where classification starts. */
  readonly root: U32Table;
}

/** EtherType that stands for every protocol. */
export const PROTOCOL_ALL = 0x0003;

/** A place where filters hang: one side of a qdisc, or a class. */
export class FilterBlock {
  /** The qdisc that asks these filters. */
  readonly qdisc: Qdisc;
  /** The handle that filters name as their parent. */
  readonly parent: Handle;
  /** Tables of all its `u32` classifiers by their id, in bits 20 to 31 of a handle: 0x800 … 0xfff. */
  readonly tables: Map<number, U32Table> = new Map();
  #classifiers: Classifier[] = [];

  /**
   * @param qdisc The qdisc that asks these filters.
   * @param parent The handle that filters name as their parent.
   */
  constructor(qdisc: Qdisc, parent: Handle) {
    this.qdisc = qdisc;
    this.parent = parent;
  }

  /** Its classifiers in the order in which packets meet them: ascending priority. */
  get classifiers(): readonly Classifier[] {
    return this.#classifiers;
  }

  /** @param classifier What to hang in, before the first one of a higher priority number. */
  insert(classifier: Classifier): void {
    const at = this.#classifiers.findIndex((other) => other.priority >= classifier.priority);
    const index = at === -1 ? this.#classifiers.length : at;
    invariant(
      this.#classifiers[index]?.priority !== classifier.priority,
      `priority ${classifier.priority} stands once in a chain`,
    );
    this.#classifiers.splice(index, 0, classifier);
  }

  /** @param classifier What to take out. */
  remove(classifier: Classifier): void {
    const index = this.#classifiers.indexOf(classifier);
    invariant(index !== -1, "a removed classifier was there");
    this.#classifiers.splice(index, 1);
  }

  /** Every filter node in it, table by table and bucket by bucket. */
  *nodes(): Generator<U32Node> {
    for (const table of this.tables.values()) yield* table.nodes();
  }
}
