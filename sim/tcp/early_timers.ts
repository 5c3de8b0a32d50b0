import { NS_PER_MS, type VirtualClock } from "../time/virtual_clock.ts";
import { DeadlineTimer } from "./deadline_timer.ts";
import type { LossRecovery } from "./loss_recovery.ts";
import { TIMEOUT_MIN_NS } from "./rack.ts";

/** What a lone segment's ACK may be late by, for it may be delayed: `TCP_RTO_MIN`. */
const DELAYED_ACK_NS = 200 * NS_PER_MS;
/** Wait for an answer before the first round-trip time is known: `TCP_TIMEOUT_INIT`. */
const FIRST_WAIT_NS = 1000 * NS_PER_MS;

/** What the timers call. */
export interface EarlyTimersDeps {
  /** The clock of the simulation. */
  readonly clock: VirtualClock;
  /** What is believed of the segments under way. */
  readonly recovery: LossRecovery;
  /** What was overtaken has not come in time. */
  late(): void;
  /**
   * Sends something new, or the newest segment again, whatever the window of congestion says.
   *
   * @returns What it sent; undefined for nothing.
   */
  probe(): { readonly end: number; readonly isRepeated: boolean } | undefined;
  /** The retransmission timeout is what is left to wait for. */
  armTimeout(): void;
}

/**
 * The timers that notice a loss before the retransmission timeout does: one for segments that
 * others have overtaken (RACK), one for the last segments of a flight, which nothing overtakes (the
 * tail loss probe, RFC 8985, section 7). Linux has one timer for all three.
 */
export class EarlyTimers {
  readonly #deps: EarlyTimersDeps;
  readonly #late: DeadlineTimer;
  readonly #tail: DeadlineTimer;
  #probe: { readonly end: number; readonly isRepeated: boolean } | undefined;

  /** @param deps What they call. */
  constructor(deps: EarlyTimersDeps) {
    this.#deps = deps;
    this.#late = new DeadlineTimer(deps.clock, () => deps.late());
    this.#tail = new DeadlineTimer(deps.clock, () => this.#sendProbe());
  }

  /**
   * Hears an ACK (`tcp_process_tlp_ack`).
   *
   * @param acknowledged Offset up to which the peer has acknowledged.
   * @param isNews Whether it delivered anything.
   */
  heard(acknowledged: number, isNews: boolean): void {
    const { lateInNs } = this.#deps.recovery;
    if (lateInNs > 0) this.#late.set(lateInNs + TIMEOUT_MIN_NS);
    else this.#late.clear();
    this.#judgeProbe(acknowledged, isNews);
  }

  /**
   * Something is under way whose answer may stay away: the probe will ask for it, where nothing is
   * known to be missing (`tcp_schedule_loss_probe`).
   *
   * @returns Whether there will be a probe, before or in the place of the retransmission timeout.
   */
  expectTail(): boolean {
    const { flight, rtt, congestion, isSelective } = this.#deps.recovery;
    const { oldest } = flight;
    const isCalm = (congestion.mode === "open" || congestion.mode === "cwr") &&
      flight.sacked === 0 && flight.lost === 0;
    if (!isSelective || !isCalm || oldest === undefined) return false;
    const slackNs = flight.count === 1 ? DELAYED_ACK_NS : TIMEOUT_MIN_NS;
    const waitNs = rtt.rttUs === 0 ? FIRST_WAIT_NS : 2 * rtt.rttUs * 1000 + slackNs;
    const timeoutNs = oldest.sentAtNs + rtt.rtoMs * NS_PER_MS - this.#deps.clock.nowNs;
    this.#tail.set(timeoutNs > 0 ? Math.min(waitNs, timeoutNs) : waitNs);
    return true;
  }

  /** The retransmission timeout takes the place of the probe. */
  clearTail(): void {
    this.#tail.clear();
  }

  /** Nothing is expected any more, or the retransmission timeout has passed. */
  clear(): void {
    this.#late.clear();
    this.#tail.clear();
    this.#probe = undefined;
  }

  #sendProbe(): void {
    // At most one is under way.
    if (this.#probe === undefined) this.#probe = this.#deps.probe();
    this.#deps.armTimeout();
  }

  #judgeProbe(acknowledged: number, isNews: boolean): void {
    const probe = this.#probe;
    if (probe === undefined || acknowledged < probe.end) return;
    // An ACK that delivers nothing answers a probe whose segment had arrived before.
    const hasRepaired = probe.isRepeated && acknowledged > probe.end;
    if (hasRepaired) this.#deps.recovery.congestion.reduceAtOnce();
    if (!probe.isRepeated || hasRepaired || !isNews) this.#probe = undefined;
  }
}
