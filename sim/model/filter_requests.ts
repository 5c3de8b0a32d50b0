/**
 * What the kernel does with a request about filters, and the words in which it refuses.
 *
 * @module
 */

import { endActions } from "./actions.ts";
import type { Classifier, FilterBlock } from "./filter_block.ts";
import { CLSACT_EGRESS, CLSACT_INGRESS, type Handle, minorOf, qdiscHandleOf } from "./handle.ts";
import type { Link } from "./link.ts";
import type { Qdisc } from "./qdisc.ts";
import type { RequestFlags } from "./qdisc_requests.ts";
import { Refusal } from "./refusal.ts";
import { changeU32, deleteU32, getU32, type U32Request } from "./u32_requests.ts";
import type { U32Node } from "./u32_node.ts";
import type { U32Table } from "./u32_table.ts";

/** Which filters a request is about. */
export interface FilterAddress {
  /** Where they hang: a qdisc, one of its classes, or 0 for the root qdisc. */
  readonly parent: Handle;
  /** Their priority, 1 to 65535; 0 where none was named. */
  readonly priority: number;
  /** EtherType; 0 where none was named. */
  readonly protocol: number;
  /** Handle of one of them; 0 where none was named. */
  readonly handle: number;
  /** Their kind; undefined where none was named. */
  readonly kind: string | undefined;
}

/** A request to add or change a filter. */
export interface FilterRequest extends FilterAddress {
  readonly flags: RequestFlags;
  /** What the filter does; undefined where the tool sent nothing. */
  readonly u32: U32Request | undefined;
}

/** The kernel numbers filters downwards from here, as long as they name no priority. */
const AUTOMATIC_PRIORITY = 0xc000;
/** Smallest priority among which the kernel looks for the last one it gave. */
const AUTOMATIC_MIN = 0x8000;

const NOT_FOUND = "Filter with specified priority/protocol not found";
const NEEDS_CREATE = "Need both RTM_NEWTFILTER and NLM_F_CREATE to create a new filter";

/**
 * Adds, replaces or changes a filter.
 *
 * @param link The link.
 * @param request What is asked.
 * @throws {Refusal} Where the kernel refuses, in its words.
 */
export function requestFilter(link: Link, request: FilterRequest): void {
  const { flags, kind, protocol, handle } = request;
  if (request.priority === 0 && !flags.create) {
    throw new Refusal("ENOENT", "Invalid filter command with priority of zero");
  }
  const block = blockAt(link, request.parent);
  if (block === undefined) throw new Refusal("EINVAL");
  // From here on it hangs where this request says, whatever comes of it.
  block.shownParent = request.parent === 0 ? block.qdisc.handle : request.parent;
  const found = request.priority === 0 ? undefined : find(block, request);
  if (found === undefined) {
    if (kind === undefined || protocol === 0) {
      throw new Refusal("EINVAL", "Filter kind and protocol must be specified");
    }
    if (!flags.create) throw new Refusal("ENOENT", NEEDS_CREATE);
    const created = create(block, request);
    try {
      // Tables are shared, so that a new classifier may find what it is to add.
      refuseExisting(block, created, request);
      change(block, created, request);
    } catch (error) {
      if (error instanceof Refusal) removeClassifier(block, created);
      throw error;
    }
  } else {
    if (kind !== undefined && kind !== found.kind) throw kindMismatch();
    const isThere = getU32(block.qdisc, found, handle) !== undefined;
    if (!isThere && !flags.create) throw new Refusal("ENOENT", NEEDS_CREATE);
    refuseExisting(block, found, request);
    change(block, found, request);
  }
  block.qdisc.scheduler?.reconfigure();
}

function refuseExisting(
  block: FilterBlock,
  classifier: Classifier,
  { handle, flags }: FilterRequest,
): void {
  if (flags.exclusive && getU32(block.qdisc, classifier, handle) !== undefined) {
    throw new Refusal("EEXIST", "Filter already exists");
  }
}

function change(block: FilterBlock, classifier: Classifier, request: FilterRequest): void {
  changeU32(block, classifier, request.handle, request.u32);
}

function create(block: FilterBlock, request: FilterRequest): Classifier {
  const priority = request.priority === 0 ? automaticPriority(block) : request.priority;
  const isKnown = request.kind === "u32" &&
    block.qdisc.link.namespace.machine.features.has("cls_u32");
  if (!isKnown) throw new Refusal("ENOENT", "TC classifier not found");
  const root = block.qdisc.u32.addRoot(priority);
  if (root === undefined) throw new Refusal("ENOMEM");
  const classifier: Classifier = { kind: "u32", priority, protocol: request.protocol, root };
  block.insert(classifier);
  return classifier;
}

function automaticPriority(block: FilterBlock): number {
  const lowest = block.classifiers.find((other) => other.priority >= AUTOMATIC_MIN);
  return lowest === undefined ? AUTOMATIC_PRIORITY : lowest.priority - 1;
}

function find(block: FilterBlock, address: FilterAddress): Classifier | undefined {
  const found = block.classifier(address.priority);
  if (found !== undefined && address.protocol !== 0 && found.protocol !== address.protocol) {
    throw new Refusal("EINVAL", "Protocol mismatch for filter with specified priority");
  }
  return found;
}

function kindMismatch(): Refusal {
  return new Refusal("EINVAL", "Specified filter kind does not match existing one");
}

/**
 * Takes filters away: all at a place, all of a priority, or one.
 *
 * @param link The link.
 * @param address Which.
 * @throws {Refusal} Where the kernel refuses, in its words.
 */
export function deleteFilters(link: Link, address: FilterAddress): void {
  const { priority, protocol, handle, kind } = address;
  if (priority === 0 && (protocol !== 0 || handle !== 0 || kind !== undefined)) {
    throw new Refusal("ENOENT", "Cannot flush filters with protocol, handle or kind set");
  }
  const block = blockAt(link, address.parent);
  if (block === undefined) throw new Refusal("EINVAL");
  if (priority === 0) {
    for (const classifier of [...block.classifiers]) removeClassifier(block, classifier);
    return;
  }
  if (block.classifiers.length === 0) {
    throw new Refusal("ENOENT", "Cannot find specified filter chain");
  }
  const found = find(block, address);
  if (found === undefined) throw new Refusal("ENOENT", NOT_FOUND);
  if (kind !== undefined && kind !== found.kind) throw kindMismatch();
  if (handle === 0) {
    removeClassifier(block, found);
    return;
  }
  const item = getU32(block.qdisc, found, handle);
  if (item === undefined) throw new Refusal("ENOENT", "Specified filter handle not found");
  deleteU32(block, item);
  // A classifier without a node goes, unless others share its tables.
  const { classifierCount, nodeCount } = block.qdisc.u32;
  if (classifierCount === 1 && nodeCount === 0) removeClassifier(block, found);
  block.qdisc.scheduler?.reconfigure();
}

/**
 * Finds one filter.
 *
 * @param link The link.
 * @param address Which.
 * @returns The place, the classifier and the node or table.
 * @throws {Refusal} Where the kernel refuses, in its words.
 */
export function getFilter(
  link: Link,
  address: FilterAddress,
): { block: FilterBlock; classifier: Classifier; item: U32Node | U32Table } {
  const block = blockAt(link, address.parent);
  if (block === undefined) throw new Refusal("EINVAL");
  if (block.classifiers.length === 0) {
    throw new Refusal("EINVAL", "Cannot find specified filter chain");
  }
  const classifier = find(block, address);
  if (classifier === undefined) throw new Refusal("ENOENT", NOT_FOUND);
  if (address.kind !== undefined && address.kind !== classifier.kind) throw kindMismatch();
  const item = getU32(block.qdisc, classifier, address.handle);
  if (item === undefined) throw new Refusal("ENOENT", "Specified filter handle not found");
  return { block, classifier, item };
}

/**
 * The filters at a place.
 *
 * @param link The link.
 * @param parent A qdisc, one of its classes, or 0 for the root qdisc.
 * @returns The place, or undefined where nothing can hang or nothing is there to hang on.
 */
export function listFilters(link: Link, parent: Handle): FilterBlock | undefined {
  const qdisc = qdiscAt(link, parent);
  if (qdisc === undefined) return undefined;
  return blockOf(qdisc, parent);
}

function removeClassifier(block: FilterBlock, classifier: Classifier): void {
  const { qdisc } = block;
  block.remove(classifier);
  const tables = qdisc.u32.classifierCount === 1
    ? [...qdisc.u32.tables.values()]
    : [classifier.root];
  for (const table of tables) {
    for (const node of [...table.nodes()]) {
      endActions(qdisc.link.namespace, node.spec.actions);
      if (node.spec.link !== undefined) node.spec.link.linkCount -= 1;
      table.remove(node);
    }
  }
  qdisc.u32.removeRoot(classifier.root);
  qdisc.scheduler?.reconfigure();
}

/**
 * Finds the place that a request names.
 *
 * @param link The link.
 * @param parent A qdisc, one of its classes, or 0 for the root qdisc.
 * @throws {Refusal} If nothing there takes filters, in the kernel's words.
 */
export function blockAt(link: Link, parent: Handle): FilterBlock | undefined {
  const qdisc = qdiscAt(link, parent);
  // A link that was never up has a qdisc that takes nothing: it is there, and has no classes.
  const isNoop = qdisc === undefined && parent === 0;
  if (isNoop) throw new Refusal("EINVAL", "Qdisc not classful");
  if (qdisc === undefined) throw new Refusal("EINVAL", "Parent Qdisc doesn't exists");
  if (!TAKES_FILTERS.has(qdisc.kind)) throw new Refusal("EINVAL", "Qdisc not classful");
  if (qdisc.kind === "tbf") throw new Refusal("EOPNOTSUPP", "Class doesn't support blocks");
  if (qdisc.kind === "htb" && minorOf(parent) !== 0 && !qdisc.classes.has(parent)) {
    throw new Refusal("ENOENT", "Specified class doesn't exist");
  }
  return blockOf(qdisc, parent);
}

const TAKES_FILTERS: ReadonlySet<string> = new Set([
  "htb",
  "tbf",
  "fq_codel",
  "ingress",
  "clsact",
]);

function qdiscAt(link: Link, parent: Handle): Qdisc | undefined {
  return parent === 0 ? link.root : link.qdiscs.get(qdiscHandleOf(parent));
}

function blockOf(qdisc: Qdisc, parent: Handle): FilterBlock | undefined {
  if (qdisc.kind === "clsact") {
    if (minorOf(parent) === minorOf(CLSACT_INGRESS)) return qdisc.filters;
    if (minorOf(parent) === minorOf(CLSACT_EGRESS)) return qdisc.egressFilters;
    return undefined;
  }
  if (qdisc.kind === "htb" && minorOf(parent) !== 0) return qdisc.classes.get(parent)?.filters;
  return qdisc.filters;
}
