import type { KernelNetwork } from "../kernel/kernel_network.ts";
import type { IntervalSet } from "../ports/mod.ts";
import { addFilter } from "../routing/filter.ts";
import type { ListedFilter } from "../routing/filter_listing.ts";
import type { RateLimit } from "../routing/htb.ts";
import type { HtbClass } from "../routing/htb_listing.ts";
import { setLink } from "../routing/link.ts";
import { type Change, inNamespace, step } from "./change.ts";
import { removals } from "./cleanup_plan.ts";
import { compareFilters } from "./compare.ts";
import { allPorts, type Container, vethName } from "./container.ts";
import { type Context, noteNodes } from "./context.ts";
import type { HostConfig } from "./host_config.ts";
import { readHostState } from "./host_state.ts";
import { insidePortChanges, readInsidePorts } from "./inside_ports.ts";
import { LO } from "./launch.ts";
import { layoutOf, layoutOfListing } from "./layout.ts";
import { limitOf } from "./limit.ts";
import { limitPlan } from "./limit_plan.ts";
import { readLimits } from "./limits_in_force.ts";
import { aliasOf } from "./mark.ts";
import { namedUpdatePlan } from "./named_plan.ts";
import { listedFor } from "./recovered.ts";
import type { Entry } from "./registry.ts";

/** What a running container should have from now on; what is left out stays as it is. */
export interface UpdateRequest {
  /** All its ports. */
  readonly ports?: IntervalSet;
  /** Its CPUs, from which its limits follow. */
  readonly cpus?: number;
}

/** Steps on both sides of a container's veth pair. */
export interface TwoSidedPlan {
  /** Steps in the crash-safe order. */
  readonly changes: readonly Change[];
  /** Filters of the host that the steps remove. */
  readonly removed: readonly ListedFilter[];
  /** What then is as the hashed layout plans it. */
  readonly exact: Entry["exact"];
}

/**
 * Changes a running container's ports and limits. Only what differs is touched.
 *
 * @param context What to work with.
 * @param id The container's id.
 * @param request What it should have.
 * @returns Whether anything was changed.
 * @throws {IsolatorError} If there is no such container with a network, or it may not have the
 * ports.
 * @throws {KernelError} If the kernel refuses; what was changed up to there stays, and the same
 *   update again does the rest.
 */
export async function updateContainer(
  context: Context,
  id: string,
  request: UpdateRequest,
): Promise<boolean> {
  const { registry, host, kernel, applier } = context;
  const before = registry.isolated(id);
  const after = { ...before, ...request };
  registry.checkPorts(id, after.ports);
  const { changes, removed, exact } = before.exact === "both-sides"
    ? { changes: namedUpdatePlan(host, before, after), removed: [], exact: before.exact }
    : await filterChanges(context, after);
  const limits = request.cpus === undefined ? [] : await limitChanges(kernel, host, after);
  try {
    await applier.apply([...changes, ...limits]);
  } catch (error) {
    const { exact: _exact, ...unsure } = before;
    registry.replace(unsure);
    noteNodes(context, (await readHostState(kernel, host, [])).filters);
    throw error;
  }
  for (const filter of removed) context.nodes.release(filter);
  const { exact: _before, ...rest } = after;
  registry.replace(exact === undefined ? rest : { ...rest, exact });
  return changes.length + limits.length > 0;
}

/**
 * Computes what makes the filters on both sides of a container's veth pair what they should be:
 * first what is missing, from the inside out, then what is obsolete, from the outside in. Inside,
 * the layout stays what it is: half way to the other, it would be neither.
 *
 * @param context What to work with; numbers for new filters are taken.
 * @param container The container as it should be.
 */
export async function filterChanges(
  context: Context,
  container: Container,
): Promise<TwoSidedPlan> {
  const { host, kernel } = context;
  const state = await readHostState(kernel, host, [container.pid]);
  noteNodes(context, state.filters);
  const outside = compareFilters(
    layoutOf(host).hostFilters(host, container),
    listedFor(host, state, container),
    ({ filter }) => filter,
  );
  const side = { eth0: host.eth0, lo: LO, pid: container.pid };
  const listed = await readInsidePorts(kernel, side);
  const inside = insidePortChanges(side, listed, allPorts(container));
  // Tables stay: what linked to them lets go of them only later, and recovery removes them.
  const obsolete = (filters: readonly ListedFilter[]) =>
    removals(host, filters.filter(({ divisor }) => divisor === undefined));
  return {
    changes: [
      ...inside.additions,
      ...outside.missing.map(({ part, filter }) =>
        step(addFilter(filter, context.nodes.take(filter)), `adding_${part}_filters`)
      ),
      ...obsolete(outside.surplus),
      ...inside.removals,
    ],
    removed: outside.surplus,
    exact: host.options.filterLayout === "linear"
      ? undefined
      : layoutOfListing(listed.all) === layoutOf(host)
      ? "both-sides"
      : "host",
  };
}

async function limitChanges(
  kernel: KernelNetwork,
  host: HostConfig,
  container: Container & { readonly id: string; readonly cpus?: number },
): Promise<Change[]> {
  const there = await readLimits(kernel, host, container.pid);
  const { id, ephemeralPorts } = container;
  const egress = limitOf(host.egress, container.cpus);
  const ingress = limitOf(host.ingress, container.cpus);
  const leaf = host.options.leafQdisc;
  const veth = vethName(host.options.vethPrefix, container.pid);
  const plan = (link: string, limit: RateLimit | undefined, existing: HtbClass | undefined) =>
    limitPlan(link, limit, existing, leaf);
  const commands = [
    ...inNamespace(String(container.pid), plan(host.eth0, egress, there.egress)),
    ...plan(veth, ingress, there.ingress),
  ];
  if (commands.length === 0 || ephemeralPorts === undefined) {
    return commands.map((command) => step(command));
  }
  // The mark comes first: it tells what a crash left undone.
  const alias = aliasOf({
    id,
    ephemeralPorts,
    ...(egress === undefined ? {} : { egress }),
    ...(ingress === undefined ? {} : { ingress }),
  });
  return [setLink(veth, { alias }), ...commands].map((command) => step(command));
}
