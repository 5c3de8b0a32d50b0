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
  /** How old what is shown may be, in milliseconds. */
  readonly maxAgeMs: number;
  /** Hears of a sample of rates that could not be taken. */
  readonly onSampleError: (error: unknown) => void;
}

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
  #snapshot: { readonly promise: Promise<Snapshot>; readonly atMs: number } | undefined;

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
    const nowMs = performance.now();
    const last = this.#snapshot;
    if (last !== undefined && nowMs - last.atMs < this.#parts.maxAgeMs) return last.promise;
    const promise = this.#look();
    this.#snapshot = { promise, atMs: nowMs };
    promise.catch(() => this.#snapshot = undefined);
    return promise;
  }

  /**
   * Changes the host.
   *
   * @param operation What to do with the isolator.
   * @returns What it returns.
   * @throws What it throws, or {ExitWith} if another command holds the host's lock for too long.
   */
  async change<T>(operation: (isolator: Isolator) => Promise<T>): Promise<T> {
    using _lock = await this.#parts.lock();
    await this.#isolator.adopt();
    try {
      return await operation(this.#isolator);
    } finally {
      this.#snapshot = undefined;
    }
  }

  async #look(): Promise<Snapshot> {
    const found = await this.#isolator.adopt();
    return { found, usages: await this.#isolator.usages() };
  }

  /** Ends the sampling of rates. */
  [Symbol.dispose](): void {
    this.#sampling[Symbol.dispose]();
  }
}
