/**
 * The one source of chance in a simulation: a 32-bit xorshift-multiply generator, the same numbers
 * on every machine for the same seed.
 */
export class SeededRandom {
  #state: number;

  /**
   * @param seed Any integer; its low 32 bits count.
   */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Gives the next number, 0 to 2³² − 1. */
  nextUint32(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ mixed >>> 16, 0x21f0aaad);
    mixed = Math.imul(mixed ^ mixed >>> 15, 0x735a2d97);
    return (mixed ^ mixed >>> 15) >>> 0;
  }

  /**
   * Gives the next whole number below a limit.
   *
   * @param limit At least 1 and at most 2³².
   * @throws {RangeError} If `limit` is out of range.
   */
  below(limit: number): number {
    if (!Number.isInteger(limit) || limit < 1 || limit > 0x100000000) {
      throw new RangeError(`There is no number below ${limit}`);
    }
    return Math.floor(this.nextUint32() / 0x100000000 * limit);
  }

  /**
   * Says yes with a probability.
   *
   * @param probability From 0 (never) to 1 (always).
   */
  chance(probability: number): boolean {
    return this.nextUint32() / 0x100000000 < probability;
  }
}
