import type { FoundContainer } from "../../isolator/adopt.ts";
import { Isolator } from "../../isolator/isolator.ts";
import type { IsolatorOptions } from "../../isolator/options.ts";
import type { RecoverReport } from "../../isolator/recover.ts";
import type { Usage } from "../../isolator/usage.ts";
import type { KernelNetwork } from "../../kernel/kernel_network.ts";

/** What an agent works with. */
export interface AgentParts {
  /** The host's kernel. */
  readonly kernel: KernelNetwork;
  /** What the operator decided. */
  readonly options: IsolatorOptions;
  /** Takes the lock under which one at a time changes the host. */
  readonly lock: () => Promise<Disposable>;
  /** How old what is shown may be, in milliseconds; older where a look takes long itself. */
  readonly maxAgeMs: number;
  /** Hears of a sample of rates that could not be taken. */
  readonly onSampleError: (error: unknown) => void;
}

/** How many times as long as a look at the host took it is shown, so that most time is left. */
const REST = 3;

/** What a host's containers are and have used, at one moment. */
export interface Snapshot {
  /** The containers, and how each is doing. */
  readonly found: readonly FoundContainer[];
  /** What each has used, by its id. */
  readonly usages: ReadonlyMap<string, Usage>;
}

/**
 * The isolator of a long-running process. Other commands may change the host beside it, since the
 * kernel is the only database: each change takes the host's lock and looks at the kernel anew.
 */
export class Agent implements Disposable {
  readonly #parts: AgentParts;
  readonly #isolator: Isolator;
  readonly #sampling: Disposable;
  /** Ends when the look or change that was begun last has ended. */
  #last: Promise<unknown> = Promise.resolve();
  #snapshot: { readonly promise: Promise<Snapshot>; readonly untilMs: () => number } | undefined;

  private constructor(parts: AgentParts, isolator: Isolator) {
    this.#parts = parts;
    this.#isolator = isolator;
    this.#sampling = isolator.sampleRates(undefined, parts.onSampleError);
  }

  /**
   * Prepares the host and reconciles it after whatever came before.
   *
   * @param parts What the agent works with.
   * @returns The agent, and what recovery found.
   * @throws {IsolatorError} If the host will not do.
   */
  static async start(
    parts: AgentParts,
  ): Promise<{ readonly agent: Agent; readonly report: RecoverReport }> {
    using _lock = await parts.lock();
    const isolator = await Isolator.create(parts.options, parts.kernel);
    const report = await isolator.recover();
    return { agent: new Agent(parts, isolator), report };
  }

  /** The host's kernel. */
  get kernel(): KernelNetwork {
    return this.#parts.kernel;
  }

  /** The isolator, to look at. */
  get isolator(): Isolator {
    return this.#isolator;
  }

  /**
   * Shows the containers and what they have used. Whoever asks at about the same time is shown the
   * same.
   *
   * @throws {KernelError} If the kernel cannot be read.
   */
  snapshot(): Promise<Snapshot> {
    const last = this.#snapshot;
    if (last !== undefined && performance.now() < last.untilMs()) return last.promise;
    const beginMs = performance.now();
    let untilMs = Infinity; // Whoever asks while it is being taken is shown the same.
    const promise = this.#look().finally(() => {
      const tookMs = performance.now() - beginMs;
      untilMs = performance.now() + Math.max(this.#parts.maxAgeMs, REST * tookMs);
    });
    const snapshot = { promise, untilMs: () => untilMs };
    this.#snapshot = snapshot;
    promise.catch(() => {
      if (this.#snapshot === snapshot) this.#snapshot = undefined;
    });
    return promise;
  }

  /**
   * Changes the host.
   *
   * @param operation What to do with the isolator.
   * @returns What it returns.
   * @throws What it throws, or {ExitWith} if another command holds the host's lock for too long.
   */
  change<T>(operation: (isolator: Isolator) => Promise<T>): Promise<T> {
    return this.#alone(async () => {
      using _lock = await this.#parts.lock();
      await this.#isolator.adopt();
      try {
        return await operation(this.#isolator);
      } finally {
        this.#snapshot = undefined;
      }
    });
  }

  #look(): Promise<Snapshot> {
    return this.#alone(async () => {
      const found = await this.#isolator.adopt();
      return { found, usages: await this.#isolator.usages() };
    });
  }

  /** A look in the midst of a change would forget a container that is only prepared. */
  #alone<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#last.then(operation);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Ends the sampling of rates. */
  [Symbol.dispose](): void {
    this.#sampling[Symbol.dispose]();
  }
}
