import { describeFrame } from "./describe_frame.ts";
import { exampleFrame } from "./example_frame.ts";
import { follow, type Step } from "./follow.ts";
import type { Astray } from "./prove.ts";
import type { Place, Steering } from "./steering.ts";
import { nameOf } from "./place_name.ts";
import type { Fate } from "./walk.ts";

/** A packet that does not fare as it should. */
export interface Counterexample {
  /** Who can send it: `outside`, `host`, or a container's name. */
  readonly from: string;
  /** The link at whose other end, or for lo at which, it is put. */
  readonly at: string;
  /** The packet in a few words. */
  readonly packet: string;
  /** All its bytes from the Ethernet header on, in hexadecimal digits. */
  readonly frame: string;
  /** Where it goes from there, and where it should go. */
  readonly goes: readonly string[];
  readonly should: readonly string[];
  /** Its whole way: every filter that it meets, and every place that it comes to. */
  readonly trace: readonly Step[];
}

/**
 * Makes a packet of a set that goes astray, and follows it.
 *
 * @param steering The filters.
 * @param astray The set.
 */
export function exampleOf(steering: Steering, astray: Astray): Counterexample {
  const { place, packets, fate, due } = astray;
  const frame = exampleFrame(packets, steering.host);
  const names = (fates: Fate) => namesOf(steering, place, fates);
  return {
    from: sourceOf(place),
    at: nameOf(place),
    packet: describeFrame(frame),
    frame: frame.toHex(),
    goes: names(fate),
    should: names(due),
    trace: follow(steering, place, frame),
  };
}

/** Who can make a packet arrive somewhere. */
function sourceOf({ kind, owner }: Place): string {
  if (kind === "eth0") return "outside";
  if (owner === undefined || kind === "inner-eth0") return "host";
  return owner.name;
}

/** Names where packets go, as an operator knows it. */
function namesOf({ host, owners }: Steering, place: Place, { stack, links }: Fate): string[] {
  const isInside = place.kind.startsWith("inner-");
  const here = isInside ? place.owner?.name ?? "" : "host";
  const nameOfLink = (link: string): string => {
    if (isInside) return `${here} ${link}`;
    if (link === host.eth0) return "wire";
    if (link === host.lo) return "host lo";
    return owners.find(({ veth }) => veth === link)?.name ??
      (link === "*" ? "a device that is gone" : link);
  };
  return [...(stack ? [here] : []), ...links.map(nameOfLink)];
}
