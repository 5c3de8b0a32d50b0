import { formatFilterHandle } from "../../routing/handle.ts";
import { onePacket } from "./one_packet.ts";
import { nameOf } from "./place_name.ts";
import { type Rule, rulesOf } from "./rules.ts";
import type { Place, Steering } from "./steering.ts";
import { type End, travel } from "./travel.ts";
import { type Fate, walk } from "./walk.ts";

/** A step on the way of a packet. */
export interface Step {
  /** The link, such as `host eth0`. */
  readonly place: string;
  /** What happens: it arrives, meets a filter, or comes to an end. */
  readonly kind: "arrives" | "filter" | "ends";
  /** The filter, or where it ends. */
  readonly what: string;
  /** Whether the filter matches it. */
  readonly matched?: boolean;
}

/**
 * Follows one packet filter by filter, over all links that it comes to, and its copies after it.
 *
 * @param steering The filters.
 * @param start Where it arrives first.
 * @param frame Its bytes.
 * @returns The steps in order.
 */
export function follow(steering: Steering, start: Place, frame: Uint8Array): Step[] {
  const steps: Step[] = [];
  const packets = [onePacket(frame)];
  travel(steering, start, {
    arrive: (place) => {
      const name = nameOf(place);
      steps.push({ place: name, kind: "arrives", what: `arrives at ${name}` });
      const fates: Fate[] = [];
      walk(rulesOf(place.filters), packets, {
        ended: ({ fate }) => fates.push(fate),
        asked: (rule, matched) => {
          steps.push({ place: name, kind: "filter", what: describeRule(rule), matched });
        },
      });
      return fates;
    },
    end: (end, place) => {
      steps.push({ place: nameOf(place), kind: "ends", what: describeEnd(end, place) });
    },
  });
  return steps;
}

function describeEnd(end: End, { kind, owner }: Place): string {
  const isInside = kind.startsWith("inner-");
  const ends: Readonly<Record<End, string>> = {
    stack: `reaches ${isInside ? owner?.name : "the host"}`,
    wire: "leaves by the wire",
    lost: "is lost: the device is gone",
    dropped: "is dropped",
    circles: "circles for ever",
  };
  return ends[end];
}

function describeRule({ listed }: Rule): string {
  const { priority, handle, actions, classId, others } = listed;
  const name = handle === undefined ? listed.classifier : formatFilterHandle(handle);
  const ends = actions.length > 0
    ? actions.map(({ text }) => text).join(", ")
    : classId === undefined
    ? others.join(" ")
    : "stops here";
  return `prio ${priority} ${name} ${ends}`.trimEnd();
}
