/**
 * `tc filter`.
 *
 * @module
 */

import { PROTOCOL_ALL } from "../../model/filter_block.ts";
import {
  deleteFilters,
  type FilterAddress,
  getFilter,
  listFilters,
  requestFilter,
} from "../../model/filter_requests.ts";
import { CLSACT_EGRESS, CLSACT_INGRESS, type Handle, ROOT } from "../../model/handle.ts";
import type { Link } from "../../model/link.ts";
import { Refusal } from "../../model/refusal.ts";
import { refusalText, STATUS_REFUSED, STATUS_USAGE } from "../console.ts";
import { parseUnsigned } from "../numbers.ts";
import { Grammar, type Keyword, unknownToSimulator, Words } from "../words.ts";
import { linkNamed, type TcContext } from "./context.ts";
import { describeClassifier, describeU32, type FilterListing } from "./filter_printer.ts";
import { DEVICE, parentWord, placeWord, valueOf } from "./keywords.ts";
import { parseProtocol } from "./protocol.ts";
import { readU32 } from "./u32_reader.ts";
import { chooseVerb, VERB_FLAGS } from "./verbs.ts";

interface Draft {
  device: string | undefined;
  parent: Handle;
  handle: string | undefined;
  priority: number;
  protocol: number;
  hasProtocol: boolean;
  kind: string | undefined;
}

/**
 * Makes the keywords of filters.
 *
 * @param wrong What is said of wrong values.
 */
function keywords(
  wrong: { readonly parent: string; readonly priority: string },
): readonly Keyword<Draft>[] {
  return [
    DEVICE,
    unknownToSimulator("block~"),
    placeWord("root", ROOT),
    placeWord("ingress", CLSACT_INGRESS),
    placeWord("egress", CLSACT_EGRESS),
    parentWord(wrong.parent),
    valueOf({
      key: "handle",
      names: "handle",
      unset: undefined,
      parse: (text): string | undefined => text,
      wrong: "",
    }),
    valueOf({
      key: "priority",
      names: "preference~|priority~",
      unset: 0,
      parse: (text) => parseUnsigned(text, 0xffff),
      wrong: wrong.priority,
      called: "priority",
    }),
    {
      names: "protocol~",
      read(draft, words) {
        const text = words.take();
        if (draft.hasProtocol) words.console.duplicate("protocol", text);
        draft.protocol = parseProtocol(text) ??
          words.console.wrongArgument("invalid protocol", text);
        draft.hasProtocol = true;
      },
    },
    unknownToSimulator("chain~|estimator~|help~"),
  ];
}

const MODIFY = new Grammar<Draft>(
  keywords({ parent: "Invalid parent ID", priority: "invalid priority value" }),
  (draft, words) => draft.kind = words.take(),
);

const LIST = new Grammar<Draft>(
  keywords({ parent: "invalid parent ID", priority: "invalid preference" }),
  (_, words) =>
    words.console.fail(` What is "${words.current}"? Try "tc filter help"\n`, STATUS_USAGE),
);

type Verb = keyof typeof VERB_FLAGS;

const VERBS: readonly (Verb | "get")[] = ["add", "change", "replace", "delete", "get"];

/** Kinds that no recorded kernel was built with, though `tc` knows them. */
const LACKING_KINDS = new Set(["basic", "matchall"]);

/**
 * Runs `tc filter`.
 *
 * @param args The words behind `filter`.
 * @param context Where it works.
 */
export function tcFilter(args: readonly string[], context: TcContext): void {
  const [word, ...rest] = args;
  const verb = chooseVerb("filter", VERBS, word, context.console);
  if (verb === "list") list(rest, context);
  else if (verb === "get") get(rest, context);
  else modify(verb, rest, context);
}

function newDraft(protocol: number): Draft {
  return {
    device: undefined,
    parent: 0,
    handle: undefined,
    priority: 0,
    protocol,
    hasProtocol: false,
    kind: undefined,
  };
}

function modify(verb: Verb, args: readonly string[], context: TcContext): void {
  const { console } = context;
  const flags = VERB_FLAGS[verb];
  const draft = newDraft(flags?.create ? PROTOCOL_ALL : 0);
  const words = new Words(args, console);
  MODIFY.read(draft, words, ({ kind }) => kind !== undefined);
  const { kind, parent, priority, protocol } = draft;
  const named = draft.device === undefined ? undefined : linkNamed(context, draft.device);
  if (kind === undefined && draft.handle !== undefined) {
    console.fail('Must specify filter type when using "handle"\n', STATUS_USAGE);
  }
  if (kind !== undefined && kind !== "u32") refuseKind(kind, words);
  const reading = kind === "u32" ? readU32(words, draft.handle, context) : undefined;
  const address = { parent, priority, protocol, kind, handle: reading?.handle ?? 0 };
  ask(context, () => {
    const link = named ?? noDevice();
    if (flags === undefined) deleteFilters(link, address);
    else requestFilter(link, { ...address, flags, u32: reading?.request });
  });
}

/** Kinds that the kernel may lack get its own refusal; of others the simulator knows nothing. */
function refuseKind(kind: string, words: Words): void {
  if (!LACKING_KINDS.has(kind)) words.console.notModelled(`filter "${kind}"`);
  if (words.left > 0) words.console.notModelled(`options of filter "${kind}"`);
}

function noDevice(): Link {
  throw new Refusal("ENODEV");
}

/** Filters have a second line for every refusal. */
function ask<T>(context: TcContext, act: () => T): T {
  const { console } = context;
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return console.fail(
      `${refusalText(error)}We have an error talking to the kernel\n`,
      STATUS_REFUSED,
    );
  }
}

function get(args: readonly string[], context: TcContext): void {
  const { console, options } = context;
  const draft = newDraft(0);
  const words = new Words(args, console);
  MODIFY.read(draft, words, ({ kind }) => kind !== undefined);
  const { kind, parent, priority, protocol } = draft;
  if (!draft.hasProtocol) console.fail("Must specify filter protocol\n", STATUS_USAGE);
  if (priority === 0) console.fail("Must specify filter priority\n", STATUS_USAGE);
  if (parent === 0) console.fail("Must specify filter parent\n", STATUS_USAGE);
  if (kind === undefined) console.fail("Must specify filter type\n", STATUS_USAGE);
  if (draft.device === undefined) {
    return console.fail(
      'Must specify netdevice "dev" or block index "block"\n',
      STATUS_USAGE,
    );
  }
  const link = linkNamed(context, draft.device);
  if (kind !== "u32") return console.notModelled(`filter "${kind}"`);
  const { handle } = readU32(words, draft.handle, context);
  if (draft.handle === undefined) {
    console.fail('Must specify filter "handle"\n', STATUS_USAGE);
  }
  if (options.isJson) console.notModelled("JSON of filters");
  const found = ask(context, () => getFilter(link, { parent, priority, protocol, kind, handle }));
  const any = { parent: 0, protocol: 0, priority: 0 };
  const shown = { ...listingOf(context, any, true), place: parent };
  console.print(
    describeClassifier(found.block, found.classifier, shown) + describeU32(found.item, shown),
  );
}

function listingOf(
  context: TcContext,
  asked: Pick<FilterAddress, "parent" | "protocol" | "priority">,
  knowsLink: boolean,
): FilterListing {
  const { namespace, options } = context;
  return {
    ...asked,
    knowsLink,
    namespace,
    statistics: options.statistics,
    hasPerformanceCounters: namespace.machine.features.has("cls_u32_perf"),
  };
}

function list(args: readonly string[], context: TcContext): void {
  const { console, options } = context;
  const draft = newDraft(0);
  LIST.read(draft, new Words(args, console));
  const { parent, protocol, priority, device } = draft;
  if (options.isPretty) console.notModelled("-pretty");
  if (draft.handle !== undefined) console.notModelled('"filter show handle"');
  // Without a link the kernel has nothing to list.
  if (device === undefined) return;
  const block = listFilters(linkNamed(context, device), parent);
  if (options.isJson) {
    if (block !== undefined && block.classifiers.length > 0) console.notModelled("JSON of filters");
    return console.print("[]\n");
  }
  if (block === undefined) return;
  const shown = listingOf(context, { parent, protocol, priority }, true);
  for (const classifier of block.classifiers) {
    if (priority !== 0 && classifier.priority !== priority) continue;
    if (protocol !== 0 && classifier.protocol !== protocol) continue;
    const head = describeClassifier(block, classifier, shown);
    const lines = [`${head}\n`];
    for (const table of block.tablesOf(classifier)) {
      lines.push(head + describeU32(table, shown));
      for (const node of table.nodes()) lines.push(head + describeU32(node, shown));
    }
    console.print(lines.join(""));
  }
}
