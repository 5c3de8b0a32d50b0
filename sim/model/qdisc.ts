import { newQueueCounters, type QueueCounters } from "./counters.ts";
import type { HtbClass } from "./class.ts";
import { ClassHash } from "./class_hash.ts";
import { FilterBlock } from "./filter_block.ts";
import { type Handle, INGRESS } from "./handle.ts";
import type { Link } from "./link.ts";
import type { Scheduler } from "./scheduler.ts";
import { U32Tables } from "./u32_tables.ts";

/** `htb`: hierarchical token buckets. */
export interface HtbParameters {
  readonly kind: "htb";
  /** Minor number of the class for unclassified packets; 0 sends them past every class. */
  readonly defaultMinor: number;
  /** Divisor that makes a class's quantum from its rate. */
  readonly rateToQuantum: number;
  /** Most packets in the queue of unclassified ones. */
  readonly directQueueLength: number;
}

/** `tbf`: one token bucket. */
export interface TbfParameters {
  readonly kind: "tbf";
  /** Bytes a second. */
  readonly rateBytesPerSecond: number;
  /** Time that the full bucket lasts at that rate, in ticks of 64 ns: the kernel's own unit. */
  readonly burstTicks: number;
  /** Most bytes that may wait. */
  readonly limitBytes: number;
  /** Size of the bucket as it was asked for, in bytes: no larger packet is sent. */
  readonly burstBytes: number;
}

/** `fq_codel`: fair queues, each under CoDel. */
export interface FqCodelParameters {
  readonly kind: "fq_codel";
  /** Most packets that may wait. */
  readonly limitPackets: number;
  /** Number of queues. */
  readonly flows: number;
  /** Bytes that a queue may send in one turn. */
  readonly quantumBytes: number;
  /** Delay that is acceptable, in microseconds. */
  readonly targetUs: number;
  /** Time after which a longer delay is not, in microseconds. */
  readonly intervalUs: number;
  /** Delay at which packets are marked at once, in microseconds; undefined for never. */
  readonly ceThresholdUs: number | undefined;
  /** Most bytes that waiting packets may take. */
  readonly memoryLimitBytes: number;
  /** Packets dropped from the fullest queue at a time. */
  readonly dropBatch: number;
  /** Whether packets that say so are marked instead of dropped. */
  readonly ecn: boolean;
}

/** `pfifo`: one queue, limited in packets. */
export interface PfifoParameters {
  readonly kind: "pfifo";
  /** Most packets that may wait. */
  readonly limitPackets: number;
}

/** `bfifo`: one queue, limited in bytes. */
export interface BfifoParameters {
  readonly kind: "bfifo";
  /** Most bytes that may wait. */
  readonly limitBytes: number;
}

/** Qdiscs without parameters of their own. */
export interface BareParameters {
  readonly kind: "noqueue" | "pfifo_fast" | "ingress" | "clsact";
}

/** What a qdisc was told. */
export type QdiscParameters =
  | HtbParameters
  | TbfParameters
  | FqCodelParameters
  | PfifoParameters
  | BfifoParameters
  | BareParameters;

/** The kind of a qdisc, as `tc` names it. */
export type QdiscKind = QdiscParameters["kind"];

/** What `fq_codel` counts beside the common counters. */
export interface FqCodelStatistics {
  /** Largest packet seen, in bytes. */
  maxPacketBytes: number;
  /** Packets dropped because the whole qdisc was full. */
  dropOverlimit: number;
  /** Packets dropped because they took too much memory. */
  dropOvermemory: number;
  /** Packets marked instead of dropped. */
  ecnMark: number;
  /** Packets marked at the CE threshold. */
  ceMark: number;
  /** Times that an idle queue became busy. */
  newFlowCount: number;
  /** Queues in their first turn now. */
  newFlowsLength: number;
  /** Other busy queues now. */
  oldFlowsLength: number;
  /** Memory that waiting packets take now, in bytes. */
  memoryUsage: number;
}

/** What one flow of `fq_codel` counts. */
export interface FqCodelFlowStatistics {
  /** Bytes that it may still send in this turn; negative where it owes some. */
  readonly deficitBytes: number;
  /** Packets waiting in it. */
  readonly queueLength: number;
  /** Bytes waiting in it. */
  readonly waitingBytes: number;
  /** Packets dropped or marked since its delay became too long. */
  readonly dropCount: number;
  /** The same at the last time that its delay became too long. */
  readonly lastDropCount: number;
  /** How long the last packet waited, in nanoseconds. */
  readonly delayNs: number;
  /** When it loses the next packet, in nanoseconds; undefined while its delay is acceptable. */
  readonly dropNextNs: number | undefined;
}

/** A queueing discipline on a link. */
export class Qdisc {
  /** The link it stands on. */
  readonly link: Link;
  /** Its handle; 0 for one that the kernel made by itself. */
  readonly handle: Handle;
  /** Where it hangs: ROOT, INGRESS, or the class whose leaf it is. */
  readonly parent: Handle;
  /** What it counted. */
  readonly counters: QueueCounters = newQueueCounters();
  /** Classes by handle, of an `htb`; empty for any other kind. */
  readonly classes: Map<Handle, HtbClass> = new Map();
  /** The order in which the kernel lists its classes. */
  readonly classHash: ClassHash = new ClassHash();
  /** Inner qdiscs by the handle of the class whose leaf they are. */
  readonly leaves: Map<Handle, Qdisc> = new Map();
  /** Filters that hang on the qdisc itself; of `clsact`, those for arriving packets. */
  readonly filters: FilterBlock;
  /** Filters of `clsact` for leaving packets; unused by every other kind. */
  readonly egressFilters: FilterBlock;
  /** Tables of the `u32` filters that hang on it, on either side and on its classes. */
  readonly u32: U32Tables = new U32Tables();
  /** Counters of `fq_codel`; unused by every other kind. */
  readonly fqCodel: FqCodelStatistics = {
    maxPacketBytes: 0,
    dropOverlimit: 0,
    dropOvermemory: 0,
    ecnMark: 0,
    ceMark: 0,
    newFlowCount: 0,
    newFlowsLength: 0,
    oldFlowsLength: 0,
    memoryUsage: 0,
  };
  /** Flows of `fq_codel` that take turns, by number from 1; empty for any other kind. */
  readonly busyFlows: Map<number, FqCodelFlowStatistics> = new Map();
  /** Packets that `htb` sent past every class. */
  directPackets = 0;
  /** The runtime, once the dynamics have plugged one in. */
  scheduler: Scheduler | undefined;
  #parameters: QdiscParameters;

  /**
   * @param link The link it stands on.
   * @param parameters Its kind and what it was told.
   * @param place Its handle and where it hangs.
   */
  constructor(
    link: Link,
    parameters: QdiscParameters,
    place: { readonly handle: Handle; readonly parent: Handle },
  ) {
    this.link = link;
    this.handle = place.handle;
    this.parent = place.parent;
    this.#parameters = parameters;
    this.filters = new FilterBlock(this, place.handle);
    this.egressFilters = new FilterBlock(this, place.handle);
  }

  /** What it was told. */
  get parameters(): QdiscParameters {
    return this.#parameters;
  }

  /** Its kind. */
  get kind(): QdiscKind {
    return this.#parameters.kind;
  }

  /** Whether it takes arriving packets rather than leaving ones. */
  get isIngress(): boolean {
    return this.parent === INGRESS;
  }

  /** @param parameters What it is told from now on; of the same kind. */
  change(parameters: QdiscParameters): void {
    this.#parameters = parameters;
    this.scheduler?.reconfigure();
  }
}
