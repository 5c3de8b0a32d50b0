import type { Random } from "./machine.ts";

/** What a bad wire does to frames. Chances are from 0 (never) to 1 (always). */
export interface ImpairmentOptions {
  /** Chance that a frame is lost. */
  readonly loss?: number;
  /** Chance that a frame arrives twice. */
  readonly duplication?: number;
  /** Chance that a frame is held back, so that those behind it overtake it. */
  readonly reordering?: number;
  /** How long a frame is held back, in nanoseconds; a millisecond when left out. */
  readonly holdBackNs?: number;
  /** Time that every frame takes beyond the wire's own, in nanoseconds. */
  readonly delayNs?: number;
  /** Most that this time varies by, up and down, in nanoseconds; frames may overtake others. */
  readonly jitterNs?: number;
}

const HOLD_BACK_NS = 1_000_000;
const UINT32_VALUES = 2 ** 32;

/** Chance at work on the frames of a wire or a link. The same seed gives the same fates. */
export class Impairment {
  readonly #options: ImpairmentOptions;
  readonly #random: Random;

  /**
   * @param options What happens to frames.
   * @param random The simulation's chance.
   * @throws {RangeError} If a chance is not from 0 to 1, or a time is negative.
   */
  constructor(options: ImpairmentOptions, random: Random) {
    for (const key of ["loss", "duplication", "reordering"] as const) {
      const chance = options[key] ?? 0;
      if (!(chance >= 0 && chance <= 1)) {
        throw new RangeError(`The chance of ${key} is ${chance}; choose one from 0 to 1`);
      }
    }
    for (const key of ["holdBackNs", "delayNs", "jitterNs"] as const) {
      const timeNs = options[key] ?? 0;
      if (!(timeNs >= 0)) throw new RangeError(`${key} is ${timeNs}; choose 0 or more`);
    }
    this.#options = options;
    this.#random = random;
  }

  /**
   * Decides what becomes of the next frame.
   *
   * @returns How much later than usual each copy of it arrives, in nanoseconds; none is lost.
   */
  nextFate(): readonly number[] {
    const { loss = 0, duplication = 0 } = this.#options;
    if (this.#happens(loss)) return [];
    const first = this.#extraNs();
    return this.#happens(duplication) ? [first, this.#extraNs()] : [first];
  }

  #extraNs(): number {
    const { reordering = 0, holdBackNs = HOLD_BACK_NS, delayNs = 0, jitterNs = 0 } = this.#options;
    const spreadNs = jitterNs === 0 ? 0 : (2 * this.#fraction() - 1) * jitterNs;
    const heldBackNs = this.#happens(reordering) ? holdBackNs : 0;
    return Math.max(0, Math.round(delayNs + spreadNs)) + heldBackNs;
  }

  /** Takes no chance for what cannot happen, so that one fault alone does not shift another. */
  #happens(chance: number): boolean {
    return chance > 0 && this.#fraction() < chance;
  }

  /** From 0 to just below 1. */
  #fraction(): number {
    return this.#random.nextUint32() / UINT32_VALUES;
  }
}
