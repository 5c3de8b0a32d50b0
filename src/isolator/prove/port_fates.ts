import type { IntervalSet } from "../../ports/mod.ts";
import type { PortFates } from "./claim.ts";
import type { Owner } from "./steering.ts";
import type { Fate } from "./walk.ts";

/** An interval of ports and whose it is. */
interface Share {
  readonly begin: number;
  readonly end: number;
  readonly owner: Owner;
}

/**
 * Makes the fates of all owned ports.
 *
 * @param owners The owners, no two of which share a port.
 * @param fateOf Gives the fate of an owner's packets.
 */
export function portFates(owners: readonly Owner[], fateOf: (owner: Owner) => Fate): PortFates {
  const shares = owners.flatMap((owner): Share[] =>
    owner.ports.intervals.map(({ begin, end }) => ({ begin, end, owner }))
  ).toSorted((a, b) => a.begin - b.begin);
  const fates = new Map(owners.map((owner) => [owner, fateOf(owner)]));
  return (ports) =>
    [...ownersWithin(shares, ports)].flatMap((owner) => {
      const fate = fates.get(owner);
      return fate === undefined ? [] : [{ ports: owner.ports, fate }];
    });
}

/** The owners of some ports, each once. */
function ownersWithin(shares: readonly Share[], ports: IntervalSet): Set<Owner> {
  const found = new Set<Owner>();
  for (const { begin, end } of ports) {
    for (let i = firstEndingFrom(shares, begin); i < shares.length; i++) {
      const share = shares[i];
      if (share === undefined || share.begin > end) break;
      found.add(share.owner);
    }
  }
  return found;
}

/** Finds the first share that does not lie wholly below a port, by halving. */
function firstEndingFrom(shares: readonly Share[], port: number): number {
  let low = 0;
  let high = shares.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((shares[middle]?.end ?? Infinity) < port) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Finds a port that two owners claim.
 *
 * @param owners The owners.
 * @returns Both and the port, or undefined where nobody shares one.
 */
export function sharedPort(
  owners: readonly Owner[],
): { readonly port: number; readonly names: readonly [string, string] } | undefined {
  const shares = owners.flatMap((owner) =>
    owner.ports.intervals.map((interval) => ({ ...interval, owner }))
  ).toSorted((a, b) => a.begin - b.begin);
  let widest: Share | undefined;
  for (const share of shares) {
    if (widest !== undefined && share.begin <= widest.end) {
      return { port: share.begin, names: [widest.owner.name, share.owner.name] };
    }
    if (widest === undefined || share.end > widest.end) widest = share;
  }
  return undefined;
}
