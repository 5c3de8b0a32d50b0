import { invariant } from "./invariant.ts";
import { U32Table } from "./u32_table.ts";

/** Bit that marks the ids of tables that the kernel numbers itself: 0x800 to 0xfff. */
const GENERATED = 0x800;
/** Largest number that the kernel gives a table, without that bit. */
const GENERATED_MAX = 0x7ff;

/** The `u32` tables of one qdisc. */
export class U32Tables {
  readonly #tables: Map<number, U32Table> = new Map();
  /**
   * What the kernel has down as taken: small numbers for its own ids, whole handles for ids that
   * were asked for. The two never meet, even where they spell the same.
   */
  readonly #taken: Set<number> = new Set();
  #lastGenerated = 0;
  #classifierCount = 0;

  /** Tables by handle, in the order of their making. */
  get tables(): ReadonlyMap<number, U32Table> {
    return this.#tables;
  }

  /** Classifiers that share these tables. */
  get classifierCount(): number {
    return this.#classifierCount;
  }

  /** Nodes in all tables. */
  get nodeCount(): number {
    let count = 0;
    for (const table of this.#tables.values()) count += table.size;
    return count;
  }

  /**
   * Makes the table in which a classifier starts.
   *
   * @param priority Priority of the classifier.
   * @returns The table, or undefined where no number is left.
   */
  addRoot(priority: number): U32Table | undefined {
    if (this.#classifierCount === 0) {
      // The first root always is 800:, and takes no number.
      this.#classifierCount = 1;
      return this.#add((GENERATED << 20) >>> 0, { divisor: 1, priority, isRoot: true });
    }
    const handle = this.#generate();
    if (handle === undefined) return undefined;
    this.#classifierCount += 1;
    return this.#add(handle, { divisor: 1, priority, isRoot: true });
  }

  /**
   * Makes the root table of a classifier that is restored, under the handle that it had.
   *
   * @param handle The handle, of the kernel's own range.
   * @param priority Priority of the classifier.
   */
  restoreRoot(handle: number, priority: number): U32Table {
    invariant(!this.#tables.has(handle), "a table is restored once");
    const number = (handle >>> 20) & GENERATED_MAX;
    if (number !== 0) this.#taken.add(number);
    this.#lastGenerated = Math.max(this.#lastGenerated, number);
    this.#classifierCount += 1;
    return this.#add(handle, { divisor: 1, priority, isRoot: true });
  }

  /**
   * Makes a table.
   *
   * @param spec Its handle, 0 for the kernel's choice; its number of buckets and its classifier's
   * priority.
   * @returns The table, or undefined where the handle is taken or no number is left.
   */
  add(
    spec: { readonly handle: number; readonly divisor: number; readonly priority: number },
  ): U32Table | undefined {
    const { handle, divisor, priority } = spec;
    if (handle !== 0 && this.#taken.has(handle)) return undefined;
    const chosen = handle === 0 ? this.#generate() : handle;
    if (chosen === undefined) return undefined;
    if (handle !== 0) this.#taken.add(handle);
    return this.#add(chosen, { divisor, priority, isRoot: false });
  }

  /** @param table A table that nothing links to; its nodes go with it. */
  remove(table: U32Table): void {
    invariant(this.#tables.get(table.handle) === table, "a removed table was there");
    this.#tables.delete(table.handle);
    // A table that was asked for under an id of the kernel's own range keeps its mark: the kernel
    // frees another number than it took.
    this.#taken.delete(isGenerated(table.handle) ? (table.handle >>> 20) & 0x7ff : table.handle);
  }

  /** A classifier goes: the root with it, and with the last one every table. */
  removeRoot(root: U32Table): void {
    this.#classifierCount -= 1;
    this.remove(root);
    if (this.#classifierCount > 0) return;
    this.#tables.clear();
    this.#taken.clear();
    this.#lastGenerated = 0;
  }

  #add(
    handle: number,
    spec: { readonly divisor: number; readonly priority: number; readonly isRoot: boolean },
  ): U32Table {
    const table = new U32Table({ handle, ...spec });
    this.#tables.set(handle, table);
    return table;
  }

  /** Numbers go round: the next one after the last, not the lowest. */
  #generate(): number | undefined {
    for (let step = 1; step <= GENERATED_MAX; step++) {
      const number = (this.#lastGenerated + step - 1) % GENERATED_MAX + 1;
      if (this.#taken.has(number)) continue;
      this.#taken.add(number);
      this.#lastGenerated = number;
      return ((GENERATED | number) << 20) >>> 0;
    }
    return undefined;
  }
}

function isGenerated(handle: number): boolean {
  return (handle & 0x80000000) !== 0;
}
