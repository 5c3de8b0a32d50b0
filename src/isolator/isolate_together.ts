import type { Change } from "./change.ts";
import { type Context, noteNodes } from "./context.ts";
import { cleanupPlan } from "./cleanup_plan.ts";
import { readHostState } from "./host_state.ts";
import { IsolatorError } from "./isolator_error.ts";
import { finishIsolate, isolateContainer, type IsolateOptions, newContainer } from "./isolate.ts";
import { inOrder, type IsolatePlan, isolatePlan, type NewContainer } from "./isolate_plan.ts";

/** A container that is to get its network. */
export interface IsolateRequest {
  /** Its id. */
  readonly id: string;
  /** Its process. */
  readonly pid: number;
  /** How to treat the process. */
  readonly options: IsolateOptions;
}

/**
 * Gives many containers their networks with as few processes as one alone would take on the host's
 * side. One that fails is undone and tried again by itself, so that none suffers for another, and
 * each gets an error of its own.
 *
 * @param context What to work with.
 * @param requests The containers, in the order in which they were asked for.
 * @returns For each, why it failed; undefined where it did not.
 */
export async function isolateTogether(
  context: Context,
  requests: readonly IsolateRequest[],
): Promise<unknown[]> {
  const errors: unknown[] = requests.map(() => undefined);
  const ids = requests.map(({ id }) => id);
  const pids = requests.map(({ pid }) => pid);
  const isSingle = ({ id, pid }: IsolateRequest, i: number) =>
    requests.length === 1 || ids.indexOf(id) !== i || pids.indexOf(pid) !== i;
  const shared: { readonly index: number; readonly container: NewContainer }[] = [];
  const alone: number[] = [];
  for (const [index, request] of requests.entries()) {
    if (isSingle(request, index)) alone.push(index);
    else {
      try {
        shared.push({ index, container: await newContainer(context, request.id, request.pid) });
      } catch (error) {
        errors[index] = error;
      }
    }
  }
  const failed = await applyShared(context, shared.map(({ container }) => container));
  alone.push(...shared.flatMap(({ index, container }) => failed.has(container) ? [index] : []));
  for (const index of alone.sort((a, b) => a - b)) {
    const request = requests[index];
    if (request === undefined) continue;
    try {
      await isolateContainer(context, request.id, request.pid, request.options);
    } catch (error) {
      errors[index] = error;
    }
  }
  return errors;
}

/** Where there is no room, there is no plan: the container is then tried alone, and told why. */
function tryPlan(make: () => IsolatePlan): Change[] | undefined {
  try {
    return inOrder(make());
  } catch (error) {
    if (error instanceof IsolatorError) return undefined;
    throw error;
  }
}

/** Gives back those that failed, of which nothing is left. */
async function applyShared(
  context: Context,
  containers: readonly NewContainer[],
): Promise<Set<NewContainer>> {
  const { applier, host, kernel, nodes, registry } = context;
  const plans = containers.map((container) => tryPlan(() => isolatePlan(host, container, nodes)));
  const failures = await applier.applyTogether(plans.map((plan) => plan ?? []));
  const failed = containers.filter((_, i) => plans[i] === undefined || failures[i] !== undefined);
  for (const container of containers) {
    if (!failed.includes(container)) finishIsolate(context, container);
  }
  if (failed.length > 0) {
    const state = await readHostState(kernel, host);
    await applier.applyAll(failed.flatMap((container) => cleanupPlan(host, state, container)));
    noteNodes(context, (await readHostState(kernel, host, [])).filters);
  }
  for (const { flow } of failed) registry.releaseFlow(flow);
  return new Set(failed);
}
