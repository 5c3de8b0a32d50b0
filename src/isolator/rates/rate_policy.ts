import { IsolatorError } from "../isolator_error.ts";
import type { StatisticsOptions } from "../options.ts";

/** How rates are sampled. */
export interface RatePolicy {
  /** Length of the sliding window in milliseconds. */
  readonly windowMs: number;
  /** Time between two samples in milliseconds. */
  readonly intervalMs: number;
}

/** Shortest time between two samples in milliseconds, as in the reference. */
const INTERVAL_MIN_MS = 20;

/**
 * Works out how rates are sampled.
 *
 * @param options What the operator decided.
 * @returns The window and the interval, or undefined where no rates are wanted.
 * @throws {IsolatorError} With code `bad-rates` if one is missing, or they contradict each other.
 */
export function ratePolicy(options: StatisticsOptions): RatePolicy | undefined {
  const { rates, rateWindowMs: windowMs, rateIntervalMs: intervalMs } = options;
  if (!rates) return undefined;
  if (windowMs === undefined || intervalMs === undefined) {
    throw new IsolatorError(
      "bad-rates",
      "Rates need a window and an interval; give network_rate_statistics_window and _interval",
    );
  }
  if (windowMs <= intervalMs) {
    throw new IsolatorError(
      "bad-rates",
      `A rate window of ${windowMs} ms holds no two samples ${intervalMs} ms apart; widen it`,
    );
  }
  if (intervalMs < INTERVAL_MIN_MS) {
    throw new IsolatorError(
      "bad-rates",
      `Rates cannot be sampled every ${intervalMs} ms; use ${INTERVAL_MIN_MS} ms or more`,
    );
  }
  return { windowMs, intervalMs };
}
