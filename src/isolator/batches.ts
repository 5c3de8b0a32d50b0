import type { Batch } from "../kernel/batch.ts";
import type { Command } from "../kernel/command.ts";
import type { Change } from "./change.ts";

/**
 * Splits steps where a new process must begin: at another tool or namespace.
 *
 * @param changes The steps.
 * @returns Groups in order; each is one batch, or a step that needs none.
 */
export function groupForBatches(changes: readonly Change[]): Change[][] {
  const groups: Change[][] = [];
  let open: string | undefined;
  for (const change of changes) {
    const key = batchKey(change);
    if (key !== undefined && key === open) groups.at(-1)?.push(change);
    else groups.push([change]);
    open = key;
  }
  return groups;
}

/**
 * Names the batches that a step may be part of.
 *
 * @param change The step.
 * @returns The tool and the namespace, or undefined for a step that no batch can hold.
 */
export function batchKey(change: Change): string | undefined {
  if (change.kind !== "command") return undefined;
  const { tool, namespace } = change.command;
  return tool === "ip" || tool === "tc" ? `${tool} ${namespace ?? ""}` : undefined;
}

/**
 * Makes one batch of a group.
 *
 * @param group Steps of one key.
 * @returns The batch, or undefined where a step of the group needs no batch.
 */
export function batchOf(group: readonly Change[]): Batch | undefined {
  const commands = group.flatMap((change): Command[] =>
    change.kind === "command" ? [change.command] : []
  );
  const [first] = commands;
  if (first === undefined || (first.tool !== "ip" && first.tool !== "tc")) return undefined;
  const { tool, namespace } = first;
  const lines = commands.map(({ words }) => words);
  return { tool, lines, ...(namespace === undefined ? {} : { namespace }) };
}
