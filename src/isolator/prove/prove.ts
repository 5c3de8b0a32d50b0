import { IntervalSet } from "../../ports/mod.ts";
import { IsolatorError } from "../isolator_error.ts";
import { duesOf } from "./claim.ts";
import { type Counterexample, exampleOf } from "./counterexample.ts";
import { Ownership } from "./ownership.ts";
import { PacketSet } from "./packet_set.ts";
import { NETWORK, TAG, TYPE } from "./position.ts";
import { NO_TAG, TYPE_IP } from "./packet_test.ts";
import { sharedPort } from "./port_fates.ts";
import { rulesOf } from "./rules.ts";
import type { Place, Steering } from "./steering.ts";
import { type Fate, LEGAL_HEADERS, walk } from "./walk.ts";

/** What was proved, or what disproves it. */
export interface Proof {
  /** Links whose filters every packet was walked through. */
  readonly links: number;
  /** Filters and tables on them. */
  readonly filters: number;
  /** Sets of packets that fare alike and that all packets are in, over all links. */
  readonly classes: number;
  /** Sets that do not fare as they should. */
  readonly astray: number;
  /** The shortest way of a packet that goes astray; undefined where none does. */
  readonly counterexample?: Counterexample;
}

/** Packets at a place that do not fare as they should. */
export interface Astray {
  /** Where. */
  readonly place: Place;
  /** Which. */
  readonly packets: PacketSet;
  /** What becomes of them there. */
  readonly fate: Fate;
  /** What should. */
  readonly due: Fate;
}

/** How many sets of packets astray are followed to find the shortest way among theirs. */
const FOLLOWED_MAX = 200;

/**
 * Shows that every packet reaches its owner and nobody else, or finds one that does not.
 *
 * Any frame whatever can arrive at any of a host's links: from the wire, from the host's programs,
 * from a container whose root user makes it up. So what all frames meet at each link is all there
 * is to show; longer ways are made of such steps.
 *
 * @param steering The filters as the kernel lists them, and whose each port is.
 * @throws {IsolatorError} With code `not-provable` where two containers claim one port, or a filter
 *   does what cannot be followed.
 */
export function prove(steering: Steering): Proof {
  const shared = sharedPort(steering.owners);
  if (shared !== undefined) {
    const { port, names } = shared;
    throw new IsolatorError(
      "not-provable",
      `The port ${port} belongs to ${names.join(" and to ")}; clean one of them up`,
    );
  }
  const ownership = new Ownership(steering);
  const astray: Astray[] = [];
  let classes = 0;
  for (const place of steering.places) {
    const { claims, otherwise } = ownership.dues(place);
    walk(rulesOf(place.filters), EVERY_PACKET, {
      ended: ({ packets, fate }) => {
        for (const { packets: alike, fate: due } of duesOf(packets, claims, otherwise)) {
          classes++;
          if (!isSame(fate, due)) astray.push({ place, packets: alike, fate, due });
        }
      },
    });
  }
  const examples = astray.slice(0, FOLLOWED_MAX).map((each) => exampleOf(steering, each));
  const [counterexample] = examples.toSorted((a, b) => a.trace.length - b.trace.length);
  return {
    links: steering.places.length,
    filters: steering.places.reduce((sum, { filters }) => sum + filters.length, 0),
    classes,
    astray: astray.length,
    ...(counterexample === undefined ? {} : { counterexample }),
  };
}

const IPV4 = IntervalSet.of({ begin: TYPE_IP, end: TYPE_IP });
const TAGS = IntervalSet.of({ begin: 0x8100, end: 0x8100 }, { begin: 0x88a8, end: 0x88a8 });
const UNTAGGED = IntervalSet.of({ begin: 0, end: 0xffff }).difference(TAGS);

/**
 * Every frame from its whole Ethernet header on: IPv4, all other types, and those with a VLAN tag.
 */
export const EVERY_PACKET: readonly PacketSet[] = [
  PacketSet.of(new Map([[TAG, NO_TAG], [TYPE, IPV4], [NETWORK, LEGAL_HEADERS]]), NETWORK),
  PacketSet.of(new Map([[TAG, NO_TAG], [TYPE, UNTAGGED.difference(IPV4)]]), NETWORK),
  // The kernel drops a tag without the protocol that stands behind it.
  PacketSet.of(new Map([[TAG, TAGS]]), NETWORK + 2),
];

/** Copies may be made in any order, but only one for each link. */
function isSame(a: Fate, b: Fate): boolean {
  if (a.stack !== b.stack || a.links.length !== b.links.length) return false;
  if (a.links.length < 2) return a.links[0] === b.links[0];
  const [sortedA, sortedB] = [a.links.toSorted(), b.links.toSorted()];
  return sortedA.every((link, i) => link === sortedB[i]);
}
