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
  #hasSettled = false;
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
        this.#hasSettled = true;
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

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      await this.#turn();
      while (this.#waiting > 0) {
        invariant(this.#clock.step(), "something will happen while somebody waits");
        if (!this.#hasSettled) continue;
        this.#hasSettled = false;
        if (this.#waiting > 0) await this.#turn();
      }
    } finally {
      this.#isRunning = false;
    }
  }
}
