import { EventQueue } from "./event_queue.ts";
import { InstantQueue } from "./instant_queue.ts";
import { ScheduledEvent } from "./scheduled_event.ts";

/** Nanoseconds in a second. */
export const NS_PER_SECOND = 1_000_000_000;

/** Nanoseconds in a millisecond. */
export const NS_PER_MS = 1_000_000;

/** A scheduled event that can still be called off. */
export interface Timer {
  /** When it fires, in nanoseconds of virtual time. */
  readonly timeNs: number;
  /** Calls it off; nothing happens where it has fired already. */
  cancel(): void;
}

/**
 * The one clock of a simulation. Time stands still while an event runs, and jumps to the next.
 *
 * A double counts nanoseconds exactly for 104 days, far past any scenario.
 */
export class VirtualClock {
  /** Events of later times, and those of the present one that were scheduled before it came. */
  readonly #later = new EventQueue();
  /** Events that were scheduled for the present time while it was present already. */
  readonly #present = new InstantQueue();
  #nowNs = 0;
  #order = 0;
  #eventsRun = 0;

  /** The time, in nanoseconds since the simulation began. */
  get nowNs(): number {
    return this.#nowNs;
  }

  /** How many events have run. */
  get eventsRun(): number {
    return this.#eventsRun;
  }

  /**
   * Schedules an event.
   *
   * @param delayNs How long from now, in nanoseconds; at least 0.
   * @param run What happens then.
   * @returns A handle to call it off with.
   * @throws {RangeError} If `delayNs` is negative or not a number.
   */
  after(delayNs: number, run: () => void): Timer {
    if (!(delayNs >= 0)) throw new RangeError(`An event cannot happen ${delayNs} ns from now`);
    const event = new ScheduledEvent(this.#nowNs + Math.ceil(delayNs), this.#order++, run);
    if (event.timeNs === this.#nowNs) this.#present.push(event);
    else this.#later.push(event);
    return event;
  }

  /** Where the next event waits: what was scheduled before this instant came is older. */
  get #next(): EventQueue | InstantQueue {
    const isOlder = this.#later.peek()?.timeNs === this.#nowNs;
    return isOlder || this.#present.peek() === undefined ? this.#later : this.#present;
  }

  /** When the next event happens, in nanoseconds; undefined where none is scheduled. */
  get nextEventNs(): number | undefined {
    return this.#next.peek()?.timeNs;
  }

  /**
   * Moves to the next event and runs it.
   *
   * @returns False where nothing was scheduled.
   */
  step(): boolean {
    const event = this.#next.pop();
    if (event === undefined) return false;
    this.#nowNs = event.timeNs;
    this.#eventsRun += 1;
    event.run();
    return true;
  }

  /**
   * Runs every event up to a time, then stands at that time.
   *
   * @param timeNs Where to stop, in nanoseconds; at least the present time.
   * @throws {RangeError} If `timeNs` lies in the past.
   */
  runTo(timeNs: number): void {
    if (!(timeNs >= this.#nowNs)) {
      throw new RangeError(`The clock cannot go back from ${this.#nowNs} to ${timeNs} ns`);
    }
    while ((this.nextEventNs ?? Infinity) <= timeNs) this.step();
    this.#nowNs = timeNs;
  }

  /**
   * Runs events until a condition holds, nothing is left to do, or a time has come.
   *
   * @param isDone Asked before every event.
   * @param limitNs Latest time to run to, in nanoseconds.
   * @returns Whether the condition holds.
   */
  runUntil(isDone: () => boolean, limitNs: number): boolean {
    while (!isDone()) {
      if ((this.nextEventNs ?? Infinity) > limitNs) {
        if (Number.isFinite(limitNs)) this.#nowNs = Math.max(this.#nowNs, limitNs);
        return false;
      }
      this.step();
    }
    return true;
  }
}
