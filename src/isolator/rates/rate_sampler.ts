import type { KernelNetwork } from "../../kernel/kernel_network.ts";
import { readCounters } from "../../routing/link.ts";
import type { RatePolicy } from "./rate_policy.ts";
import { RatesCollector, type RateStatistics } from "./rates_collector.ts";
import type { SampleClock } from "./sample_clock.ts";

/** Whose rates are sampled. */
export interface SampledLink {
  /** The container's id. */
  readonly id: string;
  /** Name of the host's end of its veth pair. */
  readonly link: string;
}

/** What a sampler works with. */
export interface RateSamplerParts {
  /** Where the counters are. */
  readonly kernel: KernelNetwork;
  /** How often, and for how long. */
  readonly policy: RatePolicy;
  /** The time. */
  readonly clock: SampleClock;
  /** Gives whose rates are sampled; asked anew for each sample. */
  readonly links: () => readonly SampledLink[];
  /** Hears of a sample that could not be taken; the next one is tried all the same. */
  readonly onError: (error: unknown) => void;
}

/** Samples the counters of all containers with one listing a sample. */
export class RateSampler implements Disposable {
  readonly #parts: RateSamplerParts;
  #collectors = new Map<string, RatesCollector>();
  #timer: Disposable | undefined;
  #isStopped = false;

  /**
   * Makes a sampler that has not begun.
   *
   * @param parts What it works with.
   */
  constructor(parts: RateSamplerParts) {
    this.#parts = parts;
  }

  /** Takes a sample, waits for the interval, and so on until it is disposed of. */
  start(): void {
    this.sample().catch(this.#parts.onError).finally(() => {
      if (this.#isStopped) return;
      this.#timer = this.#parts.clock.after(this.#parts.policy.intervalMs, () => this.start());
    });
  }

  /**
   * Takes one sample of all containers.
   *
   * @throws {KernelError} If the counters cannot be read.
   */
  async sample(): Promise<void> {
    const { kernel, clock, links, policy } = this.#parts;
    const atMs = clock.nowMs();
    const counters = await readCounters(kernel);
    const collectors = new Map<string, RatesCollector>();
    for (const { id, link } of links()) {
      const key = keyOf(id, link);
      const collector = this.#collectors.get(key) ?? new RatesCollector(policy);
      const sample = counters.get(link);
      if (sample !== undefined) collector.sample(atMs, sample);
      collectors.set(key, collector);
    }
    this.#collectors = collectors;
  }

  /**
   * Gives the rates of a container.
   *
   * @param sampled The container.
   * @returns The rates, or undefined where no sample was taken yet.
   */
  statisticsOf({ id, link }: SampledLink): RateStatistics | undefined {
    return this.#collectors.get(keyOf(id, link))?.statistics;
  }

  /** Takes no more samples. */
  [Symbol.dispose](): void {
    this.#isStopped = true;
    this.#timer?.[Symbol.dispose]();
  }
}

/** A container that was made anew under its old id has another link, and begins anew. */
function keyOf(id: string, link: string): string {
  return `${id} ${link}`;
}
