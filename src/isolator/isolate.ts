import { isExists, isUnsupported, type KernelError } from "../kernel/kernel_error.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import { listNamespaces } from "../routing/namespace.ts";
import type { Applier } from "./apply.ts";
import type { Change } from "./change.ts";
import { namespaceOfProcess } from "./container_handle.ts";
import { cleanupPlan } from "./cleanup_plan.ts";
import type { Context } from "./context.ts";
import { noteNodes } from "./context.ts";
import { readHostState } from "./host_state.ts";
import { clearLoopbackPlan, isolatePlan, type NewContainer } from "./isolate_plan.ts";
import { IsolatorError } from "./isolator_error.ts";
import { limitOf } from "./limit.ts";

/** How {@linkcode isolateContainer} treats the process. */
export interface IsolateOptions {
  /** Whether the process is there to be looked at; false only to print a plan. True by default. */
  readonly processExists?: boolean;
}

/**
 * Gives a prepared container its network, or leaves nothing behind.
 *
 * @param context What to work with.
 * @param id The container's id.
 * @param pid Its process, which waits in a network namespace of its own.
 * @param options Whether there is such a process yet.
 * @throws {IsolatorError} If the container or the process is not as it must be.
 * @throws {KernelError} If the kernel refuses; whatever was made is removed again.
 */
export async function isolateContainer(
  context: Context,
  id: string,
  pid: number,
  options: IsolateOptions = {},
): Promise<void> {
  const container = await newContainer(context, id, pid);
  try {
    await attempt(context, container);
  } catch (error) {
    context.registry.releaseFlow(container.flow);
    // Looked at only now, since it costs a process of its own, and the kernel refuses by itself.
    if (options.processExists !== false) await checkProcess(context.kernel, pid);
    throw explained(error);
  }
  finishIsolate(context, container);
}

/** Applies the plan, and once more where the process had a network of ours before. */
async function attempt(context: Context, container: NewContainer): Promise<void> {
  const { applier, host } = context;
  for (const isLast of [false, true]) {
    try {
      const { begin, sides, end } = isolatePlan(host, container, context.nodes);
      await applier.apply(begin);
      await applySides(applier, sides);
      return await applier.apply(end);
    } catch (error) {
      await undo(context, container);
      if (isLast || !isExists(error) || error.namespace !== String(container.pid)) throw error;
      await applier.applyAll(clearLoopbackPlan(container));
    }
  }
}

/** Carries out plans side by side; where one fails, the others are waited for. */
async function applySides(
  applier: Applier,
  sides: readonly (readonly Change[])[],
): Promise<void> {
  const results = await Promise.allSettled(sides.map((side) => applier.apply(side)));
  for (const result of results) {
    if (result.status === "rejected") throw result.reason;
  }
}

/**
 * Notes that a container has its network.
 *
 * @param context Where to note it.
 * @param container The container.
 */
export function finishIsolate(context: Context, container: NewContainer): void {
  const { ingress: _ingress, egress: _egress, ...rest } = container;
  const isNamed = context.host.options.filterLayout === "hashed";
  context.registry.replace(isNamed ? { ...rest, exact: "both-sides" } : rest);
}

/**
 * Refuses a process that has no network namespace of its own to put a network into.
 *
 * @param kernel Where to look.
 * @param pid The process.
 * @throws {IsolatorError} With code `no-such-process` or `bad-namespace`.
 * @throws {KernelError} If it may not be looked at.
 */
export async function checkProcess(kernel: KernelNetwork, pid: number): Promise<void> {
  const namespace = await namespaceOfProcess(kernel, pid);
  if (namespace === undefined) {
    throw new IsolatorError("no-such-process", `There is no process ${pid}; start it first`);
  }
  if (namespace === await namespaceOfProcess(kernel, "self")) {
    throw new IsolatorError(
      "bad-namespace",
      `Process ${pid} is in the host's own network namespace; start it with "unshare --net"`,
    );
  }
}

async function checkHandle(kernel: KernelNetwork, pid: number): Promise<void> {
  if (!Number.isSafeInteger(pid) || pid < 1) {
    throw new RangeError(`${pid} is no process id; give a whole number from 1 up`);
  }
  if (!(await listNamespaces(kernel)).includes(String(pid))) return;
  throw new IsolatorError(
    "pid-in-use",
    `There is a namespace handle ${pid} already; run "berth recover" if its process is gone`,
  );
}

/**
 * Checks that a container may have its network, and gathers what it will be made of.
 *
 * @param context What to work with; a flow is taken where flows are unique.
 * @param id The container's id.
 * @param pid Its process.
 * @throws {IsolatorError} If it has its network already, was not prepared, or the process's handle
 *   is taken.
 * @throws {KernelError} If the handles cannot be listed.
 */
export async function newContainer(
  context: Context,
  id: string,
  pid: number,
): Promise<NewContainer> {
  const { host, registry } = context;
  const { ports, ephemeralPorts, cpus, pid: given } = registry.known(id);
  if (given !== undefined) {
    throw new IsolatorError(
      "already-isolated",
      `${id} has its network already, as process ${given}`,
    );
  }
  const former = registry.entries.find((other) => other.pid === pid);
  if (former !== undefined) {
    throw new IsolatorError(
      "pid-in-use",
      `Process ${pid} is, or was, that of ${former.id}, whose network is still there; clean that up`,
    );
  }
  await checkHandle(context.kernel, pid);
  if (ephemeralPorts === undefined) {
    throw new IsolatorError("not-prepared", `${id} has no ephemeral ports; clean it up`);
  }
  const egress = limitOf(host.egress, cpus);
  const ingress = limitOf(host.ingress, cpus);
  return {
    id,
    pid,
    ports,
    ephemeralPorts,
    ...(cpus === undefined ? {} : { cpus }),
    ...(host.flowQueue === undefined ? {} : { flow: registry.takeFlow() }),
    ...(egress === undefined ? {} : { egress }),
    ...(ingress === undefined ? {} : { ingress }),
  };
}

async function undo(context: Context, container: NewContainer): Promise<void> {
  const state = await readHostState(context.kernel, context.host);
  await context.applier.applyAll(cleanupPlan(context.host, state, container));
  noteNodes(context, (await readHostState(context.kernel, context.host)).filters);
}

/** Says what to do about what the kernel refused, where that is known. */
function explained(error: unknown): unknown {
  if (isUnsupported(error)) return unsupportedLeaf(error);
  if (!isExists(error) || error.batchLine?.words.includes("filter") !== true) return error;
  return new IsolatorError(
    "table-taken",
    `Somebody else has a filter where one of ours goes: ${error.message}; remove it`,
    { cause: error },
  );
}

/** Says which option does without what the kernel lacks. */
function unsupportedLeaf(cause: KernelError): IsolatorError {
  const lacksQueue = cause.batchLine?.words.includes("fq_codel") === true;
  const message = lacksQueue
    ? "This kernel has no fq_codel for the queue below a limit; give --leaf_qdisc=pfifo"
    : `This kernel lacks what a container needs: ${cause.message}; see "berth check"`;
  return new IsolatorError("unsupported-kernel", message, { cause });
}
