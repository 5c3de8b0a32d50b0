/**
 * What the kernel does with a request about a qdisc, and the words in which it refuses.
 *
 * @module
 */

import type { Feature } from "./features.ts";
import {
  type Handle,
  INGRESS,
  majorOf,
  makeHandle,
  minorOf,
  qdiscHandleOf,
  ROOT,
} from "./handle.ts";
import type { Link } from "./link.ts";
import type { Qdisc, QdiscKind, QdiscParameters } from "./qdisc.ts";
import { graft, ungraft } from "./qdisc_tree.ts";
import { Refusal } from "./refusal.ts";

/** How a qdisc is asked for. */
export interface RequestFlags {
  readonly create: boolean;
  readonly replace: boolean;
  readonly exclusive: boolean;
}

/** A request to add or change a qdisc. */
export interface QdiscRequest {
  /** ROOT, INGRESS, a class, or 0 where none was named. */
  readonly parent: Handle;
  /** Its handle; 0 where none was named. */
  readonly handle: Handle;
  /** Its kind; undefined where none was named. */
  readonly kind: string | undefined;
  /** Makes the parameters; undefined where the tool named no kind. */
  readonly configure:
    | ((link: Link, old: QdiscParameters | undefined) => QdiscParameters)
    | undefined;
  /** Whether the tool sent parameters. */
  readonly sendsOptions: boolean;
  readonly flags: RequestFlags;
}

/** The part of the kernel that each kind needs. */
const FEATURE_OF: Readonly<Record<string, Feature>> = {
  htb: "sch_htb",
  tbf: "sch_tbf",
  ingress: "sch_ingress",
  clsact: "sch_ingress",
  fq_codel: "sch_fq_codel",
};

/** Kinds without classes: nothing can hang under them. */
const CLASSLESS: ReadonlySet<QdiscKind> = new Set<QdiscKind>([
  "noqueue",
  "pfifo_fast",
  "pfifo",
  "bfifo",
]);

/** Kinds that refuse a change once they stand. */
const UNCHANGEABLE: ReadonlySet<QdiscKind> = new Set<QdiscKind>([
  "htb",
  "ingress",
  "clsact",
  "noqueue",
  "pfifo_fast",
]);

/**
 * Adds, replaces or changes a qdisc.
 *
 * @param link The link.
 * @param request What is asked.
 * @throws {Refusal} Where the kernel refuses, in its words.
 */
export function requestQdisc(link: Link, request: QdiscRequest): void {
  const { parent, handle, kind, flags } = request;
  if (parent === 0) {
    if (handle === 0) throw new Refusal("EINVAL", "Handle cannot be zero");
    changeQdisc(link.qdiscs.get(handle), link, request);
    return;
  }
  if (isUnderIngress(link, parent)) {
    throw new Refusal("EOPNOTSUPP", "Cannot add children to ingress/clsact qdisc");
  }
  const hanging = hangingAt(link, parent, "Failed to find specified qdisc");
  const old = hanging !== undefined && hanging.handle === 0 ? undefined : hanging;
  if (old !== undefined && handle !== 0 && old.handle === handle) {
    changeQdisc(old, link, request);
  } else if (handle !== 0) {
    if (old !== undefined && !flags.replace) {
      throw new Refusal("EEXIST", "NLM_F_REPLACE needed to override");
    }
    if (minorOf(handle) !== 0) throw new Refusal("EINVAL", "Invalid minor handle");
    const named = link.qdiscs.get(handle);
    if (named !== undefined) refuseToMove(named, request);
    createQdisc(link, request);
  } else if (old === undefined) {
    createQdisc(link, request);
  } else {
    const isOtherKind = kind !== undefined && kind !== old.kind;
    const mayCreate = flags.create ? flags.replace || flags.exclusive : !flags.replace;
    if (isOtherKind && mayCreate) graftNew(link, request);
    else changeQdisc(old, link, request);
  }
}

/** Whether a place would be below the ingress qdisc, which has no room. */
function isUnderIngress(link: Link, parent: Handle): boolean {
  return parent !== INGRESS && parent !== ROOT && majorOf(parent) === majorOf(INGRESS) &&
    link.ingress !== undefined;
}

/** A qdisc that stands elsewhere under this handle cannot be hung here. */
function refuseToMove(qdisc: Qdisc, request: QdiscRequest): never {
  if (qdisc.parent !== request.parent) {
    throw new Refusal("EINVAL", "Cannot move an existing qdisc to a different parent");
  }
  throw new Refusal("EEXIST", "Exclusivity flag on, cannot override");
}

function changeQdisc(qdisc: Qdisc | undefined, link: Link, request: QdiscRequest): void {
  if (qdisc === undefined) throw new Refusal("ENOENT", "Specified qdisc not found");
  if (request.flags.exclusive) {
    throw new Refusal("EEXIST", "Exclusivity flag on, cannot modify");
  }
  checkKind(qdisc, request.kind);
  if (request.configure === undefined || !request.sendsOptions) return;
  if (UNCHANGEABLE.has(qdisc.kind)) {
    throw new Refusal("EINVAL", "Change operation not supported by specified qdisc");
  }
  qdisc.change(request.configure(link, qdisc.parameters));
  for (const observer of link.namespace.machine.observers) {
    observer.qdiscChanged?.(qdisc, "changed");
  }
}

function createQdisc(link: Link, request: QdiscRequest): void {
  if (!request.flags.create) {
    throw new Refusal("ENOENT", "Qdisc not found. To create specify NLM_F_CREATE flag");
  }
  graftNew(link, request);
}

function graftNew(link: Link, request: QdiscRequest): void {
  const { features } = link.namespace.machine;
  const { kind, parent, configure } = request;
  if (kind === undefined || configure === undefined) throw unknownKind();
  if (parent !== INGRESS && link.hasNoQueue && link.txQueueLength === 0) {
    // A queue needs a length: the kernel gives one to links that never had one.
    link.txQueueLength = 1000;
  }
  if (isLacking(kind, features)) throw unknownKind();
  if (parent === INGRESS && kind !== "ingress" && kind !== "clsact") {
    throw new Refusal(
      "EINVAL",
      "Specified parent ID is reserved for ingress and clsact Qdiscs",
    );
  }
  const parameters = configure(link, undefined);
  if (parent !== ROOT && parent !== INGRESS) {
    const cls = link.qdiscs.get(qdiscHandleOf(parent))?.classes.get(parent);
    if (cls !== undefined && cls.children.size > 0) throw new Refusal("EINVAL");
  }
  graft(link, parent, request.handle === 0 ? freeHandle(link) : request.handle, parameters);
}

function isLacking(kind: string, features: ReadonlySet<Feature>): boolean {
  const feature = FEATURE_OF[kind];
  return feature !== undefined && !features.has(feature);
}

function unknownKind(): Refusal {
  return new Refusal("ENOENT", "Specified qdisc kind is unknown");
}

function freeHandle(link: Link): Handle {
  const { machine } = link.namespace;
  let handle = makeHandle(machine.takeQdiscMajor(), 0);
  while (link.qdiscs.has(handle)) handle = makeHandle(machine.takeQdiscMajor(), 0);
  return handle;
}

/** What hangs at a place; undefined for nothing, or for the kernel's own plain queue. */
function hangingAt(link: Link, parent: Handle, missing: string): Qdisc | undefined {
  if (parent === ROOT) return link.root;
  if (parent === INGRESS) return link.ingress;
  const above = link.qdiscs.get(qdiscHandleOf(parent));
  if (above === undefined) throw new Refusal("ENOENT", missing);
  if (CLASSLESS.has(above.kind)) throw new Refusal("EINVAL", "Parent qdisc is not classful");
  const exists = above.kind === "htb" ? above.classes.has(parent) : true;
  if (!exists) throw new Refusal("ENOENT", "Specified class not found");
  return above.leaves.get(parent);
}

/**
 * Takes a qdisc away.
 *
 * @param link The link.
 * @param request Which one: by place and, where given, handle and kind.
 * @throws {Refusal} Where the kernel refuses, in its words.
 */
export function deleteQdisc(
  link: Link,
  request: { readonly parent: Handle; readonly handle: Handle; readonly kind: string | undefined },
): void {
  const { handle, kind } = request;
  const isIngress = request.parent !== ROOT && majorOf(request.parent) === majorOf(INGRESS);
  const parent = isIngress ? INGRESS : request.parent;
  if (parent === 0) {
    const named = handle === 0 ? undefined : link.qdiscs.get(handle);
    if (named === undefined) {
      throw new Refusal("ENOENT", "Failed to find qdisc with specified handle");
    }
    checkKind(named, kind);
    throw new Refusal("EINVAL", "Classid cannot be zero");
  }
  const qdisc = hangingAt(link, parent, "Failed to find qdisc with specified classid");
  if (qdisc === undefined) {
    if (parent === INGRESS && !link.hasIngressQueue) {
      throw new Refusal("ENOENT", "Cannot find specified qdisc on specified device");
    }
    if (handle !== 0) throw new Refusal("EINVAL", "Invalid handle");
    throw new Refusal("ENOENT", "Cannot delete qdisc with handle of zero");
  }
  if (handle !== 0 && qdisc.handle !== handle) throw new Refusal("EINVAL", "Invalid handle");
  checkKind(qdisc, kind);
  if (qdisc.handle === 0) {
    throw new Refusal("ENOENT", "Cannot delete qdisc with handle of zero");
  }
  ungraft(qdisc);
}

function checkKind(qdisc: Qdisc, kind: string | undefined): void {
  if (kind !== undefined && kind !== qdisc.kind) {
    throw new Refusal("EINVAL", "Invalid qdisc name: must match existing qdisc");
  }
}
