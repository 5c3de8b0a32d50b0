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
  /** Questions sent since. */
  probes: number;
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
    entries.set(neighbour.address, neighbour);
  }

  /** @param link Which side. @param address Whom. @returns Whether there was an entry to remove. */
  remove(link: Link, address: Ipv4): boolean {
    return this.#byLink.get(link)?.delete(address) ?? false;
  }

  /** @param link The link whose entries all go. */
  forget(link: Link): void {
    this.#byLink.delete(link);
  }

  /** Every entry, link by link, in the order of their making. */
  *entries(): Generator<Neighbour> {
    for (const entries of this.#byLink.values()) yield* entries.values();
  }
}
