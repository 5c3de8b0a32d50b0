import type { QueueCounters } from "../model/counters.ts";
import type { FqCodelFlowStatistics, FqCodelStatistics } from "../model/qdisc.ts";
import type { Packet } from "../path/packet.ts";
import { type CodelQueue, type CodelState, newCodelState, NS_PER_CODEL_UNIT } from "./codel.ts";
import { countIn, countOut } from "./counting.ts";
import { markCongestion } from "./ecn.ts";
import { ShiftList } from "./shift_list.ts";

/** What all flows of one `fq_codel` share. */
export interface FlowsShare {
  readonly counters: QueueCounters;
  readonly statistics: FqCodelStatistics;
  /**
   * Loses a packet that had its turn too late.
   *
   * @param packet The packet.
   */
  dropLate(packet: Packet): void;
}

/** One of the queues of `fq_codel`, under CoDel. */
export class FqCodelFlow implements CodelQueue, FqCodelFlowStatistics {
  /** Its number, from 1. */
  readonly number: number;
  readonly codel: CodelState = newCodelState();
  /** Bytes that it may still send in this turn. */
  deficitBytes = 0;
  /** Bytes that wait in it. */
  waitingBytes = 0;
  readonly #packets = new ShiftList<Packet>();
  readonly #share: FlowsShare;

  /**
   * @param number Its number, from 1.
   * @param share What it shares with the others.
   */
  constructor(number: number, share: FlowsShare) {
    this.number = number;
    this.#share = share;
  }

  /** {@inheritDoc FqCodelFlowStatistics.queueLength} */
  get queueLength(): number {
    return this.#packets.length;
  }

  /** {@inheritDoc FqCodelFlowStatistics.dropCount} */
  get dropCount(): number {
    return this.codel.count;
  }

  /** {@inheritDoc FqCodelFlowStatistics.lastDropCount} */
  get lastDropCount(): number {
    return this.codel.lastCount;
  }

  /** {@inheritDoc FqCodelFlowStatistics.delayNs} */
  get delayNs(): number {
    return this.codel.lastDelay * NS_PER_CODEL_UNIT;
  }

  /** {@inheritDoc FqCodelFlowStatistics.dropNextNs} */
  get dropNextNs(): number | undefined {
    return this.codel.isDropping ? this.codel.dropNext * NS_PER_CODEL_UNIT : undefined;
  }

  /** {@inheritDoc CodelQueue.backlogBytes} */
  get backlogBytes(): number {
    return this.#share.counters.backlogBytes;
  }

  /** @param packet What waits in it from now on. */
  push(packet: Packet): void {
    this.#packets.push(packet);
    this.waitingBytes += packet.lengthBytes;
    this.#share.statistics.memoryUsage += packet.memoryBytes;
    countIn(this.#share.counters, packet);
  }

  /** {@inheritDoc CodelQueue.take} */
  take(): Packet | undefined {
    const packet = this.#packets.shift();
    if (packet === undefined) return undefined;
    this.waitingBytes -= packet.lengthBytes;
    this.#share.statistics.memoryUsage -= packet.memoryBytes;
    countOut(this.#share.counters, packet);
    return packet;
  }

  /** {@inheritDoc CodelQueue.drop} */
  drop(packet: Packet): void {
    this.#share.dropLate(packet);
  }

  /** {@inheritDoc CodelQueue.mark} */
  mark(packet: Packet): boolean {
    return markCongestion(packet);
  }

  /** {@inheritDoc CodelQueue.countMark} */
  countMark(): void {
    this.#share.statistics.ecnMark += 1;
  }

  /** {@inheritDoc CodelQueue.countThresholdMark} */
  countThresholdMark(): void {
    this.#share.statistics.ceMark += 1;
  }

  /** {@inheritDoc CodelQueue.see} */
  see(lengthBytes: number): void {
    const { statistics } = this.#share;
    if (lengthBytes > statistics.maxPacketBytes) statistics.maxPacketBytes = lengthBytes;
  }
}
