/**
 * What the kernel's `u32` classifier does with a request, and the words in which it refuses.
 *
 * @module
 */

import { type ActionSpec, endActions, makeActions } from "./actions.ts";
import type { Classifier, FilterBlock } from "./filter_block.ts";
import type { Handle } from "./handle.ts";
import { invariant } from "./invariant.ts";
import type { Qdisc } from "./qdisc.ts";
import { Refusal } from "./refusal.ts";
import { type U32Key, U32Node, type U32NodeSpec, type U32Selector } from "./u32_node.ts";
import { U32Table } from "./u32_table.ts";

/** What a tool asks of a `u32` filter; what it left out is undefined. */
export interface U32Request {
  /** Comparisons, and how to go on. */
  readonly selector:
    | (U32Selector & { readonly keys: readonly U32Key[]; readonly hasConstantOffset: boolean })
    | undefined;
  /** Number of buckets: this asks for a table. */
  readonly divisor: number | undefined;
  /** Table and bucket for a node. */
  readonly bucket: number | undefined;
  /** Table that matching packets go on in; 0 for none. */
  readonly link: number | undefined;
  readonly classId: Handle | undefined;
  readonly actions: readonly ActionSpec[];
  /** Whether a class or an action was given. */
  readonly isTerminal: boolean;
}

/** The handle that stands for the table where a classifier starts. */
const ROOT_TABLE = 0xfff00000;

/** @param handle Any. @returns Its table part. */
function tableOf(handle: number): number {
  return (handle & 0xfff00000) >>> 0;
}

/** @param handle Any. @returns Its bucket. */
function bucketOf(handle: number): number {
  return (handle >>> 12) & 0xff;
}

/** @param handle Any. @returns Its node number. */
function numberOf(handle: number): number {
  return handle & 0xfff;
}

/**
 * Finds a node or a table.
 *
 * @param qdisc The qdisc whose tables are meant.
 * @param classifier The classifier that is asked.
 * @param handle What to find; 0 finds nothing.
 */
export function getU32(
  qdisc: Qdisc,
  classifier: Classifier,
  handle: number,
): U32Node | U32Table | undefined {
  const id = tableOf(handle);
  const table = id === ROOT_TABLE ? classifier.root : qdisc.u32.tables.get(id);
  return (handle & 0xfffff) === 0 ? table : table?.node(handle);
}

/**
 * Adds or changes a node, or adds a table.
 *
 * @param block Where the classifier hangs.
 * @param classifier The classifier.
 * @param handle Which one; 0 for the kernel's choice.
 * @param request What is asked; undefined where the tool sent nothing.
 * @throws {Refusal} Where the kernel refuses, in its words.
 */
export function changeU32(
  block: FilterBlock,
  classifier: Classifier,
  handle: number,
  request: U32Request | undefined,
): void {
  if (request === undefined) {
    if (handle !== 0) throw refusal("Filter handle requires options");
    return;
  }
  const existing = getU32(block.qdisc, classifier, handle);
  if (existing instanceof U32Table) throw refusal("Key node id cannot be zero");
  if (existing !== undefined) changeNode(block, existing, request);
  else if (request.divisor !== undefined) addTable(block, classifier, handle, request.divisor);
  else addNode(block, classifier, handle, request);
}

function refusal(message: string): Refusal {
  return new Refusal("EINVAL", `cls_u32: ${message}`);
}

function addTable(
  block: FilterBlock,
  classifier: Classifier,
  handle: number,
  divisor: number,
): void {
  if ((handle & 0xfffff) !== 0) throw refusal("Divisor can only be used on a hash table");
  const { priority } = classifier;
  const table = block.qdisc.u32.add({ handle, divisor, priority });
  if (table === undefined) throw new Refusal(handle === 0 ? "ENOMEM" : "ENOSPC");
}

function addNode(
  block: FilterBlock,
  classifier: Classifier,
  handle: number,
  request: U32Request,
): void {
  const bucket = request.bucket ?? classifier.root.handle;
  const id = tableOf(bucket);
  const table = request.bucket === undefined || id === ROOT_TABLE
    ? classifier.root
    : block.qdisc.u32.tables.get(id);
  if (table === undefined) throw refusal("Specified hash table not found");
  const place = id === ROOT_TABLE ? table.handle : (bucket & 0xfffff000) >>> 0;
  if (table.divisor - 1 < bucketOf(place)) {
    throw refusal("Specified hash table buckets exceed configured value");
  }
  const chosen = chooseHandle(table, place, handle);
  if (request.selector === undefined) throw refusal("Selector not specified");
  const { selector } = request;
  const link = findLink(block, request.link);
  const actions = makeActions(block.qdisc.link.namespace, request.actions);
  const { keys, hasConstantOffset, ...rest } = selector;
  const spec: U32NodeSpec = {
    keys,
    selector: rest,
    link,
    classId: request.classId === 0 ? undefined : request.classId,
    actions,
    isTerminal: request.isTerminal,
    shownOffset: { constant: hasConstantOffset, variable: rest.hasVariableOffset },
  };
  if (link !== undefined) link.linkCount += 1;
  table.insert(new U32Node(table, chosen, spec));
}

function chooseHandle(table: U32Table, place: number, handle: number): number {
  if (handle === 0) return table.generateHandle(place);
  if (tableOf(handle) !== 0 && tableOf(handle) !== tableOf(place)) {
    throw refusal("Handle specified hash table address mismatch");
  }
  const chosen = (place | numberOf(handle)) >>> 0;
  if (table.isTaken(chosen)) throw new Refusal("ENOSPC");
  return chosen;
}

function findLink(block: FilterBlock, handle: number | undefined): U32Table | undefined {
  if (handle === undefined || handle === 0) return undefined;
  if ((handle & 0xfffff) !== 0) throw refusal("u32 Link handle must be a hash table");
  const table = block.qdisc.u32.tables.get(handle);
  if (table === undefined) throw refusal("Link hash table not found");
  if (table.isRoot) throw refusal("Not linking to root node");
  return table;
}

/**
 * A node that is changed keeps its comparisons, whatever the request says; class and actions are
 * new, and gone where the request names none.
 */
function changeNode(block: FilterBlock, node: U32Node, request: U32Request): void {
  const { namespace } = block.qdisc.link;
  const link = request.link === undefined ? node.spec.link : findLink(block, request.link);
  const actions = makeActions(namespace, request.actions);
  if (link !== node.spec.link) {
    if (link !== undefined) link.linkCount += 1;
    if (node.spec.link !== undefined) node.spec.link.linkCount -= 1;
  }
  const changed = new U32Node(node.table, node.handle, {
    ...node.spec,
    link,
    classId: request.classId === 0 ? undefined : request.classId,
    actions,
  });
  changed.takeCountsOf(node);
  node.table.replace(node, changed);
  endActions(namespace, node.spec.actions);
}

/**
 * Takes a node or a table away.
 *
 * @param block Where it hangs.
 * @param item What goes.
 * @throws {Refusal} EINVAL for a root table, EBUSY for a table that nodes lead to.
 */
export function deleteU32(block: FilterBlock, item: U32Node | U32Table): void {
  const { namespace } = block.qdisc.link;
  if (item instanceof U32Node) {
    item.table.remove(item);
    endActions(namespace, item.spec.actions);
    if (item.spec.link !== undefined) {
      item.spec.link.linkCount -= 1;
      invariant(item.spec.link.linkCount >= 0, "a table counts the nodes that lead to it");
    }
    return;
  }
  if (item.isRoot) throw refusal("Not allowed to delete root node");
  if (item.linkCount > 0) {
    throw new Refusal("EBUSY", "cls_u32: Can not delete in-use filter");
  }
  for (const node of [...item.nodes()]) deleteU32(block, node);
  block.qdisc.u32.remove(item);
}
