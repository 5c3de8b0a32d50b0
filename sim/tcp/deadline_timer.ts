import { wheelTimeNs } from "../time/timer_wheel.ts";
import type { Timer, VirtualClock } from "../time/virtual_clock.ts";

/**
 * A timer of the kernel, at the coarse times of its wheel. Its deadline moves often: putting it off
 * costs nothing, for the event that is scheduled looks, when it comes, whether that happened.
 */
export class DeadlineTimer {
  readonly #clock: VirtualClock;
  readonly #run: () => void;
  #deadlineNs: number | undefined;
  #timer: Timer | undefined;

  /**
   * @param clock The clock of the simulation.
   * @param run What happens at the deadline.
   */
  constructor(clock: VirtualClock, run: () => void) {
    this.#clock = clock;
    this.#run = run;
  }

  /** Whether a deadline is set. */
  get armed(): boolean {
    return this.#deadlineNs !== undefined;
  }

  /** @param delayNs When it fires, in nanoseconds from now, instead of any time set before. */
  set(delayNs: number): void {
    const deadlineNs = wheelTimeNs(this.#clock.nowNs, delayNs);
    this.#deadlineNs = deadlineNs;
    if (this.#timer !== undefined && this.#timer.timeNs <= deadlineNs) return;
    this.#timer?.cancel();
    this.#schedule(deadlineNs);
  }

  /** Calls it off. */
  clear(): void {
    this.#deadlineNs = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(deadlineNs: number): void {
    this.#timer = this.#clock.after(deadlineNs - this.#clock.nowNs, () => this.#fire());
  }

  #fire(): void {
    this.#timer = undefined;
    const deadlineNs = this.#deadlineNs;
    if (deadlineNs === undefined) return;
    if (deadlineNs > this.#clock.nowNs) return this.#schedule(deadlineNs);
    this.#deadlineNs = undefined;
    this.#run();
  }
}
