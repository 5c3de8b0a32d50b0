import { duesOf } from "../../../src/isolator/prove/claim.ts";
import { onePacket } from "../../../src/isolator/prove/one_packet.ts";
import { type Dues, Ownership } from "../../../src/isolator/prove/ownership.ts";
import { nameOf } from "../../../src/isolator/prove/place_name.ts";
import type { Place, Steering } from "../../../src/isolator/prove/steering.ts";
import { travel } from "../../../src/isolator/prove/travel.ts";

/** Where a frame was put on a host. */
export interface Shot {
  /** The link at which it arrives first. */
  readonly place: Place;
  /** Its bytes, from the Ethernet header on. */
  readonly frame: Uint8Array;
}

/** Who saw a frame. */
export interface Verdict {
  /** Links at which it arrived, once for each time, sorted; `wire` is the outside's. */
  readonly links: readonly string[];
  /** Whose stacks took it from a link, once for each time, sorted. */
  readonly stacks: readonly string[];
}

/** Name of the outside's link. */
export const WIRE = "wire";

const VLAN_TYPES = [0x8100, 0x88a8];
/** The kernel drops a tagged frame that has not the protocol behind its tag. */
const TAGGED_BYTES_MIN = 20;

/** Tells from whose each port is, and nothing else, who must see a frame. */
export class OwnershipModel {
  readonly #steering: Steering;
  readonly #ownership: Ownership;
  readonly #dues = new Map<Place, Dues>();

  /** @param steering The host and its containers. */
  constructor(steering: Steering) {
    this.#steering = steering;
    this.#ownership = new Ownership(steering);
  }

  /**
   * Tells who must see a frame, and nobody else.
   *
   * @param shot The frame.
   * @returns The verdict, or undefined for what has a header of fewer than five words: that is no
   *   packet, and every stack drops it.
   */
  verdictOf({ place, frame }: Shot): Verdict | undefined {
    if (isHeaderless(frame)) return undefined;
    const links: string[] = [];
    const stacks: string[] = [];
    if (typeOf(frame) === "cut tag") return { links, stacks };
    const packets = onePacket(frame);
    travel(this.#steering, place, {
      arrive: (at) => {
        links.push(nameOf(at));
        const { claims, otherwise } = this.#duesAt(at);
        return duesOf(packets, claims, otherwise).map(({ fate }) => fate);
      },
      end: (end, at) => {
        if (end === "wire") links.push(WIRE);
        if (end === "stack") stacks.push(stackOf(at));
        // The outside owns no place: its stack takes what the wire brings.
        if (end === "wire") stacks.push(WIRE);
      },
    });
    return { links: links.sort(), stacks: stacks.sort() };
  }

  #duesAt(place: Place): Dues {
    const known = this.#dues.get(place);
    if (known !== undefined) return known;
    const dues = this.#ownership.dues(place);
    this.#dues.set(place, dues);
    return dues;
  }
}

/**
 * Names whose stack it is behind a link.
 *
 * @param place The link.
 */
export function stackOf({ kind, owner }: Place): string {
  return kind.startsWith("inner-") ? owner?.name ?? "" : "host";
}

function typeOf(frame: Uint8Array): number | "tag" | "cut tag" {
  const type = (frame[12] ?? 0) << 8 | (frame[13] ?? 0);
  if (!VLAN_TYPES.includes(type)) return type;
  return frame.length < TAGGED_BYTES_MIN ? "cut tag" : "tag";
}

/** Whether a header, or one that an ICMP error quotes, has fewer than five words. */
function isHeaderless(frame: Uint8Array): boolean {
  if (typeOf(frame) !== 0x0800) return false;
  const words = (frame[14] ?? 0x45) & 0x0f;
  if (words < 5) return true;
  const quoted = frame[14 + words * 4 + 8];
  return frame[23] === 1 && quoted !== undefined && (quoted & 0x0f) < 5;
}
