import { cleanupPlan } from "./cleanup_plan.ts";
import { type Context, noteNodes } from "./context.ts";
import { readHostState } from "./host_state.ts";
import { IsolatorError } from "./isolator_error.ts";
import { namedCleanupPlan } from "./named_plan.ts";
import { listedFor } from "./recovered.ts";
import type { IsolatedEntry } from "./registry.ts";

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
  const { registry } = context;
  if (registry.removeUnmanaged(id)) return true;
  const entry = registry.find(id);
  if (entry === undefined) return false;
  const { pid } = entry;
  if (pid !== undefined) {
    const errors = await removeNetwork(context, { ...entry, pid });
    if (errors.length > 0) {
      const { exact: _exact, ...rest } = entry;
      registry.replace(rest);
      throw incomplete(id, errors);
    }
  }
  registry.delete(id);
  return true;
}

async function removeNetwork(context: Context, entry: IsolatedEntry): Promise<readonly Error[]> {
  const { host, kernel, applier } = context;
  if (entry.exact !== undefined) return await applier.applyAll(namedCleanupPlan(host, entry));
  const state = await readHostState(kernel, host, [entry.pid]);
  const errors = await applier.applyAll(cleanupPlan(host, state, entry));
  const gone = new Set(errors.length === 0 ? listedFor(host, state, entry) : []);
  noteNodes(context, state.filters.filter((filter) => !gone.has(filter)));
  return errors;
}

function incomplete(id: string, errors: readonly Error[]): IsolatorError {
  const reasons = errors.map(({ message }) => message).join("; ");
  return new IsolatorError(
    "cleanup-incomplete",
    `${id} could not be removed whole: ${reasons}; try again once that is mended`,
    { cause: new AggregateError(errors) },
  );
}
