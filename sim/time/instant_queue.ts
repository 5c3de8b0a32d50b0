import type { ScheduledEvent } from "./scheduled_event.ts";

/** Events of one instant, which run in the order in which they were scheduled. */
export class InstantQueue {
  #ready: (ScheduledEvent | undefined)[] = [];
  #at = 0;
  /** Takes what comes in, until all that is ready has run. */
  #coming: ScheduledEvent[] = [];

  /** @param event What to add at the end. */
  push(event: ScheduledEvent): void {
    this.#coming.push(event);
  }

  /** Gives the next event that is not cancelled, and leaves it in the queue. */
  peek(): ScheduledEvent | undefined {
    for (;;) {
      const event = this.#ready[this.#at];
      if (event === undefined) {
        if (this.#coming.length === 0) return undefined;
        this.#ready = this.#coming;
        this.#coming = [];
        this.#at = 0;
      } else if (event.isCancelled) this.#at += 1;
      else return event;
    }
  }

  /** Takes the next event that is not cancelled out of the queue. */
  pop(): ScheduledEvent | undefined {
    const event = this.peek();
    // What has run is let go at once: it may hold a packet.
    if (event !== undefined) this.#ready[this.#at++] = undefined;
    return event;
  }
}
