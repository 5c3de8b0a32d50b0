/** The most slots of a bitmap: one for each port. */
const SLOTS_MAX = 65_536;

/**
 * A set of small numbers that finds its lowest member in a few steps, however full it is.
 *
 * Three levels of 32-bit words: a bit of a leaf is a slot, a bit of a middle word says that a leaf
 * has members, and a bit of a top word says that a middle word has.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const slots = new SlotBitmap(4_032);
 * slots.add(4_031);
 * slots.add(70);
 * assertEquals(slots.lowest(), 70);
 * ```
 */
export class SlotBitmap {
  readonly #slots: number;
  readonly #leaves: Int32Array;
  readonly #middle: Int32Array;
  readonly #top: Int32Array;

  /**
   * Makes the empty set.
   *
   * @param slots How many slots there are, 1 to 65536; all start outside the set.
   * @throws {RangeError} If `slots` is no integer from 1 to 65536.
   */
  constructor(slots: number) {
    if (!Number.isInteger(slots) || slots < 1 || slots > SLOTS_MAX) {
      throw new RangeError(`A bitmap cannot have ${slots} slots; give an integer from 1 to 65536`);
    }
    this.#slots = slots;
    this.#leaves = new Int32Array((slots + 0x1f) >>> 5);
    this.#middle = new Int32Array((slots + 0x3ff) >>> 10);
    this.#top = new Int32Array((slots + 0x7fff) >>> 15);
  }

  /**
   * Tells whether a slot is in the set.
   *
   * @param slot Number of the slot; one beyond the last is not in the set.
   */
  has(slot: number): boolean {
    return (((this.#leaves[slot >>> 5] ?? 0) >>> (slot & 31)) & 1) === 1;
  }

  /**
   * Puts a slot into the set; one that is there stays.
   *
   * @param slot Number of the slot, from 0.
   * @throws {RangeError} If there is no such slot.
   */
  add(slot: number): void {
    this.#check(slot);
    setBit(this.#leaves, slot);
    setBit(this.#middle, slot >>> 5);
    setBit(this.#top, slot >>> 10);
  }

  /**
   * Takes a slot out of the set; one that is not there stays away.
   *
   * @param slot Number of the slot, from 0.
   * @throws {RangeError} If there is no such slot.
   */
  delete(slot: number): void {
    this.#check(slot);
    if (clearBit(this.#leaves, slot) !== 0) return;
    if (clearBit(this.#middle, slot >>> 5) !== 0) return;
    clearBit(this.#top, slot >>> 10);
  }

  /**
   * Finds the lowest slot of the set.
   *
   * @returns Its number, or -1 where the set is empty.
   */
  lowest(): number {
    for (let i = 0; i < this.#top.length; i++) {
      const top = this.#top[i] ?? 0;
      if (top === 0) continue;
      const middle = (i << 5) | lowestBit(top);
      const leaf = (middle << 5) | lowestBit(this.#middle[middle] ?? 0);
      return (leaf << 5) | lowestBit(this.#leaves[leaf] ?? 0);
    }
    return -1;
  }

  #check(slot: number): void {
    if (slot >= 0 && slot < this.#slots) return;
    throw new RangeError(`There is no slot ${slot}; give one from 0 to ${this.#slots - 1}`);
  }
}

function setBit(words: Int32Array, bit: number): void {
  const word = bit >>> 5;
  words[word] = (words[word] ?? 0) | (1 << (bit & 31));
}

/** Clears a bit and gives what is left of its word. */
function clearBit(words: Int32Array, bit: number): number {
  const word = bit >>> 5;
  const left = (words[word] ?? 0) & ~(1 << (bit & 31));
  words[word] = left;
  return left;
}

/** Number of the lowest one of a word, from 0. */
function lowestBit(word: number): number {
  // An upper level promises a member below: without one the levels disagree, which is a bug here.
  if (word === 0) throw new Error("A level of the bitmap promises a member that is not there");
  return 31 - Math.clz32(word & -word);
}
