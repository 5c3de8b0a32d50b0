import type { Ipv4 } from "../model/ipv4.ts";
import { NS_PER_SECOND, type VirtualClock } from "../time/virtual_clock.ts";

/** For how long what a router said is believed (`ip_rt_mtu_expires`). */
const EXPIRES_NS = 600 * NS_PER_SECOND;
/** Less than this is believed of nobody (`min_pmtu`). */
const MTU_BYTES_MIN = 552;

/** What routers have said of the largest datagram that reaches a host. */
export class PathMtus {
  readonly #clock: VirtualClock;
  readonly #known = new Map<Ipv4, { readonly mtuBytes: number; readonly expiresAtNs: number }>();

  /** @param clock The one clock. */
  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  /** @param host A host. @returns Bytes of the largest datagram; undefined where nobody said. */
  get(host: Ipv4): number | undefined {
    const known = this.#known.get(host);
    if (known === undefined) return undefined;
    if (known.expiresAtNs > this.#clock.nowNs) return known.mtuBytes;
    this.#known.delete(host);
    return undefined;
  }

  /**
   * Believes a router. One that asks for more than is known already is not heard.
   *
   * @param host Where the datagram was going.
   * @param mtuBytes What fits.
   */
  learn(host: Ipv4, mtuBytes: number): void {
    const present = this.get(host);
    if (present !== undefined && present < mtuBytes) return;
    const expiresAtNs = this.#clock.nowNs + EXPIRES_NS;
    this.#known.set(host, { mtuBytes: Math.max(mtuBytes, MTU_BYTES_MIN), expiresAtNs });
  }
}
