import { blockAt } from "./filter_requests.ts";
import type { Handle } from "./handle.ts";
import { present } from "./invariant.ts";
import type { Link } from "./link.ts";

/** A classifier whose root table has a number that the kernel gave it once. */
export interface RestoredRoot {
  /** Where it hangs. */
  readonly parent: Handle;
  /** EtherType. */
  readonly protocol: number;
  readonly priority: number;
  /** Handle of its root table. */
  readonly handle: number;
}

/**
 * Hangs a `u32` classifier without rules where one was, with the root table that it had. A kernel
 * numbers these tables by what was there before, so no command can ask for one.
 *
 * @param link The link.
 * @param spec Where it hangs, and its root table.
 */
export function restoreRoot(link: Link, spec: RestoredRoot): void {
  const { parent, protocol, priority, handle } = spec;
  const block = present(blockAt(link, parent), "filters are restored where they can hang");
  const root = block.qdisc.u32.restoreRoot(handle, priority);
  block.insert({ kind: "u32", priority, protocol, root });
  block.shownParent = parent;
}
