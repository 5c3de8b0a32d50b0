import { isNotFound } from "../kernel/kernel_error.ts";
import { addFilter } from "../routing/filter.ts";
import type { ListedFilter } from "../routing/filter_listing.ts";
import { setLink } from "../routing/link.ts";
import { adoptContainer, statusOf } from "./adopt.ts";
import { type Change, step } from "./change.ts";
import { cleanupPlan, removals } from "./cleanup_plan.ts";
import { compareFilters } from "./compare.ts";
import { allPorts, type Container, vethName } from "./container.ts";
import { symlinkPath } from "./container_handle.ts";
import { type Context, noteNodes } from "./context.ts";
import { formerFlowPlan, sharedFlowPlan } from "./host_plan.ts";
import { type HostState, readHostState } from "./host_state.ts";
import { insidePortChanges, readInsidePorts } from "./inside_ports.ts";
import { LO } from "./launch.ts";
import { limitOf } from "./limit.ts";
import { limitPlan } from "./limit_plan.ts";
import { readLimits } from "./limits_in_force.ts";
import { legacyRemovals, withoutLegacy } from "./legacy_filters.ts";
import { layoutOf } from "./layout.ts";
import { findBrokenSymlinks, findPidsWithoutVeth, findStrayFlowFilters } from "./left_over.ts";
import { aliasOf, parseAlias } from "./mark.ts";
import { listedFor, recoverContainers } from "./recovered.ts";
import type { IsolatedEntry } from "./registry.ts";
import { buildScaffold, isTable, removeScaffold, removeTables } from "./scaffold_plan.ts";

/** A container that the caller knows to run. */
export interface ContainerState {
  /** Its id. */
  readonly id: string;
  /** Its process. */
  readonly pid: number;
}

/** What recovery found, and what it did about it. */
export interface RecoverReport {
  /** Ids of containers that are whole. */
  readonly recovered: readonly string[];
  /** Ids of containers that a crash left half made; they are kept for cleanup. */
  readonly partial: readonly string[];
  /** Ids of containers that run without a network of ours. */
  readonly unmanaged: readonly string[];
  /** Ids of known orphans; they are kept for cleanup. */
  readonly orphans: readonly string[];
  /** Containers that nobody knew of: their processes, and ids where there are any. Cleaned up. */
  readonly removed: readonly { readonly pid: number; readonly id?: string }[];
  /** Names of handles that led to no container. Removed. */
  readonly staleHandles: readonly string[];
  /** Ids of symbolic links that led nowhere, or shared a handle with another. Removed. */
  readonly brokenSymlinks: readonly string[];
  /** How many filters were added or removed to make running containers what they should be. */
  readonly mendedFilters: number;
  /** What could not be done, one sentence each. */
  readonly problems: readonly string[];
}

/** What the caller knows of its containers. */
export interface KnownContainers {
  /** Those that run; when left out, those whose process is still in the network it was given. */
  readonly states?: readonly ContainerState[];
  /** Ids of those that the caller will clean up itself. */
  readonly orphans?: ReadonlySet<string>;
}

/**
 * Reconciles what the kernel holds with what the caller knows, after a restart or a crash.
 *
 * @param context What to work with; its registry must be empty.
 * @param known What the caller knows.
 * @returns What was found and done.
 * @throws {KernelError} If the kernel cannot be read.
 */
export async function recoverAll(
  context: Context,
  known: KnownContainers = {},
): Promise<RecoverReport> {
  const { kernel, host, applier } = context;
  const state = await readHostState(kernel, host);
  noteNodes(context, state.filters);
  const brokenSymlinks = findBrokenSymlinks(state);
  const sound = state.symlinks.filter(({ id }) => !brokenSymlinks.includes(id));
  const containers = recoverContainers(host, state);
  const states = known.states ?? await liveStates(context, state, containers);
  const sorted = sortContainers(containers, states, known.orphans ?? new Set());
  const withoutVeth = findPidsWithoutVeth(state, containers);
  const plan = [
    ...[...sorted.removed, ...withoutVeth.map((pid) => ({ pid }))].flatMap((container) =>
      cleanupPlan(host, { ...state, symlinks: sound }, container)
    ),
    ...removals(host, findStrayFlowFilters(host, state, containers)),
    // Last: they alone tell that a handle which they lead to is ours.
    ...brokenSymlinks.map((id): Change => ({ kind: "unlink", path: symlinkPath(id) })),
  ];
  const errors = await applier.applyAll(plan);
  noteNodes(context, (await readHostState(kernel, host)).filters);
  const adopted = adoptAll(context, state, sorted);
  const mended = await mend(context, adopted.recovered);
  const ids = (entries: readonly IsolatedEntry[]) => entries.map(({ id }) => id);
  for (const id of sorted.unmanaged) context.registry.addUnmanaged(id);
  return {
    recovered: ids(adopted.recovered),
    partial: ids(adopted.partial),
    unmanaged: sorted.unmanaged,
    orphans: ids(adopted.orphans),
    removed: sorted.removed.map(({ pid, id }) => id === undefined ? { pid } : { pid, id }),
    staleHandles: withoutVeth.map(String).filter((name) => state.handles.includes(name)),
    brokenSymlinks,
    mendedFilters: mended.filters,
    problems: [...adopted.clashes, ...errors.map(({ message }) => message), ...mended.problems],
  };
}

/** Takes those for running whose process is still in the network that it was given. */
async function liveStates(
  context: Context,
  state: HostState,
  containers: readonly Container[],
): Promise<ContainerState[]> {
  const states = await Promise.all(containers.map(async ({ id, pid, ...rest }) => {
    const status = await statusOf(context, state, { pid, ...rest });
    return id !== undefined && status === "running" ? [{ id, pid }] : [];
  }));
  return states.flat();
}

/** Containers by what becomes of them. */
interface Sorted {
  readonly known: readonly (Container & { readonly id: string })[];
  readonly orphans: readonly (Container & { readonly id: string })[];
  readonly removed: readonly Container[];
  readonly unmanaged: readonly string[];
}

function sortContainers(
  containers: readonly Container[],
  states: readonly ContainerState[],
  orphanIds: ReadonlySet<string>,
): Sorted {
  const byPid = new Map(containers.map((container) => [container.pid, container]));
  const pids = new Set(states.map(({ pid }) => pid));
  const isOrphan = ({ id, pid }: Container): boolean =>
    !pids.has(pid) && id !== undefined && orphanIds.has(id);
  return {
    known: states.flatMap(({ id, pid }) => {
      const container = byPid.get(pid);
      return container === undefined ? [] : [{ ...container, id }];
    }),
    orphans: containers.flatMap((container) =>
      container.id !== undefined && isOrphan(container) ? [{ ...container, id: container.id }] : []
    ),
    removed: containers.filter((each) => !pids.has(each.pid) && !isOrphan(each)),
    unmanaged: states.filter(({ pid }) => !byPid.has(pid)).map(({ id }) => id),
  };
}

function adoptAll(context: Context, state: HostState, sorted: Sorted) {
  const clashes: string[] = [];
  const adopt = (container: Container & { readonly id: string }) => {
    const { entry, clash } = adoptContainer(context, container);
    if (clash !== undefined) clashes.push(`${entry.id} has ${clash}; clean up one of them`);
    return entry;
  };
  const isUp = ({ pid }: Container) =>
    state.links.some(({ name, up }) =>
      up && name === vethName(context.host.options.vethPrefix, pid)
    );
  const isWhole = (container: Container) =>
    container.ephemeralPorts !== undefined && isUp(container);
  return {
    recovered: sorted.known.filter(isWhole).map(adopt),
    partial: sorted.known.filter((container) => !isWhole(container)).map(adopt),
    orphans: sorted.orphans.map(adopt),
    clashes,
  };
}

/** Makes the host's side of running containers what it should be under today's options. */
async function mend(
  context: Context,
  entries: readonly IsolatedEntry[],
): Promise<{ readonly filters: number; readonly problems: readonly string[] }> {
  const { kernel, host, applier, registry } = context;
  const state = await readHostState(kernel, host);
  const problems: string[] = [];
  const tables: ListedFilter[] = [];
  const apply = async (id: string, changes: readonly Change[]) => {
    try {
      await applier.apply(changes);
      return true;
    } catch (error) {
      problems.push(problemOf(id, error));
      return false;
    }
  };
  const legacy = legacyRemovals(host, state, entries);
  let filters = legacy.before.length + legacy.after.length;
  await apply("the host", [
    ...legacy.before,
    ...formerFlowPlan(host, state),
    ...sharedFlowPlan(host, state, context.nodes),
  ]);
  await buildScaffold(context, withoutLegacy(state), entries);
  for (const entry of entries) {
    const flow = entry.flow ?? (host.flowQueue === undefined ? undefined : registry.takeFlow());
    const container: IsolatedEntry = flow === undefined ? entry : { ...entry, flow };
    registry.replace(container);
    const listed = listedFor(host, state, container);
    const { missing, surplus } = compareFilters(
      layoutOf(host).hostFilters(host, container),
      listed,
      (wanted) => wanted.filter,
    );
    filters += missing.length + surplus.length;
    const isMended = await apply(entry.id, [
      ...missing.map(({ part, filter }) =>
        step(addFilter(filter, context.nodes.take(filter)), `adding_${part}_filters`)
      ),
      ...removals(host, surplus.filter((each) => !isTable(each))),
      ...await ingressLimitChanges(context, state, container),
    ]);
    // Where it is not, what links to these may still be there.
    if (isMended) tables.push(...surplus.filter(isTable));
    if (isMended && host.options.filterLayout === "hashed") {
      registry.replace({ ...container, exact: "host" });
    }
  }
  await apply("the host", legacy.after);
  const insides = await mendInsides(context, entries);
  filters += insides.filters;
  problems.push(...insides.problems);
  const left = [...await removeTables(context, tables), ...await removeScaffold(context, state)];
  return { filters, problems: [...problems, ...left.map(({ message }) => message)] };
}

/**
 * Makes containers' own namespaces know the ports that their containers have: a process that died
 * on its way from one side to the other has left them apart. What somebody took away whole is left
 * to repair.
 */
async function mendInsides(
  { kernel, host, applier }: Context,
  entries: readonly IsolatedEntry[],
): Promise<{ readonly filters: number; readonly problems: readonly string[] }> {
  const problems: string[] = [];
  const plans = await Promise.all(entries.map(async (entry) => {
    const side = { eth0: host.eth0, lo: LO, pid: entry.pid };
    try {
      const inside = await readInsidePorts(kernel, side);
      if (inside.ports.isEmpty) return [];
      const { additions, removals } = insidePortChanges(side, inside, allPorts(entry));
      return [{ id: entry.id, changes: [...additions, ...removals] }];
    } catch (error) {
      if (!isNotFound(error)) problems.push(problemOf(entry.id, error));
      return [];
    }
  }));
  let filters = 0;
  for (const { id, changes } of plans.flat()) {
    filters += changes.length;
    await applier.apply(changes).catch((error) => problems.push(problemOf(id, error)));
  }
  return { filters, problems };
}

function problemOf(id: string, error: unknown): string {
  return `${id} could not be mended: ${error instanceof Error ? error.message : error}`;
}

/** Gives a running container today's limit on what it receives, where the operator wants that. */
async function ingressLimitChanges(
  context: Context,
  state: HostState,
  { pid, cpus }: IsolatedEntry,
): Promise<Change[]> {
  const { kernel, host } = context;
  const limit = limitOf(host.ingress, cpus);
  if (!host.options.ingressIsolateExistingContainers || limit === undefined) return [];
  const { ingress } = await readLimits(kernel, host, pid);
  const veth = vethName(host.options.vethPrefix, pid);
  const commands = limitPlan(veth, limit, ingress, host.options.leafQdisc);
  const mark = parseAlias(state.links.find(({ name }) => name === veth)?.alias);
  const marking = mark === undefined || commands.length === 0
    ? []
    : [setLink(veth, { alias: aliasOf({ ...mark, ingress: limit }) })];
  return [...marking, ...commands].map((command) => step(command));
}
