/**
 * The runtime of a qdisc: its queues, buckets and timers. The dynamics plug one into each
 * {@linkcode Qdisc}; the model tells it when its configuration changed and when it must go.
 */
export interface Scheduler {
  /** Parameters, classes, leaves or filters of the qdisc have changed. */
  reconfigure(): void;
  /** The qdisc is gone: what waits in it is lost, timers must stop. */
  destroy(): void;
}
