import type { HtbClass } from "../model/class.ts";
import type { FilterBlock } from "../model/filter_block.ts";
import type { Qdisc } from "../model/qdisc.ts";
import { majorOf, makeHandle } from "../model/handle.ts";
import type { Packet } from "../path/packet.ts";
import { VERDICT } from "../path/verdict.ts";
import type { QueueContext } from "./packet_queue.ts";

/** Inner classes that a packet's filters may lead through, one after another. */
const HOPS_MAX = 8;

/**
 * Finds the leaf class of an `htb` that a packet belongs to: the one that its sender chose, the one
 * that filters name, or the default one.
 *
 * @param qdisc The `htb`.
 * @param context Asks filters.
 * @param packet The packet.
 * @returns The class; `direct` for the queue past all classes; `lost` or `stolen` where a filter
 * says so.
 */
export function classifyHtb(
  qdisc: Qdisc,
  context: QueueContext,
  packet: Packet,
): HtbClass | "direct" | "lost" | "stolen" {
  if (packet.priority === qdisc.handle) return "direct";
  const chosen = qdisc.classes.get(packet.priority);
  if (chosen !== undefined && isLeaf(chosen)) return chosen;
  let block: FilterBlock = (chosen ?? qdisc).filters;
  for (let hops = 0; block.classifiers.length > 0; hops++) {
    const { verdict, classId } = context.classify(block, packet);
    if (verdict < 0) break;
    if (verdict === VERDICT.drop || hops > HOPS_MAX) return "lost";
    if (verdict === VERDICT.stolen || verdict === VERDICT.queued || verdict === VERDICT.trap) {
      return "stolen";
    }
    if (classId === qdisc.handle) return "direct";
    const named = classId === undefined ? undefined : qdisc.classes.get(classId);
    if (named === undefined) break;
    if (isLeaf(named)) return named;
    block = named.filters;
  }
  return defaultOf(qdisc) ?? "direct";
}

function defaultOf(qdisc: Qdisc): HtbClass | undefined {
  const { parameters, handle, classes } = qdisc;
  if (parameters.kind !== "htb") return undefined;
  const cls = classes.get(makeHandle(majorOf(handle), parameters.defaultMinor));
  return cls !== undefined && isLeaf(cls) ? cls : undefined;
}

function isLeaf(cls: HtbClass): boolean {
  return cls.children.size === 0;
}
