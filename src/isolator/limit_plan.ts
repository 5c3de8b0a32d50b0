import type { Command } from "../kernel/command.ts";
import { formatHandle } from "../routing/handle.ts";
import { addHtb, carriesLimit, HTB_CLASS, htbClass, type RateLimit } from "../routing/htb.ts";
import type { HtbClass } from "../routing/htb_listing.ts";
import { addQdisc, deleteRoot } from "../routing/qdisc.ts";
import type { LeafQdisc } from "./options.ts";

/** Handle of the queue below a limit's class. */
const LEAF_HANDLE = { major: 2, minor: 0 };

/** Words of each kind of leaf: a plain queue needs a length, since a veth's own is the kernel's. */
const LEAF_OPTIONS: Readonly<Record<LeafQdisc, readonly string[]>> = {
  fq_codel: [],
  pfifo: ["limit", "1000"],
};

/**
 * Computes the commands that bring a link's limit from what it is to what it should be.
 *
 * @param link Name of the link whose way out is limited.
 * @param limit The limit that should be; undefined for none.
 * @param there The class that carries today's limit; undefined where there is none.
 * @param leaf The queue below the limit.
 */
export function limitPlan(
  link: string,
  limit: RateLimit | undefined,
  there: HtbClass | undefined,
  leaf: LeafQdisc,
): Command[] {
  if (limit === undefined) return there === undefined ? [] : [deleteRoot(link)];
  if (there !== undefined) {
    return carriesLimit(there, limit) ? [] : [htbClass("change", link, limit)];
  }
  return [addHtb(link), htbClass("add", link, limit), addLeaf(link, leaf)];
}

/**
 * Makes the queue below a limit's class.
 *
 * @param link Name of the link whose way out is limited.
 * @param leaf The queue's kind.
 */
export function addLeaf(link: string, leaf: LeafQdisc): Command {
  const options = LEAF_OPTIONS[leaf];
  return addQdisc({ link, parent: HTB_CLASS, handle: LEAF_HANDLE, kind: leaf, options });
}

/**
 * Finds the class that carries a limit of ours.
 *
 * @param classes The classes of a link.
 */
export function limitClass(classes: readonly HtbClass[]): HtbClass | undefined {
  return classes.find(({ handle }) => handle === formatHandle(HTB_CLASS));
}

/**
 * Reads the limit that a class carries.
 *
 * @param there The class.
 */
export function limitOfClass(there: HtbClass): RateLimit {
  const { rateBytesPerSecond, ceilBytesPerSecond, burstBytes } = there;
  if (ceilBytesPerSecond <= rateBytesPerSecond) return { rateBytesPerSecond };
  return { rateBytesPerSecond, ceilBytesPerSecond, burstBytes };
}
