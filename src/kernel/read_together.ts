import type { KernelError } from "./kernel_error.ts";

/** What became of each path: its text, or why there is none. */
export type Readings = ReadonlyMap<string, string | KernelError>;

/** How many paths one process reads, so that its arguments stay far below what the kernel takes. */
const PATHS_AT_ONCE = 1000;

/** Reads with one process what is asked for in one turn of the event loop. */
export class ReadTogether {
  readonly #readAll: (paths: readonly string[]) => Promise<Readings>;
  #waiting = new Map<string, PromiseWithResolvers<string>>();

  /**
   * Makes a reader.
   *
   * @param readAll Reads many paths at once.
   */
  constructor(readAll: (paths: readonly string[]) => Promise<Readings>) {
    this.#readAll = readAll;
  }

  /**
   * Reads one path.
   *
   * @param path Absolute path.
   * @throws {KernelError} If it cannot be read.
   */
  read(path: string): Promise<string> {
    if (this.#waiting.size === 0) queueMicrotask(() => this.#flush());
    const waiting = this.#waiting.get(path) ?? Promise.withResolvers<string>();
    this.#waiting.set(path, waiting);
    return waiting.promise;
  }

  #flush(): void {
    const all = [...this.#waiting];
    this.#waiting = new Map();
    for (let begin = 0; begin < all.length; begin += PATHS_AT_ONCE) {
      const some = new Map(all.slice(begin, begin + PATHS_AT_ONCE));
      this.#settle(some).catch((error) => some.forEach(({ reject }) => reject(error)));
    }
  }

  async #settle(some: ReadonlyMap<string, PromiseWithResolvers<string>>): Promise<void> {
    const readings = await this.#readAll([...some.keys()]);
    for (const [path, { resolve, reject }] of some) {
      const reading = readings.get(path) ?? "";
      if (typeof reading === "string") resolve(reading);
      else reject(reading);
    }
  }
}
