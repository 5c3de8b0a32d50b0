/** Values of the recent past, at most so many and none older than the window. */
export class SlidingWindow<T> {
  readonly #windowMs: number;
  readonly #capacity: number;
  readonly #values: { readonly atMs: number; readonly value: T }[] = [];
  /** Which value goes next for want of room; undefined where thinning begins anew. */
  #next: number | undefined;

  /**
   * Makes an empty window.
   *
   * @param windowMs Its length in milliseconds.
   * @param capacity How many values it holds; 3 at least, as thinning needs.
   */
  constructor(windowMs: number, capacity: number) {
    this.#windowMs = windowMs;
    this.#capacity = Math.max(3, capacity);
  }

  /** The values, the oldest first. */
  get values(): readonly T[] {
    return this.#values.map(({ value }) => value);
  }

  /**
   * Adds a value, and lets go of what is too old or too much.
   *
   * @param value The value.
   * @param atMs When it was, in milliseconds; not before the last.
   */
  add(value: T, atMs: number): void {
    this.#values.push({ atMs, value });
    this.#expire(atMs - this.#windowMs);
    this.#thin();
  }

  #expire(untilMs: number): void {
    const firstKept = this.#values.findIndex(({ atMs }) => atMs > untilMs);
    if (firstKept <= 0) return;
    this.#values.splice(0, firstKept);
    this.#next = this.#next !== undefined && this.#next > firstKept
      ? this.#next - firstKept
      : undefined;
  }

  /** Makes room as the reference does: every other value of the older half goes, in turn. */
  #thin(): void {
    while (this.#values.length > this.#capacity) {
      if (this.#next === undefined || this.#next > this.#values.length / 2) this.#next = 1;
      this.#values.splice(this.#next, 1);
      this.#next += 1;
    }
  }
}
