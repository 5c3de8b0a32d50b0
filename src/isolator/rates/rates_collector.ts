import type { LinkCounters } from "../../routing/link.ts";
import { percentilesOf, type RatePercentiles } from "./percentiles.ts";
import type { RatePolicy } from "./rate_policy.ts";
import { SlidingWindow } from "./sliding_window.ts";

/** Percentiles of a container's rates, in the reference's names. */
export interface RateStatistics {
  /** Bytes received per second. */
  readonly rx_rate?: RatePercentiles;
  /** Packets received per second. */
  readonly rx_packet_rate?: RatePercentiles;
  /** Packets to it dropped per second. */
  readonly rx_drop_rate?: RatePercentiles;
  /** Packets to it damaged per second. */
  readonly rx_error_rate?: RatePercentiles;
  /** Bytes sent per second. */
  readonly tx_rate?: RatePercentiles;
  /** Packets sent per second. */
  readonly tx_packet_rate?: RatePercentiles;
  /** Packets of it dropped per second. */
  readonly tx_drop_rate?: RatePercentiles;
  /** Packets of it damaged per second. */
  readonly tx_error_rate?: RatePercentiles;
  /** Length of the sliding window in seconds. */
  readonly sampling_window_secs: number;
  /** Time between two samples in seconds. */
  readonly sampling_interval_secs: number;
}

/**
 * The rates, and the counter of the host's end of the veth pair behind each. What that end sends,
 * the container receives.
 */
const RATES = [
  ["rx_rate", "txBytes"],
  ["rx_packet_rate", "txPackets"],
  ["rx_drop_rate", "txDropped"],
  ["rx_error_rate", "txErrors"],
  ["tx_rate", "rxBytes"],
  ["tx_packet_rate", "rxPackets"],
  ["tx_drop_rate", "rxDropped"],
  ["tx_error_rate", "rxErrors"],
] as const;

/** Collects the rates of one container from samples of its link's counters. */
export class RatesCollector {
  readonly #policy: RatePolicy;
  /** One rate for each of `RATES`. */
  readonly #window: SlidingWindow<readonly number[]>;
  #previous: { readonly atMs: number; readonly counters: LinkCounters } | undefined;

  /**
   * Makes a collector without samples.
   *
   * @param policy How the samples come.
   */
  constructor(policy: RatePolicy) {
    this.#policy = policy;
    const capacity = Math.floor(policy.windowMs / policy.intervalMs);
    this.#window = new SlidingWindow(policy.windowMs, capacity);
  }

  /**
   * Takes a sample. Where time has not moved on, or a counter went back because its link was made
   * anew, there is no rate, and the next sample is compared with this one.
   *
   * @param atMs When it was taken, in milliseconds.
   * @param counters The counters of the host's end of the veth pair.
   */
  sample(atMs: number, counters: LinkCounters): void {
    const previous = this.#previous;
    this.#previous = { atMs, counters };
    if (previous === undefined || atMs <= previous.atMs) return;
    const growth = RATES.map(([, counter]) => counters[counter] - previous.counters[counter]);
    if (growth.some((by) => by < 0n)) return;
    const seconds = (atMs - previous.atMs) / 1000;
    this.#window.add(growth.map((by) => Math.trunc(Number(by) / seconds)), atMs);
  }

  /** The percentiles; those of rates with fewer than two values are left out. */
  get statistics(): RateStatistics {
    const samples = this.#window.values;
    const percentiles = RATES.flatMap(([name], i) => {
      const found = percentilesOf(samples.map((rates) => rates[i] ?? 0));
      return found === undefined ? [] : [[name, found] as const];
    });
    return {
      ...Object.fromEntries(percentiles),
      sampling_window_secs: this.#policy.windowMs / 1000,
      sampling_interval_secs: this.#policy.intervalMs / 1000,
    };
  }
}
