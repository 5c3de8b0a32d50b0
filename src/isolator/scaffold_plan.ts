import { isBusy, isUnsupported } from "../kernel/kernel_error.ts";
import { IntervalSet } from "../ports/mod.ts";
import { addFilter, type Filter, filterIdentity } from "../routing/filter.ts";
import { type ListedFilter, listedIdentity } from "../routing/filter_listing.ts";
import { rootHandle } from "../routing/handle.ts";
import type { Applier } from "./apply.ts";
import { type Change, changeWords, step } from "./change.ts";
import { removals } from "./cleanup_plan.ts";
import { compareFilters } from "./compare.ts";
import { allPorts, type Container } from "./container.ts";
import type { Context } from "./context.ts";
import * as hashed from "./hashed_layout.ts";
import type { HostConfig } from "./host_config.ts";
import { type HostState, readHostState } from "./host_state.ts";
import { IsolatorError } from "./isolator_error.ts";
import { layoutOf } from "./layout.ts";
import { LEGACY_CLASSIFIER } from "./legacy_filters.ts";
import { placeName } from "./named_plan.ts";

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
  context: Context,
  state: HostState,
  containers: readonly Container[] = [],
): Promise<void> {
  const { host, applier, kernel } = context;
  const missing = missingParts(host, state, containers)
    .filter((filter) => !isHeldByLegacy(state, filter));
  try {
    await applier.apply(missing.map((filter) => step(addFilter(filter, handleOf(filter)))));
  } catch (error) {
    await removeParts(context, missing, await readHostState(kernel, host, []));
    if (!isUnsupported(error)) throw error;
    throw new IsolatorError(
      "unsupported-kernel",
      "This kernel has no hash tables of u32 filters; give --filter_layout=linear",
      { cause: error },
    );
  }
}

/**
 * Tells whether a filter of the reference holds a priority, which takes one kind of classifier.
 * Recovery removes it and builds what is missing then.
 */
function isHeldByLegacy(state: HostState, { link, protocol, priority }: Filter): boolean {
  return state.filters.some((each) =>
    each.classifier === LEGACY_CLASSIFIER && each.link === link && each.priority === priority &&
    each.protocol === protocol
  );
}

/**
 * Finds what of the scaffold is missing.
 *
 * @param host The host.
 * @param state What the kernel holds.
 * @param containers Containers whose ports may lie outside those that are managed.
 * @throws {IsolatorError} With code `table-taken` if another filter is in the place of one of ours.
 */
export function missingParts(
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

function handleOf({ handle }: Filter) {
  return handle ?? rootHandle(0);
}

/**
 * Takes away what the hashed layout stands on, where the operator chose another layout and no
 * container needs it any more.
 *
 * @param context What to work with.
 * @param state What the kernel holds, apart from the filters of containers, which are gone.
 * @returns Why each part could not be removed that could not.
 */
export async function removeScaffold(context: Context, state: HostState): Promise<Error[]> {
  const { host, applier } = context;
  if (host.options.filterLayout === "hashed") return [];
  return await removeParts({ host, applier }, hashed.scaffold(host, EVERY_PORT), state);
}

/** Removes those of some parts that are there: first what leads to tables, then the tables. */
async function removeParts(
  context: Pick<Context, "host" | "applier">,
  parts: readonly Filter[],
  state: HostState,
): Promise<Error[]> {
  const { host, applier } = context;
  const place = ({ link, parent }: { readonly link: string; readonly parent: string }) =>
    `${link} ${parent}`;
  const names = new Set(parts.map((filter) => `${place(filter)} ${filterIdentity(filter)}`));
  const there = state.filters.filter((filter) =>
    names.has(`${place(filter)} ${listedIdentity(filter)}`)
  );
  const [tables, filters] = [there.filter(isTable), there.filter((each) => !isTable(each))];
  return [
    ...await applier.applyAll(removals(host, filters)),
    ...await removeTables(context, tables),
  ];
}

/**
 * Tells a hash table from a filter.
 *
 * @param filter What was listed.
 */
export function isTable({ divisor }: ListedFilter): boolean {
  return divisor !== undefined;
}

/**
 * Removes hash tables.
 *
 * @param context What to work with.
 * @param tables Listed tables that nothing links to.
 * @returns Why each could not be removed that could not.
 */
export async function removeTables(
  { host, applier }: Pick<Context, "host" | "applier">,
  tables: readonly ListedFilter[],
): Promise<Error[]> {
  return await whileBusy(applier, removals(host, tables));
}

/** How often a table that is in use is tried again, and after how many milliseconds. */
const ATTEMPTS = 20;
const ATTEMPT_INTERVAL_MS = 25;

/**
 * Tries again what is still in use: a filter that is deleted lets go of the table that it linked to
 * only once no processor looks at it any more, a moment later.
 */
async function whileBusy(applier: Applier, changes: readonly Change[]): Promise<Error[]> {
  let left = changes;
  const others: Error[] = [];
  for (let attempt = 1;; attempt++) {
    const errors = await applier.applyAll(left);
    const busy = errors.filter(isBusy);
    if (attempt === ATTEMPTS || busy.length === 0) return [...others, ...errors];
    others.push(...errors.filter((error) => !isBusy(error)));
    const words = new Set(
      busy.map(({ batchLine, command }) => (batchLine?.words ?? command).join(" ")),
    );
    left = left.filter((change) => words.has(changeWords(change).join(" ")));
    await new Promise((resolve) => setTimeout(resolve, ATTEMPT_INTERVAL_MS));
  }
}
