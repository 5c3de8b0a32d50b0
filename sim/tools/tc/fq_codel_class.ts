import { formatHandle, type Handle } from "../../model/handle.ts";
import type { FqCodelFlowStatistics, Qdisc } from "../../model/qdisc.ts";
import { formatSize, formatTime } from "./units.ts";

/**
 * Describes the classes of an `fq_codel`: the flows that take turns, by their numbers.
 *
 * @param qdisc The qdisc.
 * @param only The one class to describe; 0 for all.
 * @param withStatistics Whether to say what they count.
 */
export function describeFlows(qdisc: Qdisc, only: Handle, withStatistics: boolean): string {
  const { handle } = qdisc;
  const { nowNs } = qdisc.link.namespace.machine.clock;
  return [...qdisc.busyFlows]
    .filter(([number]) => only === 0 || only === handle + number)
    .sort(([one], [other]) => one - other)
    .map(([number, flow]) =>
      `class fq_codel ${formatHandle(handle + number)} parent ${formatHandle(handle)} \n` +
      (withStatistics ? statisticsOf(flow, nowNs) : "")
    )
    .join("");
}

function statisticsOf(flow: FqCodelFlowStatistics, nowNs: number): string {
  const { dropNextNs } = flow;
  // The kernel counts neither drops nor what was sent for single flows.
  return " (dropped 0, overlimits 0 requeues 0) \n" +
    ` backlog ${formatSize(flow.waitingBytes)} ${flow.queueLength}p requeues 0\n` +
    `  deficit ${flow.deficitBytes} count ${flow.dropCount} lastcount ${flow.lastDropCount} ` +
    `ldelay ${formatTime(Math.floor(flow.delayNs / 1000))}` +
    (dropNextNs === undefined ? "" : ` dropping drop_next ${formatUntil(dropNextNs - nowNs)}`) +
    "\n";
}

function formatUntil(ns: number): string {
  const time = formatTime(Math.floor(Math.abs(ns) / 1000));
  return ns < 0 ? `-${time}` : time;
}
