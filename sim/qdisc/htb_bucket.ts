import { durationNs, NS_PER_TICK, prepareRate, type Rate } from "./rate.ts";

/** Longest time that tokens are counted for: 60 s, as net/sched/sch_htb.c has it. */
export const LONGEST_NS = 60e9;

/** A bucket of tokens, which are nanoseconds of sending; `htb` has two for each class. */
export class HtbBucket {
  /** Tokens in it; negative when overdrawn. */
  tokensNs: number;
  #rate: Rate;
  #sizeNs: number;

  /**
   * @param rateBytesPerSecond How fast it fills.
   * @param burstTicks Its size, in ticks of 64 ns. It is full at first.
   */
  constructor(rateBytesPerSecond: number, burstTicks: number) {
    this.#rate = prepareRate(rateBytesPerSecond);
    this.#sizeNs = burstTicks * NS_PER_TICK;
    this.tokensNs = this.#sizeNs;
  }

  /** Tokens in ticks of 64 ns, as `tc` shows them. */
  get tokensTicks(): number {
    return Math.floor(this.tokensNs / NS_PER_TICK);
  }

  /**
   * Changes what it is; its tokens stay.
   *
   * @param rateBytesPerSecond How fast it fills.
   * @param burstTicks Its size, in ticks of 64 ns.
   */
  change(rateBytesPerSecond: number, burstTicks: number): void {
    this.#rate = prepareRate(rateBytesPerSecond);
    this.#sizeNs = burstTicks * NS_PER_TICK;
  }

  /** Fills it to its brim. */
  fill(): void {
    this.tokensNs = this.#sizeNs;
  }

  /**
   * Takes the tokens for a packet out, after those of some time have come in.
   *
   * @param earnedNs The time.
   * @param lengthBytes Size of the packet.
   */
  charge(earnedNs: number, lengthBytes: number): void {
    const full = Math.min(this.tokensNs + earnedNs, this.#sizeNs);
    const tokensNs = full - durationNs(this.#rate, lengthBytes);
    this.tokensNs = tokensNs <= -LONGEST_NS ? 1 - LONGEST_NS : tokensNs;
  }
}
