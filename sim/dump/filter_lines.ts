import type { Action } from "../model/action.ts";
import type { Classifier, FilterBlock } from "../model/filter_block.ts";
import { formatHandle } from "../model/handle.ts";
import type { Qdisc } from "../model/qdisc.ts";
import type { U32Key, U32Node, U32NodeSpec } from "../model/u32_node.ts";
import type { U32Table } from "../model/u32_table.ts";
import { formatU32Handle } from "../tools/tc/handles.ts";
import { formatProtocol } from "../tools/tc/protocol.ts";
import { dumpLine } from "./dump_line.ts";
import type { Pair } from "./link_lines.ts";

/**
 * Writes the filters of a namespace's links. Tables whose priority has no classifier any more are
 * left out, with their rules: no packet comes there, and no command can make them.
 *
 * @param pair The namespace; its qdiscs are made.
 */
export function* filterLines({ real }: Pair): Generator<string> {
  const lost = new Set<number>();
  for (const link of real.links) {
    const qdiscs = [...link.qdiscs.values()].sort((a, b) => a.handle - b.handle);
    for (const qdisc of qdiscs) {
      for (const node of yield* qdiscFilterLines(qdisc)) {
        for (const action of node.spec.actions) {
          if (isLost(action)) lost.add(action.index);
        }
      }
    }
  }
  for (const index of [...lost].sort((a, b) => a - b)) yield dumpLine("lost-target", index);
}

/** A classifier and the words that every command about its filters begins with. */
interface Place {
  readonly words: readonly (string | number)[];
  readonly classifier: Classifier;
}

function placesOf(qdisc: Qdisc): Place[] {
  const classes = [...qdisc.classes.values()].sort((a, b) => a.handle - b.handle);
  const blocks: FilterBlock[] = [
    qdisc.filters,
    qdisc.egressFilters,
    ...classes.map(({ filters }) => filters),
  ];
  return blocks.flatMap((block) =>
    block.classifiers.map((classifier) => ({
      classifier,
      words: [
        ...["dev", qdisc.link.name, "parent", formatHandle(block.shownParent)],
        ...["protocol", protocolWord(classifier.protocol), "prio", classifier.priority],
      ],
    }))
  );
}

function* qdiscFilterLines(qdisc: Qdisc): Generator<string, U32Node[]> {
  const places = placesOf(qdisc);
  const byRoot = [...places].sort((a, b) => a.classifier.root.handle - b.classifier.root.handle);
  for (const { words, classifier } of byRoot) {
    const [, device = "", ...rest] = words;
    yield dumpLine("u32-root", device, ...rest, "handle", formatU32Handle(classifier.root.handle));
  }
  const tables: { readonly table: U32Table; readonly place: Place }[] = [];
  for (const table of [...qdisc.u32.tables.values()].sort((a, b) => a.handle - b.handle)) {
    const place = places.find(({ classifier }) => classifier.root === table) ??
      places.find(({ classifier }) => classifier.priority === table.priority);
    if (place === undefined) continue;
    tables.push({ table, place });
    if (table.isRoot) continue;
    const handle = ["handle", formatU32Handle(table.handle)];
    yield dumpLine(
      "tc",
      "filter",
      "add",
      ...place.words,
      ...handle,
      "u32",
      "divisor",
      table.divisor,
    );
  }
  const nodes: U32Node[] = [];
  for (const { table, place } of tables) {
    for (const node of table.nodes()) {
      nodes.push(node);
      const handle = ["handle", formatU32Handle(node.handle), "u32"];
      yield dumpLine("tc", "filter", "add", ...place.words, ...handle, ...nodeWords(node));
    }
  }
  return nodes;
}

function nodeWords({ handle, spec }: U32Node): (string | number)[] {
  const bucket = (handle & 0xfffff000) >>> 0;
  const table = `${(bucket >>> 20).toString(16)}:${((bucket >>> 12) & 0xff).toString(16)}:`;
  return [
    ...["ht", table],
    ...spec.keys.flatMap(keyWords),
    ...(spec.link === undefined ? [] : ["link", formatU32Handle(spec.link.handle)]),
    ...selectorWords(spec),
    ...(spec.classId === undefined ? [] : ["flowid", formatHandle(spec.classId)]),
    ...spec.actions.flatMap(actionWords),
  ];
}

function keyWords({ value, mask, offset, offsetMask }: U32Key): (string | number)[] {
  const at = offsetMask === 0 ? offset : `nexthdr+${offset}`;
  return ["match", "u32", hex(value), hex(mask), "at", at];
}

function hex(value: number, digits = 8): string {
  return `0x${value.toString(16).padStart(digits, "0")}`;
}

/** Listings put a number that has no name in brackets; commands do not take those. */
function protocolWord(protocol: number): string {
  const name = formatProtocol(protocol);
  return name.startsWith("[") ? hex(protocol, 4) : name;
}

function selectorWords({ selector, shownOffset }: U32NodeSpec): (string | number)[] {
  const { hashMask, hashOffset, offset, variableOffsetAt, variableOffsetMask } = selector;
  const hash = hashMask === 0 && hashOffset === 0
    ? []
    : ["hashkey", "mask", hex(hashMask), "at", hashOffset];
  const constant = shownOffset.constant ? ["plus", offset] : [];
  const variable = selector.hasVariableOffset
    ? [
      ...["at", variableOffsetAt, "mask", hex(variableOffsetMask, 4)],
      ...["shift", selector.variableOffsetShift],
    ]
    : [];
  const moves = [...constant, ...variable, ...(selector.eat ? ["eat"] : [])];
  return moves.length === 0 ? hash : [...hash, "offset", ...moves];
}

function isLost({ parameters }: Action): boolean {
  return parameters.kind === "mirred" && parameters.target === undefined;
}

/** An action without a target is made with another one, which it then loses. */
function actionWords({ parameters, index, cookie }: Action): (string | number)[] {
  const mark = cookie === undefined ? [] : ["cookie", cookie];
  if (parameters.kind === "gact") return ["action", parameters.control, "index", index, ...mark];
  const { direction, mode, target, control } = parameters;
  const then = mode === "mirror" ? [control] : [];
  const device = ["dev", target?.name ?? "lo"];
  return ["action", "mirred", direction, mode, ...device, ...then, "index", index, ...mark];
}
