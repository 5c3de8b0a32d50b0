import type { Place, Steering } from "./steering.ts";
import type { Fate } from "./walk.ts";

/** Links that a packet is followed over; more would be a circle. */
const HOPS_MAX = 16;

/** How a packet's way ends, or that of one of its copies. */
export type End = "stack" | "wire" | "lost" | "dropped" | "circles";

/** Who travels with a packet. */
export interface Traveller {
  /**
   * Tells what becomes of the packet at a link.
   *
   * @param place The link, where it has just arrived.
   */
  arrive(place: Place): readonly Fate[];
  /**
   * Hears of an end.
   *
   * @param end The end.
   * @param place The link at which it arrived last.
   */
  end(end: End, place: Place): void;
}

/**
 * Follows a packet over all links that it comes to, and its copies after it.
 *
 * @param steering The host and its containers.
 * @param start Where it arrives first.
 * @param traveller Says at each link where it goes on to.
 */
export function travel(steering: Steering, start: Place, traveller: Traveller): void {
  const arrivals: { readonly place: Place; readonly hop: number }[] = [{ place: start, hop: 0 }];
  // What arrives on the way is put behind the rest.
  for (const { place, hop } of arrivals) {
    if (hop >= HOPS_MAX) {
      traveller.end("circles", place);
      continue;
    }
    for (const { stack, links } of traveller.arrive(place)) {
      for (const link of links) {
        const next = behind(steering, place, link);
        if (typeof next === "string") traveller.end(next, place);
        else arrivals.push({ place: next, hop: hop + 1 });
      }
      if (stack) traveller.end("stack", place);
      else if (links.length === 0) traveller.end("dropped", place);
    }
  }
}

/** Finds where a packet arrives that leaves through a link. */
function behind({ host, places }: Steering, here: Place, link: string): Place | End {
  const { kind, owner } = here;
  const find = (wanted: Place["kind"], isIt: (place: Place) => boolean): Place | End =>
    places.find((place) => place.kind === wanted && isIt(place)) ?? "lost";
  if (kind === "inner-eth0" || kind === "inner-lo") {
    const isOut = link === host.eth0;
    return find(isOut ? "veth" : "inner-lo", (place) => place.owner === owner);
  }
  if (link === host.eth0) return "wire";
  if (link === host.lo) return find("lo", () => true);
  return find("inner-eth0", (place) => place.owner?.veth === link);
}
