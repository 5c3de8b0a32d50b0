import { NS_PER_MS } from "../time/virtual_clock.ts";
import { type FlowPlace, startPrograms } from "./flow_programs.ts";
import type { FlowOutcome } from "./report.ts";
import type { Flow } from "./schema.ts";

/** A flow under way, or at its end. */
export class FlowRun {
  /** The flow. */
  readonly flow: Flow;
  /** Where it runs. */
  readonly place: FlowPlace;
  /** When it began, in nanoseconds. */
  readonly beganAtNs: number;
  /** When something of it arrived last, in nanoseconds. */
  lastAtNs: number;
  readonly #ended: (run: FlowRun) => void;
  #received = 0;
  #outcome: FlowOutcome | undefined;
  #stop: (() => void) | undefined;

  /**
   * Starts a flow, with a program at either end.
   *
   * @param flow The flow.
   * @param place Where it runs.
   * @param ended Hears of its end.
   */
  constructor(flow: Flow, place: FlowPlace, ended: (run: FlowRun) => void) {
    this.flow = flow;
    this.place = place;
    this.beganAtNs = place.clock.nowNs;
    this.lastAtNs = this.beganAtNs;
    this.#ended = ended;
    const stop = startPrograms(flow, place, {
      took: (count) => this.#take(count),
      ended: (outcome) => this.#end(outcome),
    });
    const limit = place.clock.after(flow.limitMs * NS_PER_MS, () => this.#end("timed-out"));
    this.#stop = () => {
      limit.cancel();
      stop();
    };
    if (this.#outcome !== undefined) this.#stop();
  }

  /** Bytes that have reached the receiver's program; of ICMP, requests that were answered. */
  get received(): number {
    return this.#received;
  }

  /** How it ended; undefined while it is under way. */
  get outcome(): FlowOutcome | undefined {
    return this.#outcome;
  }

  /** All that should arrive, in the unit of {@linkcode received}. */
  get wanted(): number {
    const { flow } = this;
    if (flow.protocol === "tcp") return flow.bytes;
    return flow.protocol === "udp" ? flow.datagrams * flow.bytes : flow.echoes;
  }

  #take(count: number): void {
    if (count > 0) this.lastAtNs = this.place.clock.nowNs;
    this.#received += count;
    if (this.#received >= this.wanted) this.#end("complete");
  }

  #end(outcome: FlowOutcome): void {
    if (this.#outcome !== undefined) return;
    this.#outcome = outcome;
    this.#stop?.();
    this.#ended(this);
  }
}
