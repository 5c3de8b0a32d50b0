import type { Action, Control } from "../model/action.ts";
import type { FilterBlock } from "../model/filter_block.ts";
import type { Handle } from "../model/handle.ts";
import type { U32Node } from "../model/u32_node.ts";
import { formatNode } from "../trace/describe.ts";
import type { Packet } from "./packet.ts";
import type { PathContext } from "./path_context.ts";
import { classifyU32, NO_MATCH } from "./u32_classify.ts";
import { scanRules } from "./u32_scan.ts";
import { VERDICT } from "./verdict.ts";

/** What the filters of one place say about a packet. */
export interface Classification {
  /** A number of `VERDICT`, or {@linkcode NO_MATCH}. */
  readonly verdict: number;
  /** The class that the last terminal rule named. */
  readonly classId: Handle | undefined;
}

/** What is said of a packet that no rule matches. */
const UNCLASSIFIED: Classification = { verdict: NO_MATCH, classId: undefined };

/** The number behind each word; `continue` is none: the next filter is asked. */
const CONTROL_VERDICT: Readonly<Record<Control, number>> = {
  ok: VERDICT.ok,
  reclassify: VERDICT.reclassify,
  drop: VERDICT.drop,
  pipe: VERDICT.pipe,
  continue: NO_MATCH,
  stolen: VERDICT.stolen,
  trap: VERDICT.trap,
};

/**
 * Asks the filters of one place about a packet, priority by priority.
 *
 * @param context What is around the packet.
 * @param block The filters.
 * @param packet The packet; actions may send it, or copies of it, elsewhere.
 * @param lengthBytes What actions count it for: arriving packets count without their MAC header.
 */
export function classify(
  context: PathContext,
  block: FilterBlock,
  packet: Packet,
  lengthBytes: number,
): Classification {
  const met = block.classifiersFor(packet.protocol);
  if (met.length === 0) return UNCLASSIFIED;
  let classId: Handle | undefined;
  const verdictOf = (node: U32Node): number => {
    classId = node.spec.classId;
    return runActions(context, node.spec.actions, packet, lengthBytes);
  };
  const { trace } = packet;
  for (const { priority, root } of met) {
    const verdict = trace === undefined
      ? classifyU32(root, packet, verdictOf)
      : classifyU32(root, packet, verdictOf, (bucket, from, cursor) =>
        scanRules(bucket, from, cursor, (node, matched) =>
          context.note(packet, "filter", `prio ${priority} ${formatNode(node)}`, matched)));
    if (verdict >= 0) return { verdict, classId };
  }
  return UNCLASSIFIED;
}

/** Runs actions in order until one does not say `pipe`. */
function runActions(
  context: PathContext,
  actions: readonly Action[],
  packet: Packet,
  lengthBytes: number,
): number {
  let verdict: number = VERDICT.ok;
  for (const action of actions) {
    const { counters, parameters } = action;
    counters.packets += 1;
    counters.bytes += lengthBytes;
    const nowNs = context.clock.nowNs;
    action.lastUsedAtNs = nowNs;
    action.firstUsedAtNs ??= nowNs;
    verdict = parameters.kind === "gact"
      ? CONTROL_VERDICT[parameters.control]
      : context.mirred(action, packet);
    if (parameters.kind === "gact" && verdict === VERDICT.drop) counters.drops += 1;
    if (verdict !== VERDICT.pipe) return verdict;
  }
  return verdict;
}

/**
 * Gives the number behind an action's word.
 *
 * @param control The word.
 */
export function verdictOfControl(control: Control): number {
  return CONTROL_VERDICT[control];
}
