import { deletePriority } from "../routing/filter.ts";
import type { ListedFilter } from "../routing/filter_listing.ts";
import { type Change, step } from "./change.ts";
import { knownProtocol, partOf, removals } from "./cleanup_plan.ts";
import type { Container } from "./container.ts";
import { vethName } from "./container.ts";
import type { HostConfig } from "./host_config.ts";
import type { HostState } from "./host_state.ts";
import { isShared } from "./recovered.ts";

/** What a mirred action leads to once its link is gone. */
const GONE = "*";

/** The classifier with which the reference matches ARP. */
export const LEGACY_CLASSIFIER = "basic";

/** What the reference made that is no one container's, in the order in which it must go. */
export interface LegacyRemovals {
  /** Before today's filters come: they hold priorities that take one kind of classifier only. */
  readonly before: readonly Change[];
  /** After today's filters are there, so that no container misses a packet meanwhile. */
  readonly after: readonly Change[];
}

/**
 * Computes the removal of what the reference made for several containers at once: filters with a
 * mirror for each, and `basic` filters. Those that lead to links of others stay.
 *
 * @param host The host.
 * @param state What the kernel holds.
 * @param containers All containers that are taken over.
 */
export function legacyRemovals(
  host: HostConfig,
  state: HostState,
  containers: readonly Pick<Container, "pid">[],
): LegacyRemovals {
  const veths = new Set(containers.map(({ pid }) => vethName(host.options.vethPrefix, pid)));
  const isOurs = ({ link, actions }: ListedFilter): boolean =>
    veths.has(link) ||
    (actions.length > 0 && actions.some(({ to = "" }) => veths.has(to)) &&
      actions.every(({ to = "" }) => veths.has(to) || to === GONE));
  const ours = state.filters.filter(isOurs);
  const basic = ours.filter(({ classifier }) => classifier === LEGACY_CLASSIFIER);
  return {
    before: basic.map((filter) =>
      step(
        deletePriority({ ...filter, protocol: knownProtocol(filter.protocol) }),
        `removing_${partOf(host, filter)}_filters`,
      )
    ),
    after: removals(host, ours.filter((each) => each.classifier === "u32" && isShared(each))),
  };
}

/**
 * Leaves out what was removed before today's filters come.
 *
 * @param state What the kernel held.
 */
export function withoutLegacy(state: HostState): HostState {
  const filters = state.filters.filter(({ classifier }) => classifier !== LEGACY_CLASSIFIER);
  return { ...state, filters };
}
