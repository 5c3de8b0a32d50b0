import type { ScheduledEvent } from "./scheduled_event.ts";

/** A priority queue of events: earliest first, and in scheduling order within one instant. */
export class EventQueue {
  readonly #heap: ScheduledEvent[] = [];

  /** Events in the queue, cancelled ones among them. */
  get length(): number {
    return this.#heap.length;
  }

  /**
   * Adds an event.
   *
   * @param event The event.
   */
  push(event: ScheduledEvent): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || !isBefore(event, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = event;
  }

  /** Gives the next event that is not cancelled, and leaves it in the queue. */
  peek(): ScheduledEvent | undefined {
    while (this.#heap[0]?.isCancelled) this.#removeFirst();
    return this.#heap[0];
  }

  /** Takes the next event that is not cancelled out of the queue. */
  pop(): ScheduledEvent | undefined {
    const event = this.peek();
    if (event !== undefined) this.#removeFirst();
    return event;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    while (true) {
      const childIndex = this.#earlierChild(index);
      const child = heap[childIndex];
      if (child === undefined || !isBefore(child, last)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
  }

  #earlierChild(index: number): number {
    const left = index * 2 + 1;
    const leftEvent = this.#heap[left];
    const rightEvent = this.#heap[left + 1];
    if (leftEvent === undefined || rightEvent === undefined) return left;
    return isBefore(rightEvent, leftEvent) ? left + 1 : left;
  }
}

function isBefore(one: ScheduledEvent, other: ScheduledEvent): boolean {
  return one.timeNs < other.timeNs || (one.timeNs === other.timeNs && one.order < other.order);
}
