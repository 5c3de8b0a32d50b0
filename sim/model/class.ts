import { newQueueCounters, type QueueCounters } from "./counters.ts";
import { FilterBlock } from "./filter_block.ts";
import type { Handle } from "./handle.ts";
import type { Qdisc } from "./qdisc.ts";

/** What a class of `htb` was told. */
export interface HtbClassParameters {
  /** Guaranteed bytes a second. */
  readonly rateBytesPerSecond: number;
  /** Most bytes a second, borrowed ones included. */
  readonly ceilBytesPerSecond: number;
  /** Time that the full bucket lasts at the rate, in ticks of 64 ns: the kernel's own unit. */
  readonly burstTicks: number;
  /** The same for the bucket of the ceiling. */
  readonly ceilBurstTicks: number;
  /** Bytes that it may send in one turn. */
  readonly quantumBytes: number;
  /** Priority in borrowing, 0 (first) to 7. */
  readonly priority: number;
  /** Bytes added to every packet's size. */
  readonly overheadBytes: number;
  /** Smallest size that a packet counts for, in bytes. */
  readonly minimumPacketBytes: number;
}

/** What a class of `htb` counts beside the common counters. */
export interface HtbClassStatistics {
  /** Packets sent on its own tokens. */
  lends: number;
  /** Packets sent on borrowed tokens. */
  borrows: number;
  /** Packets larger than the table of times; 0 on every recent kernel. */
  giants: number;
  /** Tokens in the bucket, in ticks of 64 ns; negative when overdrawn. */
  tokens: number;
  /** Tokens in the bucket of the ceiling, in ticks of 64 ns. */
  ceilTokens: number;
}

/** A class of an `htb` qdisc. */
export class HtbClass {
  /** The qdisc that it belongs to. */
  readonly qdisc: Qdisc;
  /** Its handle. */
  readonly handle: Handle;
  /** The class above it; undefined directly under the qdisc. */
  readonly parent: HtbClass | undefined;
  /** Classes under it, in the order of their making. */
  readonly children: Set<HtbClass> = new Set();
  /** Filters that hang on it. */
  readonly filters: FilterBlock;
  /** What it counted. */
  readonly counters: QueueCounters = newQueueCounters();
  /** What it counted beside that. */
  readonly statistics: HtbClassStatistics;
  #parameters: HtbClassParameters;

  /**
   * @param qdisc The `htb` that it belongs to.
   * @param handle Its handle.
   * @param parent The class above it, if any.
   * @param parameters What it was told.
   */
  constructor(
    qdisc: Qdisc,
    handle: Handle,
    parent: HtbClass | undefined,
    parameters: HtbClassParameters,
  ) {
    this.qdisc = qdisc;
    this.handle = handle;
    this.parent = parent;
    this.#parameters = parameters;
    this.filters = new FilterBlock(qdisc, handle);
    this.statistics = {
      lends: 0,
      borrows: 0,
      giants: 0,
      tokens: parameters.burstTicks,
      ceilTokens: parameters.ceilBurstTicks,
    };
  }

  /** What it was told. */
  get parameters(): HtbClassParameters {
    return this.#parameters;
  }

  /** The qdisc in which its packets wait; undefined for the kernel's own plain queue. */
  get leaf(): Qdisc | undefined {
    return this.qdisc.leaves.get(this.handle);
  }

  /** Levels of classes under it; 0 for a leaf. */
  get level(): number {
    let level = 0;
    for (const child of this.children) level = Math.max(level, child.level + 1);
    return level;
  }

  /** @param parameters What it is told from now on. */
  change(parameters: HtbClassParameters): void {
    this.#parameters = parameters;
    this.qdisc.scheduler?.reconfigure();
  }
}
