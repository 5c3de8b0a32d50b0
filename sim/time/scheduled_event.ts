/** Something that will happen at a point in virtual time. */
export class ScheduledEvent {
  /** When, in nanoseconds of virtual time. */
  readonly timeNs: number;
  /** Place among events of the same time: the order in which they were scheduled. */
  readonly order: number;
  /** What happens. */
  readonly run: () => void;
  #isCancelled = false;

  /**
   * @param timeNs When, in nanoseconds of virtual time.
   * @param order Place among events of the same time.
   * @param run What happens.
   */
  constructor(timeNs: number, order: number, run: () => void) {
    this.timeNs = timeNs;
    this.order = order;
    this.run = run;
  }

  /** Whether it was called off; a cancelled event is skipped. */
  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** Calls it off; nothing happens where it has run already. */
  cancel(): void {
    this.#isCancelled = true;
  }
}
