/**
 * Rates as Linux keeps them: a multiplier and a shift that turn bytes into nanoseconds.
 *
 * @module
 */

/** Nanoseconds in one tick, the unit of token buckets between `tc` and the kernel. */
export const NS_PER_TICK = 64;

/** From here on, the product of a length and a multiplier may be too long for a double. */
const EXACT_BYTES = 2 ** 21;

/** A rate, ready to turn packet sizes into time. */
export interface Rate {
  /** The rate itself. */
  readonly bytesPerSecond: number;
  /** Multiplier with its highest bit at 2³¹. */
  readonly multiplier: number;
  /** Power of two by which the product is divided. */
  readonly divisor: number;
}

/**
 * Prepares a rate.
 *
 * @param bytesPerSecond The rate, at least 1.
 * @throws {RangeError} If it is not.
 */
export function prepareRate(bytesPerSecond: number): Rate {
  if (!(bytesPerSecond >= 1)) throw new RangeError(`${bytesPerSecond} bytes/s is no rate`);
  let factor = 1_000_000_000n;
  let shift = 0;
  const rate = BigInt(Math.round(bytesPerSecond));
  while (((factor / rate) & (1n << 31n)) === 0n && (factor & (1n << 63n)) === 0n) {
    factor <<= 1n;
    shift += 1;
  }
  return { bytesPerSecond, multiplier: Number(factor / rate), divisor: 2 ** shift };
}

/**
 * Gives the time that bytes take at a rate, rounded down as Linux does.
 *
 * @param rate The rate.
 * @param lengthBytes How many bytes.
 * @returns Nanoseconds.
 */
export function durationNs(rate: Rate, lengthBytes: number): number {
  // A frame has 17 bits and the multiplier 32, so the product stays exact in a double.
  if (lengthBytes >= EXACT_BYTES) {
    return Number(BigInt(lengthBytes) * BigInt(rate.multiplier) / BigInt(rate.divisor));
  }
  return Math.floor(lengthBytes * rate.multiplier / rate.divisor);
}
