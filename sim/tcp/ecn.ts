import { TCP_FLAG } from "../packet/tcp.ts";
import { ECN } from "../packet/ipv4.ts";

/**
 * How the two ends of a connection tell each other of congestion marks (RFC 3168): the receiver of
 * a mark echoes it in every ACK until the sender says that it has reduced its window.
 */
export class EcnEcho {
  /** Whether both sides agreed to it. */
  isAgreed = false;
  #mustEcho = false;
  #mustSayReduced = false;

  /**
   * A segment has come.
   *
   * @param flags Its flags.
   * @param trafficClass The traffic class byte of its IP header.
   * @returns Whether it brought the first mark since the sender last reduced its window.
   */
  received(flags: number, trafficClass: number): boolean {
    if (!this.isAgreed) return false;
    if ((flags & TCP_FLAG.cwr) !== 0) this.#mustEcho = false;
    const isNew = (trafficClass & ECN.congested) === ECN.congested && !this.#mustEcho;
    if (isNew) this.#mustEcho = true;
    return isNew;
  }

  /** The sender has reduced its window: its next new data will say so. */
  reduced(): void {
    if (this.isAgreed) this.#mustSayReduced = true;
  }

  /**
   * Gives the flags for a segment that goes out now.
   *
   * @param isNewData Whether it carries data for the first time.
   */
  takeFlags(isNewData: boolean): number {
    if (!this.isAgreed) return 0;
    const reduced = isNewData && this.#mustSayReduced;
    if (reduced) this.#mustSayReduced = false;
    return (this.#mustEcho ? TCP_FLAG.ece : 0) | (reduced ? TCP_FLAG.cwr : 0);
  }
}
