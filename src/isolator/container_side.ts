import type { KernelNetwork } from "../kernel/kernel_network.ts";
import type { IntervalSet } from "../ports/mod.ts";
import type { RateLimit } from "../routing/htb.ts";
import type { HtbClass } from "../routing/htb_listing.ts";
import { listLinks, setLink } from "../routing/link.ts";
import { listNamespaces } from "../routing/namespace.ts";
import { type Change, inNamespace, step } from "./change.ts";
import { pidOfVeth } from "./container.ts";
import { type ContainerSide, insidePortChanges, readInsidePorts } from "./inside_ports.ts";
import { IsolatorError } from "./isolator_error.ts";
import { limitPlan } from "./limit_plan.ts";
import { readLimitClass } from "./limits_in_force.ts";
import { aliasOf, parseAlias } from "./mark.ts";
import type { LeafQdisc } from "./options.ts";

/** What to change inside a container. */
export interface ContainerSideUpdate {
  /** Ports that it gets. */
  readonly portsToAdd: IntervalSet;
  /** Ports that it loses. */
  readonly portsToRemove: IntervalSet;
  /** Its limit on what it sends; null for none, undefined to leave it as it is. */
  readonly limit: RateLimit | null | undefined;
}

/**
 * Computes what changes inside a container alone, as the reference's `update` helper does.
 *
 * @param kernel Where to look.
 * @param container The container.
 * @param update What to change.
 * @param leaf The queue below a limit.
 * @returns The steps; none where all is so already.
 * @throws {IsolatorError} With code `unknown-container` if the process has no namespace handle.
 * @throws {KernelError} If the kernel refuses.
 */
export async function containerSidePlan(
  kernel: KernelNetwork,
  container: ContainerSide,
  update: ContainerSideUpdate,
  leaf: LeafQdisc,
): Promise<Change[]> {
  const { limit } = update;
  const limitCommands = limit === undefined ? [] : limitPlan(
    container.eth0,
    limit ?? undefined,
    await readEgressClass(kernel, container),
    leaf,
  );
  return [
    ...await portChanges(kernel, container, update),
    ...(limitCommands.length === 0 ? [] : await markChanges(kernel, container.pid, limit)),
    ...inNamespace(String(container.pid), limitCommands).map((command) => step(command)),
  ];
}

/** Notes a new limit in the container's mark, where it has one. */
async function markChanges(
  kernel: KernelNetwork,
  pid: number,
  limit: RateLimit | null | undefined,
): Promise<Change[]> {
  return (await listLinks(kernel)).flatMap(({ name, alias }): Change[] => {
    const mark = parseAlias(alias);
    const prefix = name.slice(0, -String(pid).length);
    if (mark === undefined || pidOfVeth(prefix, name) !== pid) return [];
    const { egress: _egress, ...rest } = mark;
    const next = { ...rest, ...(limit === null || limit === undefined ? {} : { egress: limit }) };
    return [step(setLink(name, { alias: aliasOf(next) }))];
  });
}

/**
 * Reads the class that limits what a container sends.
 *
 * @param kernel Where to look.
 * @param container The container.
 * @returns The class, or undefined where there is no limit.
 * @throws {IsolatorError} With code `unknown-container` if the process has no namespace handle.
 * @throws {KernelError} If the kernel refuses.
 */
export async function readEgressClass(
  kernel: KernelNetwork,
  container: Pick<ContainerSide, "eth0" | "pid">,
): Promise<HtbClass | undefined> {
  return await readLimitClass(kernel, container.eth0, await namespaceOf(kernel, container.pid));
}

/**
 * Finds the namespace of a container by its process.
 *
 * @param kernel Where to look.
 * @param pid The process.
 * @returns Name of the namespace's handle.
 * @throws {IsolatorError} With code `unknown-container` if the process has no handle.
 */
export async function namespaceOf(kernel: KernelNetwork, pid: number): Promise<string> {
  const name = String(pid);
  if ((await listNamespaces(kernel)).includes(name)) return name;
  throw new IsolatorError(
    "unknown-container",
    `Process ${pid} has no network of ours; see "berth list"`,
  );
}

async function portChanges(
  kernel: KernelNetwork,
  container: ContainerSide,
  update: ContainerSideUpdate,
): Promise<Change[]> {
  await namespaceOf(kernel, container.pid);
  const inside = await readInsidePorts(kernel, container);
  const ports = inside.ports.union(update.portsToAdd).difference(update.portsToRemove);
  const { additions, removals } = insidePortChanges(container, inside, ports);
  return [...additions, ...removals];
}
