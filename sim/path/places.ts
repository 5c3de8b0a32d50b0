/** Places in a list, ascending. */
export class Places {
  /** The lowest one; infinity where there is none. */
  first = Infinity;
  /** The highest one; minus infinity where there is none. */
  last = -Infinity;
  readonly #all: number[] = [];

  /** All of them. */
  get all(): readonly number[] {
    return this.#all;
  }

  /** @param place A place that is higher than all others. */
  add(place: number): void {
    if (this.#all.length === 0) this.first = place;
    this.last = place;
    this.#all.push(place);
  }

  /** @param from A place. @returns The first one that is not below it; infinity where all are. */
  next(from: number): number {
    if (from <= this.first) return this.first;
    return from > this.last ? Infinity : this.#all[this.rankFrom(from)] ?? Infinity;
  }

  /** @param from A place. @returns How many lie below it. */
  rankFrom(from: number): number {
    let low = 0;
    let high = this.#all.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#all[middle] ?? 0) < from) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
