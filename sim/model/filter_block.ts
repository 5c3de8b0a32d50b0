import type { Handle } from "./handle.ts";
import { invariant } from "./invariant.ts";
import type { Qdisc } from "./qdisc.ts";
import type { U32Table } from "./u32_table.ts";

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
  /** The handle that the last added filter named; this is the one that listings show. */
  shownParent: Handle;
  #classifiers: Classifier[] = [];
  readonly #byPriority: Map<number, Classifier> = new Map();
  /** What packets of an EtherType meet, for those that were asked for since anything changed. */
  readonly #byProtocol: Map<number, readonly Classifier[]> = new Map();

  /**
   * @param qdisc The qdisc that asks these filters.
   * @param parent The handle that filters name as their parent.
   */
  constructor(qdisc: Qdisc, parent: Handle) {
    this.qdisc = qdisc;
    this.parent = parent;
    this.shownParent = parent;
  }

  /** Tables of `u32` by their handle. All filters of a qdisc share them. */
  get tables(): ReadonlyMap<number, U32Table> {
    return this.qdisc.u32.tables;
  }

  /** Its classifiers in the order in which packets meet them: ascending priority. */
  get classifiers(): readonly Classifier[] {
    return this.#classifiers;
  }

  /** @param priority A priority. @returns What hangs there. */
  classifier(priority: number): Classifier | undefined {
    return this.#byPriority.get(priority);
  }

  /**
   * Gives the classifiers that packets of an EtherType meet, in their order.
   *
   * @param protocol The packets' EtherType.
   */
  classifiersFor(protocol: number): readonly Classifier[] {
    let met = this.#byProtocol.get(protocol);
    if (met === undefined) {
      met = this.#classifiers.filter((classifier) =>
        classifier.protocol === PROTOCOL_ALL || classifier.protocol === protocol
      );
      this.#byProtocol.set(protocol, met);
    }
    return met;
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
    this.#byPriority.set(classifier.priority, classifier);
    this.#byProtocol.clear();
  }

  /** @param classifier What to take out. */
  remove(classifier: Classifier): void {
    const index = this.#classifiers.indexOf(classifier);
    invariant(index !== -1, "a removed classifier was there");
    this.#classifiers.splice(index, 1);
    this.#byPriority.delete(classifier.priority);
    this.#byProtocol.clear();
  }

  /**
   * Lists what the kernel lists under a classifier: every table of its priority on the whole
   * qdisc, newest first.
   *
   * @param classifier One of its classifiers.
   */
  tablesOf(classifier: Classifier): U32Table[] {
    return [...this.qdisc.u32.tables.values()]
      .filter((table) => table.priority === classifier.priority)
      .reverse();
  }
}
