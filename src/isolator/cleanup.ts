import { cleanupPlan } from "./cleanup_plan.ts";
import { type Context, noteNodes } from "./context.ts";
import { readHostState } from "./host_state.ts";
import { IsolatorError } from "./isolator_error.ts";
import { listedFor } from "./recovered.ts";

/**
 * Takes a container's network away and its ports back.
 *
 * @param context What to work with.
 * @param id The container's id.
 * @returns Whether there was such a container.
 * @throws {IsolatorError} With code `cleanup-incomplete` if something could not be removed; the
 *   container is kept, so that cleanup can be tried again.
 */
export async function cleanupContainer(context: Context, id: string): Promise<boolean> {
  const { registry, host, kernel, applier } = context;
  if (registry.removeUnmanaged(id)) return true;
  const entry = registry.find(id);
  if (entry === undefined) return false;
  const { pid } = entry;
  if (pid !== undefined) {
    const state = await readHostState(kernel, host);
    const plan = cleanupPlan(host, state, { ...entry, pid });
    const errors = await applier.applyAll(plan);
    const gone = new Set(errors.length === 0 ? listedFor(host, state, { ...entry, pid }) : []);
    noteNodes(context, state.filters.filter((filter) => !gone.has(filter)));
    if (errors.length > 0) throw incomplete(id, errors);
  }
  registry.delete(id);
  return true;
}

function incomplete(id: string, errors: readonly Error[]): IsolatorError {
  const reasons = errors.map(({ message }) => message).join("; ");
  return new IsolatorError(
    "cleanup-incomplete",
    `${id} could not be removed whole: ${reasons}; try again once that is mended`,
    { cause: new AggregateError(errors) },
  );
}
