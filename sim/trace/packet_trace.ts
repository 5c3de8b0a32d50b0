/** One thing that happened to a packet. */
export interface TraceStep {
  /** When, in nanoseconds of virtual time. */
  readonly timeNs: number;
  /** Name of the machine. */
  readonly machine: string;
  /** Inode number of the network namespace, which tells namespaces of a machine apart. */
  readonly namespace: number;
  /** Name of the link in that namespace; empty where none was chosen yet. */
  readonly link: string;
  /** Which part of the kernel it happened in. */
  readonly stage: TraceStage;
  /** What was done, in the kernel's own terms. */
  readonly what: string;
  /** Whether a filter's test passed; absent for steps that test nothing. */
  readonly matched?: boolean;
}

/** Parts of the kernel that a packet meets. */
export type TraceStage =
  | "socket"
  | "route"
  | "neighbour"
  | "egress"
  | "queue"
  | "transmit"
  | "receive"
  | "filter"
  | "action"
  | "reassemble"
  | "deliver"
  | "forward"
  | "drop";

/** How a packet's way ended. */
export interface TraceEnd {
  /** Whether it reached a socket or the kernel itself, was lost, or goes on as copies alone. */
  readonly outcome: "delivered" | "dropped" | "consumed";
  /** The rule of the kernel that ended it, such as `martian source`. */
  readonly reason: string;
}

/** The whole way of one packet, copies apart. */
export class PacketTrace {
  /** The packet's number. */
  readonly packetId: number;
  /** Number of the packet that it was copied from; undefined for an original. */
  readonly copiedFrom: number | undefined;
  /** The packet in one line, as it was made. */
  readonly packet: string;
  readonly #steps: TraceStep[] = [];
  #end: TraceEnd | undefined;

  /**
   * @param packetId The packet's number.
   * @param packet The packet in one line.
   * @param copiedFrom Number of the packet that it was copied from, if any.
   */
  constructor(packetId: number, packet: string, copiedFrom?: number) {
    this.packetId = packetId;
    this.packet = packet;
    this.copiedFrom = copiedFrom;
  }

  /** Its steps, in the order in which they happened. */
  get steps(): readonly TraceStep[] {
    return this.#steps;
  }

  /** How it ended; undefined while it is under way. */
  get end(): TraceEnd | undefined {
    return this.#end;
  }

  /** Its way as data. */
  toJSON() {
    const { packetId, packet, copiedFrom, steps, end } = this;
    return { packetId, packet, ...(copiedFrom === undefined ? {} : { copiedFrom }), steps, end };
  }

  /** @param step What happened next. */
  add(step: TraceStep): void {
    this.#steps.push(step);
  }

  /** @param end How it ended; the first end counts. */
  finish(end: TraceEnd): void {
    this.#end ??= end;
  }
}
