import { newQueueCounters, type QueueCounters } from "./counters.ts";
import type { Link } from "./link.ts";

/** What happens to a packet after an action. */
export type Control = "pipe" | "ok" | "drop" | "continue" | "reclassify" | "stolen" | "trap";

/** What an action was told. */
export type ActionParameters =
  | {
    readonly kind: "mirred";
    /** Whether the packet itself moves, or a copy. */
    readonly mode: "redirect" | "mirror";
    /** Where it comes out of the target: sent by it, or received on it. */
    readonly direction: "egress" | "ingress";
    /** The target; undefined once it is deleted. */
    readonly target: Link | undefined;
    readonly control: Control;
  }
  | { readonly kind: "gact"; readonly control: Control };

/** Something done to a packet that a filter matched. Filters may share one by its index. */
export class Action {
  /** Its number among the actions of its kind in its namespace, from 1. */
  readonly index: number;
  /** Whether listings say that no hardware counts for it: so since all actions were listed. */
  isHardwareStateKnown = false;
  /** Bytes that the owner marked it with, hexadecimal, at most 32 digits. */
  cookie: string | undefined;
  /** Filters that use it. */
  bindCount = 0;
  /** Filters that use it, and one more where it was made by itself. */
  referenceCount = 0;
  /** What it counted. */
  readonly counters: QueueCounters = newQueueCounters();
  /** When it was made, in nanoseconds of the machine's clock. */
  readonly installedAtNs: number;
  /** When a packet last met it, in nanoseconds of the machine's clock. */
  lastUsedAtNs: number;
  /** When a packet first met it, in nanoseconds of the machine's clock; undefined before. */
  firstUsedAtNs: number | undefined;
  #parameters: ActionParameters;

  /**
   * @param index Its number, from 1.
   * @param parameters What it is told.
   * @param nowNs The time of its making.
   */
  constructor(index: number, parameters: ActionParameters, nowNs: number) {
    this.index = index;
    this.#parameters = parameters;
    this.installedAtNs = nowNs;
    this.lastUsedAtNs = nowNs;
    this.#link();
  }

  /** What it was told. */
  get parameters(): ActionParameters {
    return this.#parameters;
  }

  /** Its kind, as `tc` names it. */
  get kind(): ActionParameters["kind"] {
    return this.#parameters.kind;
  }

  /** @param parameters What it is told from now on. */
  change(parameters: ActionParameters): void {
    this.#unlink();
    this.#parameters = parameters;
    this.#link();
  }

  /** The link that it sends to is gone. It stays, and swallows what it gets. */
  loseTarget(): void {
    if (this.#parameters.kind === "mirred") {
      this.#parameters = { ...this.#parameters, target: undefined };
    }
  }

  /** Nobody uses it any more. */
  end(): void {
    this.#unlink();
  }

  #link(): void {
    if (this.#parameters.kind === "mirred") this.#parameters.target?.actionsToIt.add(this);
  }

  #unlink(): void {
    if (this.#parameters.kind === "mirred") this.#parameters.target?.actionsToIt.delete(this);
  }
}
