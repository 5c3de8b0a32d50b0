import { Action, type ActionParameters } from "./action.ts";
import { invariant } from "./invariant.ts";
import type { NetworkNamespace } from "./namespace.ts";
import { Refusal } from "./refusal.ts";

/** An action that a filter asks for. */
export interface ActionSpec {
  readonly parameters: ActionParameters;
  /** Its number; 0 for the lowest free one. */
  readonly index: number;
  /** Mark of its owner, hexadecimal. */
  readonly cookie: string | undefined;
}

/** Most actions of one filter: TCA_ACT_MAX_PRIO. */
const ACTIONS_MAX = 32;

/**
 * Makes the actions of a filter, or takes existing ones by their number.
 *
 * @param namespace Where the filter is.
 * @param specs The actions, in order.
 * @returns The actions; each counts one user more.
 * @throws {Refusal} EINVAL for more than 32, ENOENT for a kind that the kernel lacks.
 */
export function makeActions(namespace: NetworkNamespace, specs: readonly ActionSpec[]): Action[] {
  const { features, clock } = namespace.machine;
  if (specs.length > ACTIONS_MAX) {
    throw new Refusal("EINVAL", `Only ${ACTIONS_MAX} actions supported per filter`);
  }
  for (const { parameters } of specs) {
    if (!features.has(`act_${parameters.kind}`)) {
      throw new Refusal("ENOENT", "Failed to load TC action module");
    }
  }
  return specs.map((spec) => {
    const table = tableOf(namespace, spec.parameters.kind);
    const index = spec.index === 0 ? lowestFree(table) : spec.index;
    let action = table.actions.get(index);
    if (action === undefined) {
      action = new Action(index, spec.parameters, clock.nowNs);
      table.actions.set(index, action);
    } else if (spec.parameters.kind === action.kind) action.change(spec.parameters);
    action.cookie = spec.cookie ?? action.cookie;
    action.bindCount += 1;
    action.referenceCount += 1;
    return action;
  });
}

/**
 * A filter lets go of its actions; those that nothing else holds are gone.
 *
 * @param namespace Where the filter is.
 * @param actions Its actions.
 */
export function endActions(namespace: NetworkNamespace, actions: readonly Action[]): void {
  for (const action of actions) {
    action.bindCount -= 1;
    action.referenceCount -= 1;
    invariant(action.bindCount >= 0, "an action is let go as often as it was taken");
    if (action.referenceCount > 0) continue;
    const table = tableOf(namespace, action.kind);
    table.actions.delete(action.index);
    table.lowestFreeIndex = Math.min(table.lowestFreeIndex, action.index);
    action.end();
  }
}

/**
 * The actions of a kind, in the order of their numbers.
 *
 * @param namespace Where to look.
 * @param kind Their kind.
 */
export function listActions(namespace: NetworkNamespace, kind: Action["kind"]): Action[] {
  return [...tableOf(namespace, kind).actions.values()].sort((a, b) => a.index - b.index);
}

/** The actions of one kind in one namespace. */
export interface ActionTable {
  readonly actions: Map<number, Action>;
  /** No number below this one is free. */
  lowestFreeIndex: number;
}

function tableOf(namespace: NetworkNamespace, kind: Action["kind"]): ActionTable {
  let table = namespace.actions.get(kind);
  if (table === undefined) {
    table = { actions: new Map(), lowestFreeIndex: 1 };
    namespace.actions.set(kind, table);
  }
  return table;
}

function lowestFree(table: ActionTable): number {
  while (table.actions.has(table.lowestFreeIndex)) table.lowestFreeIndex += 1;
  return table.lowestFreeIndex;
}
