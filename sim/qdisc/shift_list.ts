/** Gone items at the front of the array before it is cut. */
const COMPACTION_THRESHOLD = 64;

/** A list that grows at its end and is taken from at its front, both cheaply. */
export class ShiftList<Item> {
  #items: (Item | undefined)[] = [];
  #head = 0;

  /** Items in it. */
  get length(): number {
    return this.#items.length - this.#head;
  }

  /** The item that {@linkcode shift} would give. */
  get first(): Item | undefined {
    return this.#items[this.#head];
  }

  /** @param item What to append. */
  push(item: Item): void {
    this.#items.push(item);
  }

  /** Takes out the first item. */
  shift(): Item | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head >= COMPACTION_THRESHOLD && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Takes everything out. */
  clear(): void {
    this.#items = [];
    this.#head = 0;
  }
}
