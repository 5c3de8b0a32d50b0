/** How much more something may be at the end than at the beginning. */
export interface Slack {
  /** Of how many times as much. */
  readonly factor: number;
  /** And how much besides. */
  readonly offset: number;
}

/**
 * Compares the last third of a series with its first, each by its median, so that neither a
 * moment's peak nor a slow start counts.
 *
 * @param series Values in the order of time.
 * @param slack How much more the last may be.
 * @returns Both medians, and whether the series is flat; a series of fewer than six tells nothing.
 */
export function judgeFlatness(
  series: readonly number[],
  slack: Slack,
): { readonly first: number; readonly last: number; readonly isFlat: boolean } {
  const third = Math.floor(series.length / 3);
  const [first, last] = [series.slice(0, third), series.slice(-third)].map(median);
  const { factor, offset } = slack;
  const isFlat = series.length < 6 || (last ?? 0) <= (first ?? 0) * factor + offset;
  return { first: first ?? 0, last: last ?? 0, isFlat };
}

/**
 * Gives the middle one of some values.
 *
 * @param values The values; 0 stands for none.
 */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
