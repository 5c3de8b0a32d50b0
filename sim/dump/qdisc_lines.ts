import type { HtbClass } from "../model/class.ts";
import { formatHandle, type Handle, INGRESS, ROOT } from "../model/handle.ts";
import type { Link } from "../model/link.ts";
import type { Qdisc, QdiscParameters } from "../model/qdisc.ts";
import { fqCodelDefaults } from "../model/qdisc_tree.ts";
import { bytesOf, ticksOf } from "../tools/tc/units.ts";
import { dumpLine } from "./dump_line.ts";
import type { Pair } from "./link_lines.ts";

/**
 * Writes the qdiscs and classes of a namespace's links; those that the kernel makes by itself it
 * will make again.
 *
 * @param pair The namespace; its links are made and up.
 */
export function* qdiscLines({ real }: Pair): Generator<string> {
  for (const { root, ingress } of real.links) {
    if (root !== undefined && root.handle !== 0) yield* treeLines(root);
    if (ingress !== undefined) yield* treeLines(ingress);
  }
}

function* treeLines(qdisc: Qdisc): Generator<string> {
  const { link, handle, parent, parameters } = qdisc;
  const device = ["tc", "qdisc", "add", "dev", link.name];
  if (parent === INGRESS) yield dumpLine(...device, qdisc.kind);
  else {
    const place = parent === ROOT ? ["root"] : ["parent", formatHandle(parent)];
    const words = qdiscWords(parameters, link);
    yield dumpLine(...device, ...place, "handle", formatHandle(handle), qdisc.kind, ...words);
  }
  const classes = [...qdisc.classes.values()];
  classes.sort((a, b) => depthOf(a) - depthOf(b) || a.handle - b.handle);
  for (const each of classes) yield classLine(each);
  const leaves = [...qdisc.leaves].sort(([a], [b]) => a - b);
  for (const [, leaf] of leaves) yield* treeLines(leaf);
}

function depthOf({ parent }: HtbClass): number {
  return parent === undefined ? 0 : depthOf(parent) + 1;
}

function qdiscWords(parameters: QdiscParameters, link: Link): (string | number)[] {
  switch (parameters.kind) {
    case "htb": {
      const { defaultMinor, rateToQuantum, directQueueLength } = parameters;
      const minor = ["default", defaultMinor.toString(16)];
      return [...minor, "r2q", rateToQuantum, "direct_qlen", directQueueLength];
    }
    case "tbf": {
      const { rateBytesPerSecond: rate, burstTicks, limitBytes } = parameters;
      const burst = parameters.burstBytes ?? burstBytes(rate, burstTicks);
      return ["rate", `${rate}bps`, "burst", burst, "limit", limitBytes];
    }
    case "pfifo":
      return ["limit", parameters.limitPackets];
    case "bfifo":
      return ["limit", parameters.limitBytes];
    case "fq_codel": {
      const defaults = fqCodelDefaults(link.mtu);
      return [
        ...["limit", parameters.limitPackets, "flows", parameters.flows],
        ...["quantum", parameters.quantumBytes],
        ...["target", asked(parameters.targetUs), "interval", asked(parameters.intervalUs)],
        ...(parameters.ceThresholdUs === undefined
          ? []
          : ["ce_threshold", asked(parameters.ceThresholdUs)]),
        ...["memory_limit", parameters.memoryLimitBytes],
        ...(parameters.dropBatch === defaults.dropBatch
          ? []
          : ["drop_batch", parameters.dropBatch]),
        parameters.ecn ? "ecn" : "noecn",
      ];
    }
    default:
      return [];
  }
}

/** The kernel keeps times in units of 1,024 ns: what to ask for, to get a time that it shows. */
function asked(shownUs: number): string {
  for (let us = shownUs; us < shownUs + 3; us++) {
    if (Math.floor(Math.floor(us * 1000 / 1024) * 1024 / 1000) === shownUs) return `${us}us`;
  }
  return `${shownUs}us`;
}

function classLine({ qdisc, handle, parent, parameters }: HtbClass): string {
  const { rateBytesPerSecond: rate, ceilBytesPerSecond: ceil } = parameters;
  const above: Handle = parent?.handle ?? qdisc.handle;
  return dumpLine(
    ...["tc", "class", "add", "dev", qdisc.link.name, "parent", formatHandle(above)],
    ...["classid", formatHandle(handle), "htb", "rate", `${rate}bps`, "ceil", `${ceil}bps`],
    ...["burst", burstBytes(rate, parameters.burstTicks)],
    ...["cburst", burstBytes(ceil, parameters.ceilBurstTicks)],
    ...["prio", parameters.priority, "quantum", parameters.quantumBytes],
    ...(parameters.overheadBytes === 0 ? [] : ["overhead", parameters.overheadBytes]),
    ...(parameters.minimumPacketBytes === 0 ? [] : ["mpu", parameters.minimumPacketBytes]),
  );
}

/** The kernel keeps the time that a full bucket lasts: what size to ask for, to get that time. */
function burstBytes(bytesPerSecond: number, ticks: number): number {
  const estimate = bytesOf(bytesPerSecond, ticks);
  // The tool counts in whole microseconds, so the sizes that fit lie within two of them.
  const range = Math.ceil(bytesPerSecond * 2e-6) + 1;
  let low = Math.max(0, estimate - range);
  let high = estimate + range;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (ticksOf(bytesPerSecond, middle) < ticks) low = middle + 1;
    else high = middle;
  }
  return low;
}
