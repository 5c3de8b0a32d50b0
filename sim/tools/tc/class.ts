/**
 * `tc class`.
 *
 * @module
 */

import type { HtbClass } from "../../model/class.ts";
import { deleteClass, listClasses, requestClass } from "../../model/class_requests.ts";
import { formatHandle, type Handle, majorOf, ROOT } from "../../model/handle.ts";
import type { Qdisc } from "../../model/qdisc.ts";
import { STATUS_USAGE } from "../console.ts";
import { Listing } from "../listing.ts";
import { Grammar, unknownToSimulator, Words } from "../words.ts";
import { linkFor, linkNamed, type TcContext } from "./context.ts";
import { describeFlows } from "./fq_codel_class.ts";
import { classWord, DEVICE, parentWord, placeWord, qdiscWord } from "./keywords.ts";
import { qdiscKind } from "./kind.ts";
import { describeHtbClass, readHtbClass } from "./kind_htb.ts";
import { listCounters } from "./statistics.ts";
import { chooseVerb, VERB_FLAGS } from "./verbs.ts";

interface Draft {
  device: string | undefined;
  handle: Handle;
  parent: Handle;
  kind: string | undefined;
}

const MODIFY = new Grammar<Draft>([
  DEVICE,
  classWord("handle"),
  {
    names: "handle",
    read: (_, words) =>
      words.console.fail('Error: try "classid" instead of "handle"\n', STATUS_USAGE),
  },
  placeWord("root", ROOT, "is duplicate parent ID."),
  parentWord(),
  unknownToSimulator("estimator~|help~"),
], (draft, words) => draft.kind = words.take());

type Verb = keyof typeof VERB_FLAGS;

const VERBS: readonly Verb[] = ["add", "change", "replace", "delete"];

/**
 * Runs `tc class`.
 *
 * @param args The words behind `class`.
 * @param context Where it works.
 */
export function tcClass(args: readonly string[], context: TcContext): void {
  const [word, ...rest] = args;
  const verb = chooseVerb("class", VERBS, word, context.console);
  if (verb === "list") list(rest, context);
  else modify(verb, rest, context);
}

function modify(verb: Verb, args: readonly string[], context: TcContext): void {
  const { console } = context;
  const draft: Draft = { device: undefined, handle: 0, parent: 0, kind: undefined };
  const words = new Words(args, console);
  MODIFY.read(draft, words, ({ kind }) => kind !== undefined);
  const { kind, parent, handle, device } = draft;
  if (kind !== undefined && kind !== "htb") {
    if (qdiscKind(kind) === undefined) console.notModelled(`class "${kind}"`);
    console.fail(`Error: Qdisc "${kind}" is classless.\n`);
  }
  const known = device === undefined ? undefined : context.namespace.linkByName(device);
  const spec = kind === undefined ? undefined : readHtbClass(words, known);
  const link = linkFor(context, device);
  const flags = VERB_FLAGS[verb];
  if (flags === undefined) {
    console.ask(() => deleteClass(link, { parent, handle }));
    return;
  }
  const warning = console.ask(() => requestClass(link, { parent, handle, spec, flags }));
  if (warning !== undefined) console.complain(`Warning: ${warning}\n`);
}

interface ListDraft {
  device: string | undefined;
  qdisc: Handle;
  classHandle: Handle;
  parent: Handle;
}

const LIST = new Grammar<ListDraft>(
  [
    DEVICE,
    qdiscWord("qdisc", "qdisc"),
    classWord("classHandle"),
    placeWord("root", ROOT),
    parentWord("invalid parent ID", true),
    unknownToSimulator("help~"),
  ],
  (_, words) =>
    words.console.fail(`What is "${words.current}"? Try "tc class help".\n`, STATUS_USAGE),
);

function list(args: readonly string[], context: TcContext): void {
  const { console } = context;
  const draft: ListDraft = { device: undefined, qdisc: 0, classHandle: 0, parent: 0 };
  LIST.read(draft, new Words(args, console));
  // Without a link the kernel has nothing to list.
  if (draft.device === undefined) return;
  const link = linkNamed(context, draft.device);
  // A parent only says which qdisc: all its classes are listed. Nothing is under "root".
  if (draft.parent === ROOT) return;
  if (draft.qdisc !== 0) console.notModelled('"class show qdisc"');
  for (const qdisc of link.qdiscs.values()) {
    if (draft.parent !== 0 && majorOf(draft.parent) !== majorOf(qdisc.handle)) continue;
    listOf(qdisc, draft.classHandle, context);
  }
}

function listOf(qdisc: Qdisc, only: Handle, context: TcContext): void {
  const { options, console } = context;
  if (qdisc.kind === "tbf") {
    const handle = qdisc.handle + 1;
    if (only !== 0 && only !== handle) return;
    const leaf = qdisc.leaves.get(handle);
    const hanging = leaf === undefined ? "" : `leaf ${formatHandle(leaf.handle)} `;
    console.print(
      `class tbf ${formatHandle(handle)} parent ${formatHandle(qdisc.handle)} ${hanging}\n`,
    );
    // It has no counters, only the empty line behind them.
    if (options.statistics > 0) console.print("\n");
  }
  if (qdisc.kind === "fq_codel") console.print(describeFlows(qdisc, only, options.statistics > 0));
  for (const cls of listClasses(qdisc)) {
    if (only !== 0 && cls.handle !== only) continue;
    console.print(describe(cls, options.details));
    if (options.statistics > 0) console.print(statisticsOf(cls));
  }
}

function describe(cls: HtbClass, details: number): string {
  const place = cls.parent === undefined ? "root" : `parent ${formatHandle(cls.parent.handle)}`;
  const { leaf } = cls;
  const hanging = leaf === undefined ? "" : `leaf ${formatHandle(leaf.handle)} `;
  const parameters = describeHtbClass(cls, details);
  return `class htb ${formatHandle(cls.handle)} ${place} ${hanging}${parameters}\n`;
}

const INT_MAX = 0x7fffffff;

function statisticsOf(cls: HtbClass): string {
  const listing = new Listing(false);
  listCounters(listing, cls.counters, " ");
  const { lends, borrows, giants, tokens, ceilTokens } = cls.statistics;
  const clamp = (ticks: number) => Math.max(-INT_MAX - 1, Math.min(INT_MAX, Math.trunc(ticks)));
  listing.text(
    ` lended: ${lends} borrowed: ${borrows} giants: ${giants}\n` +
      ` tokens: ${clamp(tokens)} ctokens: ${clamp(ceilTokens)}\n\n`,
  );
  return listing.finish();
}
