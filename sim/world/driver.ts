import { invariant } from "../model/invariant.ts";
import type { VirtualClock } from "../time/virtual_clock.ts";

/**
 * Runs virtual time for those who wait in promises: while anybody waits, events happen one after
 * another; when nobody does, time stands still. So a command between two waits takes no time.
 */
export class Driver {
  readonly #clock: VirtualClock;
  readonly #turn: () => Promise<void>;
  #waiting = 0;
  #hasNews = false;
  #isRunning = false;

  /**
   * @param clock The clock of the simulation.
   * @param turn Lets everybody who was told something go on until they wait again. Where only one
   *   program waits at a time, the default serves.
   */
  constructor(clock: VirtualClock, turn: () => Promise<void> = () => Promise.resolve()) {
    this.#clock = clock;
    this.#turn = turn;
  }

  /**
   * Starts something and waits for its end.
   *
   * @param start Starts it, and keeps the function that ends it.
   * @returns What it ended with.
   */
  wait<T>(start: (settle: (value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting += 1;
      let isSettled = false;
      const end = () => {
        invariant(!isSettled, "what is waited for ends once");
        isSettled = true;
        this.#waiting -= 1;
        this.#hasNews = true;
      };
      try {
        start((value) => {
          end();
          resolve(value);
        });
      } catch (error) {
        end();
        return reject(error);
      }
      if (!this.#isRunning) this.#run().catch(reject);
    });
  }

  /**
   * Runs something later, if anybody still waits by then; what it begins may be a promise's work.
   *
   * @param delayNs How long from now, in nanoseconds.
   * @param run What to run.
   * @returns Calls it off when disposed of.
   */
  after(delayNs: number, run: () => void): Disposable {
    const timer = this.#clock.after(delayNs, () => {
      run();
      this.#hasNews = true;
    });
    return { [Symbol.dispose]: () => timer.cancel() };
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      await this.#turn();
      while (this.#waiting > 0) {
        invariant(this.#clock.step(), "something will happen while somebody waits");
        if (!this.#hasNews) continue;
        this.#hasNews = false;
        // What else happens at this very instant still does: copies of a packet, say.
        this.#clock.runTo(this.#clock.nowNs);
        if (this.#waiting > 0) await this.#turn();
      }
    } finally {
      this.#isRunning = false;
    }
  }
}
