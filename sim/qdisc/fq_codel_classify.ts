import type { Machine } from "../model/machine.ts";
import { majorOf, minorOf } from "../model/handle.ts";
import type { FqCodelParameters, Qdisc } from "../model/qdisc.ts";
import type { Packet } from "../path/packet.ts";
import { VERDICT } from "../path/verdict.ts";
import { flowHash } from "./flow_hash.ts";
import type { QueueContext } from "./packet_queue.ts";

/** The key of each machine's hash, drawn when it is first needed, as Linux does. */
const KEYS: WeakMap<Machine, number> = new WeakMap();

/**
 * Finds the flow of an `fq_codel` that a packet belongs to: the one that its sender chose, the one
 * that filters name, or without filters the one that its addresses and ports hash to.
 *
 * @param qdisc The `fq_codel`.
 * @param flows How many flows it has.
 * @param context Asks filters.
 * @param packet The packet.
 * @returns Number of the flow, from 1; `lost` or `stolen` where the filters name none.
 */
export function classifyFqCodel(
  qdisc: Qdisc,
  { flows }: FqCodelParameters,
  context: QueueContext,
  packet: Packet,
): number | "lost" | "stolen" {
  const { priority } = packet;
  const chosen = minorOf(priority);
  if (majorOf(priority) === majorOf(qdisc.handle) && chosen > 0 && chosen <= flows) return chosen;
  if (qdisc.filters.classifiers.length === 0) {
    return Math.floor(flowHash(packet, keyOf(qdisc.link.namespace.machine)) * flows / 2 ** 32) + 1;
  }
  const { verdict, classId } = context.classify(qdisc.filters, packet);
  if (verdict === VERDICT.stolen || verdict === VERDICT.queued || verdict === VERDICT.trap) {
    return "stolen";
  }
  if (verdict < 0 || verdict === VERDICT.drop || classId === undefined) return "lost";
  const named = minorOf(classId);
  return named > 0 && named <= flows ? named : "lost";
}

function keyOf(machine: Machine): number {
  let key = KEYS.get(machine);
  if (key === undefined) {
    key = machine.random.nextUint32();
    KEYS.set(machine, key);
  }
  return key;
}
