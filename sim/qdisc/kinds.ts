import type { Qdisc, QdiscParameters } from "../model/qdisc.ts";
import { Fifo } from "./fifo.ts";
import type { PacketQueue, QueueContext } from "./packet_queue.ts";
import { FqCodel } from "./fq_codel.ts";
import { Htb } from "./htb.ts";
import { PfifoFast } from "./pfifo_fast.ts";
import { Tbf } from "./tbf.ts";

/**
 * Makes the queue of a qdisc, and plugs it into the qdisc, which tells it of changes.
 *
 * @param qdisc A qdisc of leaving packets, other than `noqueue`.
 * @param context What is around the queue.
 * @throws {RangeError} If packets cannot wait in a qdisc of its kind.
 */
export function makeQueue(qdisc: Qdisc, context: QueueContext): PacketQueue {
  const queue = newQueue(qdisc, context);
  qdisc.scheduler = queue;
  return queue;
}

function newQueue(qdisc: Qdisc, context: QueueContext): PacketQueue {
  const { counters, kind } = qdisc;
  switch (kind) {
    case "pfifo_fast":
      return new PfifoFast(counters, context, () => qdisc.link.txQueueLength);
    case "pfifo":
    case "bfifo":
      return new Fifo(counters, context, fifoLimit(qdisc, kind));
    case "fq_codel":
      return new FqCodel(qdisc, context);
    case "htb":
      return new Htb(qdisc, context);
    case "tbf":
      return new Tbf(qdisc, context);
    default:
      throw new RangeError(`Packets cannot wait in a qdisc of kind ${kind}`);
  }
}

function fifoLimit(qdisc: Qdisc, kind: "pfifo" | "bfifo") {
  const limit = (read: (parameters: QdiscParameters) => number) => () => read(qdisc.parameters);
  return {
    reason: `${kind} full`,
    ...(kind === "pfifo"
      ? { packets: limit((now) => now.kind === "pfifo" ? now.limitPackets : 0) }
      : { bytes: limit((now) => now.kind === "bfifo" ? now.limitBytes : 0) }),
  };
}
