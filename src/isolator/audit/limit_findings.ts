import { formatHandle } from "../../routing/handle.ts";
import {
  carriesLimit,
  HTB_CLASS,
  HTB_HANDLE,
  htbClass,
  type RateLimit,
} from "../../routing/htb.ts";
import type { HtbClass } from "../../routing/htb_listing.ts";
import { type Qdisc, rootQdisc } from "../../routing/qdisc.ts";
import { type Change, inNamespace, step } from "../change.ts";
import { addLeaf, limitPlan } from "../limit_plan.ts";
import type { LeafQdisc } from "../options.ts";
import { type Finding, finding } from "./finding.ts";

/** One way of a container, and the limit that it was given. */
export interface LimitedWay {
  /** The container's id. */
  readonly container: string;
  /** Name of the link whose way out is limited. */
  readonly link: string;
  /** Name of the link's namespace; the host's own when left out. */
  readonly namespace?: string;
  /** The limit that the container was given; undefined where it was given none. */
  readonly limit: RateLimit | undefined;
  /** The class that carries today's limit. */
  readonly there: HtbClass | undefined;
  /** The qdiscs of the link's namespace. */
  readonly qdiscs: readonly Qdisc[];
  /** The queue below a new limit. */
  readonly leaf: LeafQdisc;
}

/**
 * Compares the limit in force on one way of a container with the one that it was given. Qdiscs bear
 * no mark, so one of another kind or handle than ours is somebody else's, and left alone.
 *
 * @param way The way.
 */
export function limitFindings(way: LimitedWay): Finding[] {
  const { container, link, namespace, limit, there, qdiscs, leaf } = way;
  if (limit === undefined) return [];
  const on = namespace === undefined ? link : `${link} in namespace ${namespace}`;
  const mend = (commands: Parameters<typeof inNamespace>[1]): Change[] =>
    (namespace === undefined ? commands : inNamespace(namespace, commands))
      .map((command) => step(command));
  const found = (says: string, changes: readonly Change[]) => [
    finding("limit", on, says, changes, container),
  ];
  const root = rootQdisc(qdiscs, link);
  if (root === undefined) {
    const says = `${container} has lost its limit of ${rate(limit)} on ${on}`;
    return found(says, mend(limitPlan(link, limit, undefined, leaf)));
  }
  if (root.kind !== "htb" || root.handle !== formatHandle(HTB_HANDLE)) {
    return [foreign(way, root, on)];
  }
  if (there === undefined) {
    const says = `${container} has lost the class of its limit of ${rate(limit)} on ${on}`;
    return found(says, mend([htbClass("add", link, limit), addLeaf(link, leaf)]));
  }
  const wrong = carriesLimit(there, limit) ? [] : found(
    `The limit of ${container} on ${on} is ${
      rate(there)
    } with a ceil of ${there.ceilBytesPerSecond} ` +
      `and a burst of ${there.burstBytes} bytes, which is not the ${rate(limit)} that it was given`,
    mend([htbClass("change", link, limit)]),
  );
  const below = qdiscs.find((each) =>
    each.link === link && each.parent === formatHandle(HTB_CLASS)
  );
  if (below === undefined) {
    const says = `The limit of ${container} on ${on} has lost the queue below it`;
    return [...wrong, ...found(says, mend([addLeaf(link, leaf)]))];
  }
  const isOurs = below.kind === "fq_codel" || below.kind === "pfifo";
  return isOurs ? wrong : [...wrong, foreign(way, below, on)];
}

function foreign({ container }: LimitedWay, { kind, handle }: Qdisc, on: string): Finding {
  const says = `Somebody else's qdisc ${kind} ${handle} is on ${on}, where the limit of ` +
    `${container} goes; delete it, then repair again`;
  return finding("foreign-qdisc", `${on} ${kind} ${handle}`, says, [], container);
}

function rate({ rateBytesPerSecond }: Pick<RateLimit, "rateBytesPerSecond">): string {
  return `${rateBytesPerSecond} bytes/s`;
}
