import { Worker } from "node:worker_threads";
import type { Answer, Order } from "./worker.ts";

/** Longest time that one input may take, in milliseconds: much more than any does, on any host. */
const INPUT_MS_MAX = 60_000;

/** Most memory that the process may hold, in bytes. */
const MEMORY_BYTES_MAX = 2_500_000_000;

/** How often is looked whether the worker goes on, in milliseconds. */
const LOOK_INTERVAL_MS = 200;

/** What a parser did that none may do. */
export interface Failure {
  readonly kind: "crash" | "hang" | "memory";
  /** Number of the input. */
  readonly number: number;
  /** Name of the parser; unknown where the worker had to be ended. */
  readonly parser?: string;
  /** The input. */
  readonly text?: string;
  /** What it did, in words. */
  readonly message: string;
}

/** How a feeder works. */
export interface FeederOptions {
  /** The worker's module; the one of all parsers when left out. */
  readonly module?: URL;
  /** Longest time that one input may take, in milliseconds. */
  readonly inputMsMax?: number;
}

/** Feeds inputs to parsers in a worker, and ends it where a parser hangs. */
export class Feeder implements Disposable {
  readonly #worker: Worker;
  readonly #counter: Int32Array;
  readonly #inputMsMax: number;
  /** Names of all parsers. */
  readonly parsers: readonly string[];

  private constructor(
    worker: Worker,
    { counter, parsers }: Extract<Answer, { kind: "ready" }>,
    inputMsMax: number,
  ) {
    this.#worker = worker;
    this.#counter = counter;
    this.#inputMsMax = inputMsMax;
    this.parsers = parsers;
  }

  /**
   * Starts a worker, which takes a moment to make its samples.
   *
   * @param options What differs from the defaults.
   */
  static start(options: FeederOptions = {}): Promise<Feeder> {
    const { module = new URL("worker.ts", import.meta.url), inputMsMax = INPUT_MS_MAX } = options;
    const worker = new Worker(module);
    return new Promise((resolve, reject) => {
      worker.once("error", reject);
      worker.once("message", (answer: Answer) => {
        if (answer.kind === "ready") resolve(new Feeder(worker, answer, inputMsMax));
      });
    });
  }

  /**
   * Feeds inputs.
   *
   * @param order Which.
   * @returns The first failure, if there is one; after one that is no crash, this must be disposed.
   */
  feed(order: Order): Promise<Failure | undefined> {
    const { promise, resolve } = Promise.withResolvers<Failure | undefined>();
    this.#worker.removeAllListeners().on("message", (answer: Answer) => {
      if (answer.kind === "done") resolve(undefined);
      if (answer.kind === "crash") resolve(answer);
    }).on("error", ({ message }: Error) => {
      resolve({ kind: "crash", number: this.#at, message });
    });
    const stopWatching = this.#watch(resolve);
    this.#worker.postMessage(order);
    return promise.finally(stopWatching);
  }

  get #at(): number {
    return Atomics.load(this.#counter, 0);
  }

  #watch(report: (failure: Failure) => void): () => void {
    let last = { at: this.#at, sinceMs: performance.now() };
    const watch = setInterval(() => {
      const at = this.#at;
      if (at !== last.at) last = { at, sinceMs: performance.now() };
      const stuckMs = performance.now() - last.sinceMs;
      const { rss } = Deno.memoryUsage();
      if (stuckMs > this.#inputMsMax) {
        const message = `it did not end within ${this.#inputMsMax} ms`;
        report({ kind: "hang", number: at, message });
      } else if (rss > MEMORY_BYTES_MAX) {
        report({ kind: "memory", number: at, message: `the process holds ${rss} bytes` });
      }
    }, LOOK_INTERVAL_MS);
    return () => clearInterval(watch);
  }

  [Symbol.dispose](): void {
    void this.#worker.terminate();
  }
}
