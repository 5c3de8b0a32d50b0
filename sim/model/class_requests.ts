/**
 * What the kernel does with a request about a class of `htb`, and the words in which it refuses.
 *
 * @module
 */

import { HtbClass, type HtbClassParameters } from "./class.ts";
import type { ClassHash } from "./class_hash.ts";
import { endActions } from "./actions.ts";
import {
  CLSACT_EGRESS,
  CLSACT_INGRESS,
  type Handle,
  majorOf,
  makeHandle,
  minorOf,
  qdiscHandleOf,
  ROOT,
} from "./handle.ts";
import type { Link } from "./link.ts";
import type { Qdisc } from "./qdisc.ts";
import type { RequestFlags } from "./qdisc_requests.ts";
import { destroyQdisc, ungraft } from "./qdisc_tree.ts";
import { Refusal } from "./refusal.ts";

/** What a tool asks of a class; the kernel still works out its quantum. */
export type HtbClassSpec = Omit<HtbClassParameters, "quantumBytes"> & {
  /** Bytes in one turn; 0 for the kernel's choice. */
  readonly quantumBytes: number;
};

/** A request to add or change a class. */
export interface ClassRequest {
  /** ROOT, a qdisc, a class, or 0 where none was named. */
  readonly parent: Handle;
  /** Its handle; 0 where none was named. */
  readonly handle: Handle;
  /** What it is to be; undefined where the tool sent nothing. */
  readonly spec: HtbClassSpec | undefined;
  readonly flags: RequestFlags;
}

/** Levels of classes that `htb` has. */
const LEVELS_MAX = 8;
/** Bounds of a quantum that the kernel works out. */
const QUANTUM_MIN_BYTES = 1000;
const QUANTUM_MAX_BYTES = 200_000;
const PRIORITY_MAX = 7;
const INT_MAX = 0x7fffffff;

/**
 * Adds, replaces or changes a class.
 *
 * @param link The link.
 * @param request What is asked.
 * @returns What the kernel warns of; undefined where all is well.
 * @throws {Refusal} Where the kernel refuses, in its words.
 */
export function requestClass(link: Link, request: ClassRequest): string | undefined {
  const { qdisc, handle, parent } = locate(link, request);
  if (qdisc.kind !== "htb") throw refusalOf(qdisc, handle, request.flags);
  const existing = handle === 0 ? undefined : qdisc.classes.get(handle);
  if (existing === undefined && !request.flags.create) throw new Refusal("ENOENT");
  if (existing !== undefined && request.flags.exclusive) throw new Refusal("EEXIST");
  const { spec } = request;
  if (spec === undefined) throw new Refusal("EINVAL");
  if (existing !== undefined) {
    const { parameters, warning } = complete(qdisc, existing.handle, spec);
    const isLeaf = existing.children.size === 0;
    const { quantumBytes, priority } = existing.parameters;
    existing.change(isLeaf ? parameters : { ...parameters, quantumBytes, priority });
    return isLeaf ? warning : undefined;
  }
  return addClass(qdisc, handle, parent === ROOT ? undefined : qdisc.classes.get(parent), spec);
}

/** Qdiscs that have classes, none of which can be made or changed, and which of them are there. */
const FIXED_CLASSES: Partial<Record<Qdisc["kind"], (handle: Handle) => boolean>> = {
  ingress: () => true,
  clsact: (handle) => [CLSACT_INGRESS, CLSACT_EGRESS].includes(handle),
  tbf: () => true,
  fq_codel: () => false,
};

function refusalOf(qdisc: Qdisc, handle: Handle, flags: RequestFlags): Refusal {
  const isThere = FIXED_CLASSES[qdisc.kind]?.(handle);
  if (isThere === undefined) return new Refusal("EINVAL");
  if (!isThere && !flags.create) return new Refusal("ENOENT");
  if (isThere && flags.exclusive) return new Refusal("EEXIST");
  if (handle === ROOT) {
    return new Refusal("EINVAL", "Cannot create traffic class with classid TC_H_ROOT");
  }
  return new Refusal("EOPNOTSUPP");
}

function addClass(
  qdisc: Qdisc,
  handle: Handle,
  parent: HtbClass | undefined,
  spec: HtbClassSpec,
): string | undefined {
  if (handle === 0 || majorOf(handle) !== majorOf(qdisc.handle)) throw new Refusal("EINVAL");
  if (depthOf(parent) >= LEVELS_MAX) throw new Refusal("EINVAL", "htb: tree is too deep");
  const { parameters, warning } = complete(qdisc, handle, spec);
  if (parent !== undefined && parent.children.size === 0 && parent.leaf !== undefined) {
    // A class that gets a child is a leaf no more: its queue goes, and no other takes its place.
    ungraft(parent.leaf);
  }
  const cls = new HtbClass(qdisc, handle, parent, parameters);
  qdisc.classes.set(handle, cls);
  qdisc.classHash.insert(handle);
  parent?.children.add(cls);
  qdisc.scheduler?.reconfigure();
  return warning;
}

function depthOf(cls: HtbClass | undefined): number {
  return cls === undefined ? 0 : 1 + depthOf(cls.parent);
}

function complete(
  qdisc: Qdisc,
  handle: Handle,
  spec: HtbClassSpec,
): { parameters: HtbClassParameters; warning: string | undefined } {
  const { parameters: own } = qdisc;
  const divisor = own.kind === "htb" ? own.rateToQuantum : 10;
  const derived = Math.min(Math.floor(spec.rateBytesPerSecond / Math.max(1, divisor)), INT_MAX);
  const bounded = Math.min(Math.max(derived, QUANTUM_MIN_BYTES), QUANTUM_MAX_BYTES);
  const size = derived < QUANTUM_MIN_BYTES ? "small" : "big";
  const isOdd = spec.quantumBytes === 0 && bounded !== derived;
  return {
    parameters: {
      ...spec,
      quantumBytes: spec.quantumBytes === 0 ? bounded : spec.quantumBytes,
      priority: Math.min(spec.priority, PRIORITY_MAX),
    },
    warning: isOdd
      ? `sch_htb: quantum of class ${
        handle.toString(16).toUpperCase()
      } is ${size}. Consider r2q change.`
      : undefined,
  };
}

/**
 * Takes a class away, with its queue and its filters.
 *
 * @param link The link.
 * @param request Which one.
 * @throws {Refusal} ENOENT if there is none, EBUSY if it has children or filters lead to it.
 */
export function deleteClass(
  link: Link,
  request: { readonly parent: Handle; readonly handle: Handle },
): void {
  const { qdisc, handle } = locate(link, request);
  if (qdisc.kind !== "htb") {
    const isThere = FIXED_CLASSES[qdisc.kind]?.(handle);
    throw new Refusal(isThere === undefined ? "EINVAL" : isThere ? "EOPNOTSUPP" : "ENOENT");
  }
  const cls = qdisc.classes.get(handle);
  if (cls === undefined) throw new Refusal("ENOENT");
  if (cls.children.size > 0 || isFilterTarget(qdisc, handle)) {
    throw new Refusal("EBUSY", "HTB class in use");
  }
  removeClass(qdisc, cls);
}

function removeClass(qdisc: Qdisc, cls: HtbClass): void {
  const { leaf } = cls;
  if (leaf !== undefined) {
    qdisc.leaves.delete(cls.handle);
    destroyQdisc(leaf);
  }
  for (const classifier of [...cls.filters.classifiers]) {
    for (const node of classifier.root.nodes()) {
      endActions(qdisc.link.namespace, node.spec.actions);
    }
    cls.filters.remove(classifier);
    qdisc.u32.removeRoot(classifier.root);
  }
  qdisc.classes.delete(cls.handle);
  qdisc.classHash.remove(cls.handle);
  cls.parent?.children.delete(cls);
  qdisc.scheduler?.reconfigure();
}

function isFilterTarget(qdisc: Qdisc, handle: Handle): boolean {
  for (const table of qdisc.u32.tables.values()) {
    for (const node of table.nodes()) if (node.spec.classId === handle) return true;
  }
  return false;
}

/** Completes the handles of a request: a class and its parent share a major number. */
function locate(
  link: Link,
  request: { readonly parent: Handle; readonly handle: Handle },
): { qdisc: Qdisc; handle: Handle; parent: Handle } {
  const major = qdiscHandleOf(request.handle);
  const parentMajor = request.parent === ROOT ? 0 : qdiscHandleOf(request.parent);
  if (major !== 0 && parentMajor !== 0 && major !== parentMajor) throw new Refusal("EINVAL");
  const known = major !== 0 ? major : parentMajor !== 0 ? parentMajor : link.root?.handle ?? 0;
  const qdisc = known === 0 ? undefined : link.qdiscs.get(known);
  if (qdisc === undefined) throw new Refusal("ENOENT");
  const complete = (handle: Handle) => makeHandle(majorOf(known), minorOf(handle));
  const parent = request.parent === ROOT || request.parent === 0
    ? request.parent
    : complete(request.parent);
  if (request.handle !== 0) return { qdisc, handle: complete(request.handle), parent };
  return { qdisc, handle: request.parent === ROOT ? known : 0, parent };
}

/**
 * The classes of a qdisc in the order in which the kernel lists them.
 *
 * @param qdisc An `htb`.
 */
export function listClasses(qdisc: Qdisc): HtbClass[] {
  const hash: ClassHash = qdisc.classHash;
  return hash.handles().flatMap((handle) => qdisc.classes.get(handle) ?? []);
}
