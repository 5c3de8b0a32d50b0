import { isUnsupported } from "../kernel/kernel_error.ts";
import { IntervalSet } from "../ports/mod.ts";
import { addFilter, type Filter, filterIdentity } from "../routing/filter.ts";
import { type ListedFilter, listedIdentity } from "../routing/filter_listing.ts";
import { isRootTable } from "../routing/handle.ts";
import { step } from "./change.ts";
import { removals, removalsByName } from "./cleanup_plan.ts";
import { compareFilters } from "./compare.ts";
import { allPorts, type Container } from "./container.ts";
import type { Context } from "./context.ts";
import * as hashed from "./hashed_layout.ts";
import type { HostConfig } from "./host_config.ts";
import type { HostState } from "./host_state.ts";
import { IsolatorError } from "./isolator_error.ts";
import { layoutOf } from "./layout.ts";

/** Every port there is. */
const EVERY_PORT = IntervalSet.of({ begin: 0, end: 65_535 });

/**
 * Makes what the filters of all containers stand on, as far as it is missing, or leaves nothing
 * behind.
 *
 * @param context What to work with.
 * @param state What the kernel holds.
 * @param containers Containers whose ports may lie outside those that are managed.
 * @throws {IsolatorError} With code `table-taken` if somebody else has a table of a number of
 *   ours, `unsupported-kernel` if this kernel has no hash tables.
 * @throws {KernelError} If the kernel refuses for another reason.
 */
export async function buildScaffold(
  { host, applier }: Context,
  state: HostState,
  containers: readonly Container[] = [],
): Promise<void> {
  const missing = missingParts(host, state, containers);
  try {
    await applier.apply(missing.map((filter) => step(addFilter(filter, handleOf(filter)))));
  } catch (error) {
    await applier.applyAll(removalsByName(missing));
    if (!isUnsupported(error)) throw error;
    throw new IsolatorError(
      "unsupported-kernel",
      "This kernel has no hash tables of u32 filters; give --filter_layout=linear",
      { cause: error },
    );
  }
}

/** Finds what of the scaffold is missing, and refuses where another filter is in its place. */
function missingParts(
  host: HostConfig,
  state: HostState,
  containers: readonly Container[],
): readonly Filter[] {
  const { ports, ephemeralPorts } = host.options;
  const all = containers.map(allPorts)
    .reduce((sum, each) => sum.union(each), ports.union(ephemeralPorts));
  const wanted = layoutOf(host).scaffold(host, all);
  const { missing } = compareFilters(wanted, state.filters, (filter) => filter);
  const taken = new Set(state.filters.map(placeName));
  const clash = missing.find((filter) => taken.has(placeName(filter)));
  if (clash === undefined) return missing;
  throw new IsolatorError(
    "table-taken",
    `Somebody else has a filter at ${placeName(clash)}, where hash tables go; remove it, or give ` +
      "--filter_layout=linear",
  );
}

/** Names a place that only one filter can have; tables are numbered across all priorities. */
function placeName(filter: Pick<ListedFilter, "link" | "parent" | "priority" | "handle">): string {
  const { link, parent, priority, handle } = filter;
  if (handle === undefined) return "";
  const { table, bucket, node } = handle;
  const where = isRootTable(handle) ? `priority ${priority}` : `table ${table.toString(16)}`;
  return `${link} ${parent} ${where}, bucket ${bucket}, number ${node}`;
}

function handleOf({ handle }: Filter) {
  return handle ?? { table: 0, bucket: 0, node: 0 };
}

/**
 * Takes away what the hashed layout stands on, where the operator chose another layout and no
 * container needs it any more.
 *
 * @param context What to work with.
 * @param state What the kernel holds, without a filter of the hashed layout.
 * @returns Why each part could not be removed that could not.
 */
export async function removeScaffold(
  { host, applier }: Context,
  state: HostState,
): Promise<Error[]> {
  if (host.options.filterLayout === "hashed") return [];
  const place = ({ link, parent }: { readonly link: string; readonly parent: string }) =>
    `${link} ${parent}`;
  const ours = new Set(
    hashed.scaffold(host, EVERY_PORT).map((filter) => `${place(filter)} ${filterIdentity(filter)}`),
  );
  const there = state.filters.filter((filter) =>
    ours.has(`${place(filter)} ${listedIdentity(filter)}`)
  );
  return await applier.applyAll(removals(host, there));
}
