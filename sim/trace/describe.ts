import type { Action } from "../model/action.ts";
import { formatHandle } from "../model/handle.ts";
import type { U32Node } from "../model/u32_node.ts";
import { describeKey } from "./describe_key.ts";

/**
 * Names a u32 rule in one line: its handle, what it asks and what it does.
 *
 * @param node The rule.
 */
export function formatNode(node: U32Node): string {
  const { keys, actions, isTerminal, link, classId } = node.spec;
  const id = (node.handle >>> 20).toString(16);
  const bucket = node.bucket === 0 ? "" : node.bucket.toString(16);
  const tests = keys.length === 0 ? "always" : keys.map(describeKey).join(", ");
  const does = [
    ...actions.map(formatAction),
    ...(link === undefined ? [] : [`look in table ${link.id.toString(16)}:`]),
    ...(classId === undefined || actions.length > 0 ? [] : [`class ${formatHandle(classId)}`]),
  ];
  const end = does.length > 0 ? does.join(", ") : isTerminal ? "stop" : "go on";
  return `${id}:${bucket}:${node.number.toString(16)} (${tests}) → ${end}`;
}

function formatAction({ parameters }: Action): string {
  if (parameters.kind === "gact") return parameters.control;
  return `${parameters.mode} to ${parameters.target?.name ?? "*"}`;
}
