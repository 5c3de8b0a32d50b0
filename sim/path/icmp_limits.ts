import type { Ipv4 } from "../model/ipv4.ts";
import type { Random } from "../model/machine.ts";
import { NS_PER_MS, NS_PER_SECOND, type VirtualClock } from "../time/virtual_clock.ts";

/** A host that was never heard of has been silent this long (`inet_getpeer`). */
const NEW_PEER_SILENCE_NS = 60 * NS_PER_SECOND;
/** Messages that may go to one host at once after a silence (`XRLIM_BURST_FACTOR`). */
const BURST = 6;
/** What an unroutable datagram costs, and the most that is saved up (`ip_rt_error_cost`). */
const ROUTE_ERROR = { costNs: NS_PER_SECOND, mostNs: 5 * NS_PER_SECOND };
/** Redirects that are sent to one host before it is taken for deaf (`ip_rt_redirect_number`). */
const REDIRECTS_MAX = 9;
/** Time behind the first redirect, doubled behind each next one (`ip_rt_redirect_load`). */
const REDIRECT_LOAD_NS = NS_PER_SECOND / 50;
/** After such a silence redirects begin anew (`ip_rt_redirect_silence`). */
const REDIRECT_SILENCE_NS = REDIRECT_LOAD_NS * 2 ** (REDIRECTS_MAX + 1);
/** Time after which all hosts together get new credit. */
const REFILL_NS = NS_PER_SECOND / 50;

/** What is known of one host: credit saved up in nanoseconds, and when it last changed. */
interface Peer {
  tokensNs: number;
  lastNs: number;
  redirects: number;
}

/** How many ICMP messages a namespace may send: to each host, and to all (`inetpeer.c`). */
export class IcmpLimits {
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #peers = new Map<Ipv4, Peer>();
  #credit = 0;
  #refilledAtNs = -NS_PER_SECOND;

  /**
   * @param clock The one clock.
   * @param random The one source of chance.
   */
  constructor(clock: VirtualClock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /**
   * Asks for one message to a host, and pays for it.
   *
   * @param host The host.
   * @param intervalMs Time that each message stands for (`icmp_ratelimit`); 0 for no limit.
   */
  allowsMessage(host: Ipv4, intervalMs: number): boolean {
    if (intervalMs === 0) return true;
    const costNs = intervalMs * NS_PER_MS;
    return this.#pay(host, costNs, BURST * costNs);
  }

  /** @param host Who sent a datagram that has no route. @returns Whether it may hear of it. */
  allowsRouteError(host: Ipv4): boolean {
    return this.#pay(host, ROUTE_ERROR.costNs, ROUTE_ERROR.mostNs);
  }

  /** @param host Who sends by a detour. @returns Whether it is told now. */
  allowsRedirect(host: Ipv4): boolean {
    const peer = this.#peer(host);
    const nowNs = this.#clock.nowNs;
    if (nowNs > peer.lastNs + REDIRECT_SILENCE_NS) {
      peer.tokensNs = 0;
      peer.redirects = 0;
    }
    if (peer.redirects >= REDIRECTS_MAX) {
      peer.lastNs = nowNs;
      return false;
    }
    const waitNs = REDIRECT_LOAD_NS * 2 ** peer.redirects;
    if (peer.redirects > 0 && nowNs <= peer.lastNs + waitNs) return false;
    peer.lastNs = nowNs;
    peer.redirects += 1;
    return true;
  }

  /**
   * Asks whether all hosts together may get one more message.
   *
   * @param perSecond Messages a second (`icmp_msgs_per_sec`).
   * @param burst Most credit that is saved up (`icmp_msgs_burst`).
   */
  hasCredit(perSecond: number, burst: number): boolean {
    if (this.#credit > 0) return true;
    const nowNs = this.#clock.nowNs;
    const sinceNs = Math.min(nowNs - this.#refilledAtNs, NS_PER_SECOND);
    if (sinceNs < REFILL_NS) return false;
    const gained = Math.floor(perSecond * sinceNs / NS_PER_SECOND);
    if (gained === 0) return false;
    this.#refilledAtNs = nowNs;
    this.#credit = Math.min(this.#credit + gained, burst);
    return true;
  }

  /** Takes the credit of one message. By chance none to two, so that nobody can count them. */
  spendCredit(): void {
    this.#credit -= this.#random.nextUint32() % 3;
  }

  #pay(host: Ipv4, costNs: number, mostNs: number): boolean {
    const peer = this.#peer(host);
    const nowNs = this.#clock.nowNs;
    peer.tokensNs = Math.min(peer.tokensNs + nowNs - peer.lastNs, mostNs);
    peer.lastNs = nowNs;
    if (peer.tokensNs < costNs) return false;
    peer.tokensNs -= costNs;
    return true;
  }

  #peer(host: Ipv4): Peer {
    const known = this.#peers.get(host);
    if (known !== undefined) return known;
    const lastNs = this.#clock.nowNs - NEW_PEER_SILENCE_NS;
    const peer = { tokensNs: 0, lastNs, redirects: 0 };
    this.#peers.set(host, peer);
    return peer;
  }
}
