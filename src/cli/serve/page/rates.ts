/** Counters of something at one moment. */
export interface Counters {
  /** When, in milliseconds of a clock that does not go back. */
  readonly atMs: number;
  /** Counters by name; undefined where the host cannot tell. */
  readonly values: Readonly<Record<string, number | undefined>>;
}

/**
 * Computes how fast counters grow.
 *
 * @param before The earlier counters; undefined where there are none.
 * @param now The later ones.
 * @returns Growth per second by name. A counter that went back belongs to a link that was made
 *   anew, and gives none.
 */
export function ratesBetween(
  before: Counters | undefined,
  now: Counters,
): Record<string, number | undefined> {
  const seconds = (now.atMs - (before?.atMs ?? now.atMs)) / 1000;
  return Object.fromEntries(
    Object.entries(now.values).map(([name, value]) => {
      const earlier = before?.values[name];
      const isTold = value !== undefined && earlier !== undefined && value >= earlier &&
        seconds > 0;
      return [name, isTold ? (value - earlier) / seconds : undefined];
    }),
  );
}

/** The latest values of some lines over time, as a chart takes them. */
export class History {
  readonly #names: readonly string[];
  readonly #most: number;
  readonly #columns: (number | null)[][];
  readonly #atSeconds: number[] = [];

  /**
   * Makes an empty history.
   *
   * @param names Names of the lines.
   * @param most How many moments are kept.
   */
  constructor(names: readonly string[], most: number) {
    this.#names = names;
    this.#most = most;
    this.#columns = names.map(() => []);
  }

  /**
   * Adds a moment, and forgets the oldest beyond the most.
   *
   * @param atSeconds When, in seconds since 1970.
   * @param values Values by the lines' names.
   */
  add(atSeconds: number, values: Readonly<Record<string, number | undefined>>): void {
    const isFull = this.#atSeconds.length >= this.#most;
    if (isFull) this.#atSeconds.shift();
    this.#atSeconds.push(atSeconds);
    this.#names.forEach((name, i) => {
      const column = this.#columns[i] ?? [];
      if (isFull) column.shift();
      column.push(values[name] ?? null);
    });
  }

  /** Times in seconds since 1970, then the values of each line; null where there is none. */
  get data(): [number[], ...(number | null)[][]] {
    return [this.#atSeconds, ...this.#columns];
  }
}
