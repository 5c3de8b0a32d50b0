/** The time by which rates are sampled; tests bring their own. */
export interface SampleClock {
  /** Milliseconds since any fixed moment. */
  nowMs(): number;
  /**
   * Runs something later.
   *
   * @param delayMs How long to wait, in milliseconds.
   * @param run What to run.
   * @returns Calls it off when disposed of.
   */
  after(delayMs: number, run: () => void): Disposable;
}

/** The machine's own time, which never goes back even if somebody sets the calendar. */
export const MONOTONIC_CLOCK: SampleClock = {
  nowMs: () => performance.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};
