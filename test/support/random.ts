/**
 * Random numbers that are the same in every run: 32-bit SplitMix, whose state is one counter.
 *
 * Tests print the seed in their titles or failures, so that a failing run can be had again.
 */
export class Random {
  #state: number;

  /**
   * @param seed Any integer; its low 32 bits count.
   */
  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** Gives an integer from 0 to 4,294,967,295. */
  uint32(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let bits = this.#state;
    bits = Math.imul(bits ^ (bits >>> 16), 0x21f0aaad);
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
    return (bits ^ (bits >>> 15)) >>> 0;
  }

  /**
   * Gives an integer from 0 to `limit - 1`.
   *
   * @param limit From 1 to 2^32.
   */
  below(limit: number): number {
    return Math.floor(this.uint32() / 2 ** 32 * limit);
  }

  /**
   * Gives an integer from `low` to `high`, both included.
   *
   * @param low The lowest it may be.
   * @param high The highest it may be.
   */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /**
   * Gives one of some items.
   *
   * @param items At least one.
   * @throws {RangeError} If there are none.
   */
  pick<T>(items: readonly T[]): T {
    const chosen = this.below(items.length);
    for (const item of items.slice(chosen, chosen + 1)) return item;
    throw new RangeError("There is nothing to pick from");
  }
}
