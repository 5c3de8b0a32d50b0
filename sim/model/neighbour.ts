import type { Ipv4 } from "./ipv4.ts";
import type { Link } from "./link.ts";
import type { Mac } from "./mac.ts";

/** How sure the machine is of a neighbour's MAC address. */
export type NeighbourState =
  | "INCOMPLETE"
  | "REACHABLE"
  | "STALE"
  | "DELAY"
  | "PROBE"
  | "FAILED"
  | "NOARP"
  | "PERMANENT";

/** A machine on the other side of a link. */
export interface Neighbour {
  readonly link: Link;
  readonly address: Ipv4;
  /** Its MAC address; undefined before the first answer. */
  mac: Mac | undefined;
  state: NeighbourState;
  /** When it was last confirmed, in nanoseconds of the machine's clock. */
  confirmedAtNs: number;
  /** When a packet last had to ask for it, in nanoseconds. */
  usedAtNs: number;
  /** When its state or its MAC address last changed, in nanoseconds. */
  updatedAtNs: number;
  /** Questions sent since. */
  probes: number;
  /** For how long it is taken for reachable once it is confirmed, in nanoseconds. */
  readonly reachableNs: number;
}

/** States in which the kernel has a MAC address that it takes for valid (NUD_VALID). */
const VALID: ReadonlySet<NeighbourState> = new Set([
  ...["REACHABLE", "STALE", "DELAY", "PROBE", "NOARP", "PERMANENT"] as const,
]);

/**
 * Tells whether the kernel takes the MAC address of a neighbour for valid.
 *
 * @param state The neighbour's state.
 */
export function isValid(state: NeighbourState): boolean {
  return VALID.has(state);
}

/**
 * Gives the MAC address of a neighbour as the kernel tells it: of one that failed it keeps what it
 * once knew, and does not show it.
 *
 * @param neighbour The neighbour.
 */
export function shownMac({ mac, state }: Neighbour): Mac | undefined {
  return isValid(state) ? mac : undefined;
}

/** Mean time for which an answer is taken for true (`base_reachable_time`), in nanoseconds. */
export const BASE_REACHABLE_NS = 30e9;

/**
 * Makes an entry.
 *
 * @param place Which side, and whom.
 * @param spec What is known; when; and how much longer than half the base time an answer is taken
 *   for true, as a part of the base time, 0 to 1.
 */
export function newNeighbour(
  place: { readonly link: Link; readonly address: Ipv4 },
  spec: {
    readonly mac: Mac | undefined;
    readonly state: NeighbourState;
    readonly nowNs: number;
    readonly patience: number;
  },
): Neighbour {
  const { mac, state, nowNs, patience } = spec;
  // What was never confirmed counts as confirmed long ago.
  const isSure = state === "REACHABLE" || state === "PERMANENT" || state === "NOARP";
  return {
    ...place,
    mac,
    state,
    confirmedAtNs: isSure ? nowNs : nowNs - 2 * BASE_REACHABLE_NS,
    usedAtNs: nowNs,
    updatedAtNs: nowNs,
    probes: 0,
    reachableNs: BASE_REACHABLE_NS * (0.5 + patience),
  };
}

/** The neighbours of a namespace, by link and address. */
export class NeighbourTable {
  readonly #byLink: Map<Link, Map<Ipv4, Neighbour>> = new Map();

  /** @param link Which side. @param address Whom. @returns The entry, if there is one. */
  get(link: Link, address: Ipv4): Neighbour | undefined {
    return this.#byLink.get(link)?.get(address);
  }

  /** @param neighbour What to add, in place of an entry for the same link and address. */
  set(neighbour: Neighbour): void {
    let entries = this.#byLink.get(neighbour.link);
    if (entries === undefined) {
      entries = new Map();
      this.#byLink.set(neighbour.link, entries);
    }
    // A link that leads nowhere has one neighbour, whatever address it is given.
    const isNowhere = neighbour.link.kind === "loopback" && neighbour.address !== 0;
    const kept = isNowhere ? { ...neighbour, address: 0 } : neighbour;
    entries.set(kept.address, kept);
  }

  /** @param link Which side. @param address Whom. @returns Whether there was an entry to remove. */
  remove(link: Link, address: Ipv4): boolean {
    return this.#byLink.get(link)?.delete(address) ?? false;
  }

  /**
   * Drops what is known of a link's neighbours.
   *
   * @param link The link.
   * @param options Whether entries stay that somebody made for good; they go when left out.
   */
  forget(link: Link, { keepsPermanent = false }: { readonly keepsPermanent?: boolean } = {}): void {
    const entries = keepsPermanent ? this.#byLink.get(link) : undefined;
    if (entries === undefined) {
      this.#byLink.delete(link);
      return;
    }
    for (const [address, { state }] of entries) {
      if (state !== "PERMANENT") entries.delete(address);
    }
  }

  /**
   * Takes what was not confirmed for long for doubtful.
   *
   * @param nowNs The time, in nanoseconds of the machine's clock.
   */
  age(nowNs: number): void {
    for (const neighbour of this.entries()) ageNeighbour(neighbour, nowNs);
  }

  /** Every entry, link by link, in the order of their making. */
  *entries(): Generator<Neighbour> {
    for (const entries of this.#byLink.values()) yield* entries.values();
  }
}

/**
 * Takes an entry for doubtful that was not confirmed for long.
 *
 * @param neighbour The entry.
 * @param nowNs The time, in nanoseconds of the machine's clock.
 */
export function ageNeighbour(neighbour: Neighbour, nowNs: number): void {
  const { state, confirmedAtNs, reachableNs } = neighbour;
  if (state !== "REACHABLE" || nowNs <= confirmedAtNs + reachableNs) return;
  neighbour.state = "STALE";
  neighbour.updatedAtNs = confirmedAtNs + reachableNs;
}
