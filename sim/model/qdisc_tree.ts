/**
 * Hanging qdiscs on links and classes, and taking them off.
 *
 * @module
 */

import { type Handle, INGRESS, ROOT, UNSPECIFIED } from "./handle.ts";
import { endActions } from "./actions.ts";
import { invariant } from "./invariant.ts";
import type { Link } from "./link.ts";
import { Qdisc, type QdiscParameters } from "./qdisc.ts";

/** @param link A link that comes up, or has just lost its root qdisc. */
export function attachDefaultRoot(link: Link): void {
  const parameters: QdiscParameters = link.hasNoQueue ? { kind: "noqueue" } : defaultOf(link);
  link.root = new Qdisc(link, parameters, { handle: UNSPECIFIED, parent: ROOT });
  notify(link.root, "added");
}

/** What `net.core.default_qdisc` names, as far as it is modelled. */
function defaultOf(link: Link): QdiscParameters {
  const name = link.namespace.sysctls.get("net.core.default_qdisc");
  return name === "fq_codel" ? fqCodelDefaults(link.mtu) : { kind: "pfifo_fast" };
}

/**
 * What an `fq_codel` does that was told nothing.
 *
 * @param mtu MTU of its link in bytes.
 */
export function fqCodelDefaults(mtu: number): QdiscParameters & { kind: "fq_codel" } {
  return {
    kind: "fq_codel",
    limitPackets: 10240,
    flows: 1024,
    quantumBytes: mtu + 14,
    targetUs: 4999,
    intervalUs: 99999,
    ceThresholdUs: undefined,
    memoryLimitBytes: 32 << 20,
    dropBatch: 64,
    ecn: true,
  };
}

/**
 * Hangs a new qdisc where it belongs, in the place of what hangs there.
 *
 * @param link The link.
 * @param parent ROOT, INGRESS or the handle of a class.
 * @param handle Its handle; free on this link.
 * @param parameters Its kind and what it was told.
 * @returns The qdisc.
 */
export function graft(
  link: Link,
  parent: Handle,
  handle: Handle,
  parameters: QdiscParameters,
): Qdisc {
  const qdisc = new Qdisc(link, parameters, { handle, parent });
  const old = hang(link, parent, qdisc);
  if (old !== undefined) destroyQdisc(old);
  invariant(!link.qdiscs.has(handle), `handle ${handle.toString(16)} belongs to one qdisc`);
  link.qdiscs.set(handle, qdisc);
  notify(qdisc, "added");
  return qdisc;
}

/** @param qdisc A qdisc to take off; a root one makes room for the link's default. */
export function ungraft(qdisc: Qdisc): void {
  const { link, parent } = qdisc;
  if (parent === ROOT) link.root = undefined;
  else if (parent === INGRESS) link.ingress = undefined;
  else holder(link, parent).leaves.delete(parent);
  destroyQdisc(qdisc);
  if (parent === ROOT && link.isUp) attachDefaultRoot(link);
  else if (parent !== ROOT && parent !== INGRESS) holder(link, parent).scheduler?.reconfigure();
}

function hang(link: Link, parent: Handle, qdisc: Qdisc): Qdisc | undefined {
  if (parent === ROOT) {
    const old = link.root;
    link.root = qdisc;
    return old;
  }
  if (parent === INGRESS) {
    const old = link.ingress;
    link.ingress = qdisc;
    link.hasIngressQueue = true;
    return old;
  }
  const above = holder(link, parent);
  const old = above.leaves.get(parent);
  above.leaves.set(parent, qdisc);
  above.scheduler?.reconfigure();
  return old;
}

/** The qdisc whose class a handle names. */
function holder(link: Link, classHandle: Handle): Qdisc {
  const qdisc = link.qdiscs.get((classHandle & 0xffff0000) >>> 0);
  invariant(qdisc !== undefined, "an inner qdisc hangs on a class of another one");
  return qdisc;
}

/** @param qdisc A qdisc that hangs nowhere any more; what hangs on it goes with it. */
export function destroyQdisc(qdisc: Qdisc): void {
  for (const leaf of qdisc.leaves.values()) destroyQdisc(leaf);
  for (const table of qdisc.u32.tables.values()) {
    for (const node of table.nodes()) endActions(qdisc.link.namespace, node.spec.actions);
  }
  qdisc.scheduler?.destroy();
  qdisc.scheduler = undefined;
  if (qdisc.link.qdiscs.get(qdisc.handle) === qdisc) qdisc.link.qdiscs.delete(qdisc.handle);
  notify(qdisc, "removed");
}

function notify(qdisc: Qdisc, change: "added" | "removed"): void {
  for (const observer of qdisc.link.namespace.machine.observers) {
    observer.qdiscChanged?.(qdisc, change);
  }
}
