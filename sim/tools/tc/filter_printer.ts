import type { Classifier, FilterBlock } from "../../model/filter_block.ts";
import { CLSACT_EGRESS, CLSACT_INGRESS, formatHandle, type Handle } from "../../model/handle.ts";
import type { NetworkNamespace } from "../../model/namespace.ts";
import type { U32Key, U32Node } from "../../model/u32_node.ts";
import { U32Table } from "../../model/u32_table.ts";
import { describeAction } from "./action_printer.ts";
import { formatU32Handle } from "./handles.ts";
import { formatProtocol } from "./protocol.ts";

/** What of a filter need not be said, because the command asked for it. */
export interface FilterListing {
  readonly knowsLink: boolean;
  readonly parent: Handle;
  /** Where they hang, in the words of the request; as they were made, when left out. */
  readonly place?: Handle;
  readonly protocol: number;
  readonly priority: number;
  /** How often `-s` was given. */
  readonly statistics: number;
  /** Where the filters are. */
  readonly namespace: NetworkNamespace;
  /** Whether the kernel counts what each comparison matched. */
  readonly hasPerformanceCounters: boolean;
}

/**
 * Describes the beginning that every line about a classifier has.
 *
 * @param block Where it hangs.
 * @param classifier The classifier.
 * @param options What need not be said.
 */
export function describeClassifier(
  block: FilterBlock,
  classifier: Classifier,
  options: FilterListing,
): string {
  const shownParent = options.place ?? block.shownParent;
  const { protocol, priority } = classifier;
  return "filter " +
    (options.knowsLink ? "" : `dev ${block.qdisc.link.name} `) +
    (options.parent === shownParent ? "" : `${describePlace(shownParent)} `) +
    (options.protocol === protocol ? "" : `protocol ${formatProtocol(protocol)} `) +
    (options.priority === priority ? "" : `pref ${priority} `) +
    `${classifier.kind} chain 0 `;
}

function describePlace(parent: Handle): string {
  if (parent === CLSACT_INGRESS) return "ingress";
  if (parent === CLSACT_EGRESS) return "egress";
  const handle = formatHandle(parent);
  return handle === "root" ? "root" : `parent ${handle}`;
}

/**
 * Describes a table or a node of `u32`, as it stands behind its classifier.
 *
 * @param item The table or node.
 * @param options What to say.
 */
export function describeU32(item: U32Table | U32Node, options: FilterListing): string {
  const handle = `fh ${formatU32Handle(item.handle)} `;
  if (item instanceof U32Table) return `${handle}ht divisor ${item.divisor} \n`;
  return handle + describeNode(item, options);
}

function describeNode(node: U32Node, options: FilterListing): string {
  const { spec } = node;
  const showsHits = options.hasPerformanceCounters && options.statistics > 0;
  const counts = showsHits ? node.counts : undefined;
  const keys = spec.keys.map((key, i) =>
    `\n  match ${describeKey(key)}` +
    (counts === undefined ? "" : ` (success ${counts.keyHits[i] ?? 0} ) `)
  );
  const target = spec.classId === undefined
    ? (spec.isTerminal ? "terminal flowid " : "")
    : `${spec.isTerminal ? "*" : ""}flowid ${formatHandle(spec.classId)} `;
  return `order ${node.number} key ht ${node.table.id.toString(16)} ` +
    `bkt ${node.bucket.toString(16)} ${target}` +
    (spec.link === undefined ? "" : `link ${formatU32Handle(spec.link.handle)} `) +
    "not_in_hw " +
    (counts === undefined ? "" : `(rule hit ${counts.hits} success ${counts.successes})`) +
    keys.join("") + describeSelector(node) + describeActions(node, options) + "\n";
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

function describeKey({ value, mask, offset, offsetMask }: U32Key): string {
  return `${hex(value, 8)}/${hex(mask, 8)} at ${offsetMask === 0 ? "" : "nexthdr+"}${offset}`;
}

function describeSelector(node: U32Node): string {
  const { selector, shownOffset } = node.spec;
  let text = "";
  if (shownOffset.constant || shownOffset.variable) {
    text += "\n    offset ";
    if (shownOffset.variable) {
      text += `${hex(selector.variableOffsetMask, 4)}>>${selector.variableOffsetShift} ` +
        `at ${selector.variableOffsetAt} `;
    }
    if (selector.offset !== 0) text += `plus ${selector.offset} `;
  }
  if (selector.eat) text += " eat ";
  if (selector.hashMask !== 0) {
    text += `\n    hash mask ${hex(selector.hashMask, 8)} at ${selector.hashOffset} `;
  }
  return text;
}

function describeActions(node: U32Node, options: FilterListing): string {
  const { namespace, statistics } = options;
  return node.spec.actions.map((action, index) =>
    "\n" + describeAction(action, {
      order: index + 1,
      statistics,
      namespace,
      isAlone: false,
    })
  ).join("");
}
