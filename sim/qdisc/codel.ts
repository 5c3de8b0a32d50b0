/**
 * CoDel (RFC 8289) as Linux computes it: in units of 1,024 ns, with a 16-bit fixed-point inverse
 * square root refined by one Newton step a drop.
 *
 * @module
 */

import type { Packet } from "../path/packet.ts";

/** Nanoseconds in CoDel's unit of time. */
export const NS_PER_CODEL_UNIT = 1024;

/** What a CoDel queue is told. Times are in units of 1,024 ns. */
export interface CodelParameters {
  /** Acceptable delay. */
  readonly target: number;
  /** Time after which a longer delay is not acceptable. */
  readonly interval: number;
  /** Delay at which packets are marked at once; Infinity for never. */
  readonly ceThreshold: number;
  /** Whether packets that say so are marked instead of dropped. */
  readonly ecn: boolean;
  /** Bytes that may always wait. */
  readonly mtuBytes: number;
}

/** What CoDel remembers of one queue. Times are in units of 1,024 ns. */
export interface CodelState {
  count: number;
  lastCount: number;
  isDropping: boolean;
  inverseSquareRoot: number;
  firstAboveTime: number;
  dropNext: number;
  lastDelay: number;
}

/** What CoDel does with and learns from the queue that it governs. */
export interface CodelQueue {
  /** Bytes that wait in the whole qdisc. */
  readonly backlogBytes: number;
  /** Takes the first packet out. */
  take(): Packet | undefined;
  /** Loses a packet. */
  drop(packet: Packet): void;
  /** Marks a packet; false where it is not capable of that. */
  mark(packet: Packet): boolean;
  /** Counts a mark made instead of a drop. */
  countMark(): void;
  /** Counts a mark made for the threshold. */
  countThresholdMark(): void;
  /** Learns the size of a packet. */
  see(lengthBytes: number): void;
}

const FULL_INVERSE_SQUARE_ROOT = 0xffff;

/** @returns The state of a queue that has never been late. */
export function newCodelState(): CodelState {
  return {
    count: 0,
    lastCount: 0,
    isDropping: false,
    inverseSquareRoot: 0,
    firstAboveTime: 0,
    dropNext: 0,
    lastDelay: 0,
  };
}

/**
 * Takes the next packet that CoDel lets through.
 *
 * @param queue The queue.
 * @param state What CoDel remembers of it.
 * @param parameters What it was told.
 * @param nowNs The time in nanoseconds.
 */
export function codelDequeue(
  queue: CodelQueue,
  state: CodelState,
  parameters: CodelParameters,
  nowNs: number,
): Packet | undefined {
  const now = Math.floor(nowNs / NS_PER_CODEL_UNIT);
  let packet = queue.take();
  if (packet === undefined) {
    state.isDropping = false;
    return undefined;
  }
  const isLate = shouldDrop(packet, queue, state, parameters, now);
  if (state.isDropping) {
    if (!isLate) state.isDropping = false;
    else packet = goOnDropping(packet, queue, state, parameters, now);
  } else if (isLate) {
    packet = startDropping(packet, queue, state, parameters, now);
  }
  if (packet !== undefined && state.lastDelay > parameters.ceThreshold && queue.mark(packet)) {
    queue.countThresholdMark();
  }
  return packet;
}

function shouldDrop(
  packet: Packet | undefined,
  queue: CodelQueue,
  state: CodelState,
  parameters: CodelParameters,
  now: number,
): boolean {
  if (packet === undefined) {
    state.firstAboveTime = 0;
    return false;
  }
  state.lastDelay = now - Math.floor(packet.enqueuedAtNs / NS_PER_CODEL_UNIT);
  queue.see(packet.lengthBytes);
  if (state.lastDelay < parameters.target || queue.backlogBytes <= parameters.mtuBytes) {
    state.firstAboveTime = 0;
    return false;
  }
  if (state.firstAboveTime === 0) {
    state.firstAboveTime = now + parameters.interval;
    return false;
  }
  return now > state.firstAboveTime;
}

function goOnDropping(
  first: Packet,
  queue: CodelQueue,
  state: CodelState,
  parameters: CodelParameters,
  now: number,
): Packet | undefined {
  let packet: Packet | undefined = first;
  while (packet !== undefined && state.isDropping && now >= state.dropNext) {
    state.count += 1;
    newtonStep(state);
    if (parameters.ecn && queue.mark(packet)) {
      queue.countMark();
      state.dropNext = controlLaw(state.dropNext, parameters.interval, state);
      return packet;
    }
    queue.drop(packet);
    packet = queue.take();
    if (shouldDrop(packet, queue, state, parameters, now)) {
      state.dropNext = controlLaw(state.dropNext, parameters.interval, state);
    } else {
      state.isDropping = false;
    }
  }
  return packet;
}

function startDropping(
  first: Packet,
  queue: CodelQueue,
  state: CodelState,
  parameters: CodelParameters,
  now: number,
): Packet | undefined {
  let packet: Packet | undefined = first;
  if (parameters.ecn && queue.mark(packet)) {
    queue.countMark();
  } else {
    queue.drop(packet);
    packet = queue.take();
    shouldDrop(packet, queue, state, parameters, now);
  }
  state.isDropping = true;
  // A queue that dropped a short time ago goes on at the rate that it had found.
  const delta = state.count - state.lastCount;
  if (delta > 1 && now - state.dropNext < 16 * parameters.interval) {
    state.count = delta;
    newtonStep(state);
  } else {
    state.count = 1;
    state.inverseSquareRoot = FULL_INVERSE_SQUARE_ROOT;
  }
  state.lastCount = state.count;
  state.dropNext = controlLaw(now, parameters.interval, state);
  return packet;
}

/**
 * One Newton step towards 1/√count, in 32-bit fixed point of which 16 bits are kept. As in the
 * kernel, numbers are of 64 bits without a sign, and wrap.
 */
function newtonStep(state: CodelState): void {
  const inverse = BigInt(state.inverseSquareRoot) << 16n;
  const squared = inverse * inverse >> 32n;
  const term = BigInt.asUintN(64, (3n << 32n) - BigInt(state.count) * squared) >> 2n;
  state.inverseSquareRoot = Number(BigInt.asUintN(16, BigInt.asUintN(64, term * inverse) >> 47n));
}

/** The next time to drop: an interval divided by √count later. */
function controlLaw(time: number, interval: number, state: CodelState): number {
  return time + Math.floor(interval * state.inverseSquareRoot / 0x10000);
}
