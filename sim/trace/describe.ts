import type { Action } from "../model/action.ts";
import type { U32Node } from "../model/u32_node.ts";

/**
 * Names a u32 rule in one line: its handle, its tests and what it does.
 *
 * @param node The rule.
 */
export function formatNode(node: U32Node): string {
  const id = (node.handle >>> 20).toString(16);
  const bucket = node.bucket === 0 ? "" : node.bucket.toString(16);
  const keys = node.spec.keys.map(({ value, mask, offset }) =>
    `${word(value)}/${word(mask)} at ${offset}`
  );
  const what = node.spec.actions.map(formatAction).join(", ");
  const tests = keys.length === 0 ? "always" : keys.join(", ");
  const end = what === "" ? (node.spec.isTerminal ? "stop" : "go on") : what;
  return `${id}:${bucket}:${node.number.toString(16)} (${tests}) → ${end}`;
}

function word(bits: number): string {
  return bits.toString(16).padStart(8, "0");
}

function formatAction({ parameters }: Action): string {
  if (parameters.kind === "gact") return parameters.control;
  return `${parameters.mode} to ${parameters.target?.name ?? "*"}`;
}
