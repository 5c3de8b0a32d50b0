/** What is known of some rates, in the reference's names. */
export interface RatePercentiles {
  /** The least. */
  readonly min: number;
  /** The greatest. */
  readonly max: number;
  /** Half are at or below it. */
  readonly p50: number;
  /** The 90th percentile. */
  readonly p90: number;
  /** The 95th percentile. */
  readonly p95: number;
  /** The 99th percentile. */
  readonly p99: number;
  /** The 99.9th percentile. */
  readonly p999: number;
  /** The 99.99th percentile. */
  readonly p9999: number;
  /** How many rates there are. */
  readonly samples: number;
}

/**
 * Computes percentiles by linear interpolation between the closest ranks, whole as the reference
 * keeps them.
 *
 * @param values Whole numbers from 0 up, in any order.
 * @returns The percentiles, or undefined for fewer than two values, of which there are none.
 */
export function percentilesOf(values: readonly number[]): RatePercentiles | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined || sorted.length < 2) return undefined;
  const at = (share: number) => {
    const position = share * (sorted.length - 1);
    const index = Math.floor(position);
    const below = sorted[index] ?? max;
    const above = sorted[index + 1] ?? max;
    return Math.trunc(below + (above - below) * (position - index));
  };
  return {
    min,
    max,
    p50: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    p99: at(0.99),
    p999: at(0.999),
    p9999: at(0.9999),
    samples: sorted.length,
  };
}
