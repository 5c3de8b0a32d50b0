/**
 * `tc qdisc`.
 *
 * @module
 */

import { listClasses } from "../../model/class_requests.ts";
import {
  formatHandle,
  type Handle,
  INGRESS,
  INGRESS_HANDLE,
  majorOf,
  ROOT,
} from "../../model/handle.ts";
import type { Link } from "../../model/link.ts";
import type { Qdisc } from "../../model/qdisc.ts";
import { deleteQdisc, requestQdisc } from "../../model/qdisc_requests.ts";
import { Refusal } from "../../model/refusal.ts";
import { STATUS_USAGE } from "../console.ts";
import { Listing } from "../listing.ts";
import { Grammar, type Keyword, unknownToSimulator, Words } from "../words.ts";
import { linkFor, linkNamed, type TcContext } from "./context.ts";
import { parseClassHandle, parseQdiscHandle } from "./handles.ts";
import { DEVICE, parentWord, placeWord, qdiscWord } from "./keywords.ts";
import { type Configure, qdiscKind } from "./kind.ts";
import { listCounters } from "./statistics.ts";
import { chooseVerb, VERB_FLAGS } from "./verbs.ts";

interface Draft {
  device: string | undefined;
  handle: Handle;
  parent: Handle;
  kind: string | undefined;
}

function special(name: "ingress" | "clsact"): Keyword<Draft> {
  const place = placeWord(name, INGRESS, "is a duplicate parent ID");
  return {
    names: name,
    read(draft, words) {
      place.read(draft, words, name);
      draft.handle = INGRESS_HANDLE;
      draft.kind = name;
    },
  };
}

const MODIFY = new Grammar<Draft>([
  DEVICE,
  qdiscWord("handle", "handle", true),
  placeWord("root", ROOT),
  special("clsact"),
  special("ingress"),
  parentWord(),
  unknownToSimulator("estimator~|stab~|ingress_block~|egress_block~|help~"),
], (draft, words) => draft.kind = words.take());

/** What each verb asks the kernel for: of qdiscs alone `replace` and `link` may take one's place. */
const FLAGS = {
  ...VERB_FLAGS,
  replace: { create: true, exclusive: false, replace: true },
  link: { create: false, exclusive: false, replace: true },
};

type Verb = keyof typeof FLAGS;

const VERBS: readonly Verb[] = ["add", "change", "replace", "link", "delete"];

/**
 * Runs `tc qdisc`.
 *
 * @param args The words behind `qdisc`.
 * @param context Where it works.
 */
export function tcQdisc(args: readonly string[], context: TcContext): void {
  const [word, ...rest] = args;
  const verb = chooseVerb("qdisc", VERBS, word, context.console);
  if (verb === "list") list(rest, context);
  else modify(verb, rest, context);
}

function modify(verb: Verb, args: readonly string[], context: TcContext): void {
  const { console } = context;
  const draft: Draft = { device: undefined, handle: 0, parent: 0, kind: undefined };
  const words = new Words(args, console);
  MODIFY.read(draft, words, ({ kind }) => kind !== undefined);
  const { kind, parent, handle } = draft;
  const tool = kind === undefined ? undefined : qdiscKind(kind);
  if (kind !== undefined && tool === undefined) return unknownKind(kind, words, draft, context);
  const configure = tool?.read(words);
  const link = linkFor(context, draft.device);
  const flags = FLAGS[verb];
  if (flags === undefined) {
    console.ask(() => deleteQdisc(link, { parent, handle, kind }));
    return;
  }
  const isNew = (old: unknown) => old === undefined;
  const chosen: Configure | undefined = tool === undefined ? undefined : (on, old) => {
    const make = configure ?? (isNew(old) ? tool.byDefault : undefined);
    if (make === undefined) throw new Refusal("EINVAL");
    return make(on, old);
  };
  console.ask(() =>
    requestQdisc(link, {
      parent,
      handle,
      kind,
      configure: chosen,
      sendsOptions: configure !== undefined,
      flags,
    })
  );
}

/** Kinds of qdisc that `tc` reads options of, and the simulator does not know. */
const UNMODELLED_KINDS = new Set(
  ("cake cbq cbs choke codel drr dsmark etf ets fq fq_pie gred hfsc hhf mq mqprio multiq netem " +
    "pie plug prio qfq red sfb sfq skbprio taprio pfifo_head_drop").split(" "),
);

/** Kinds that no modelled kernel was built with are refused by the kernel; others by us. */
function unknownKind(kind: string, words: Words, draft: Draft, context: TcContext): never {
  if (words.current !== undefined && !UNMODELLED_KINDS.has(kind)) {
    words.console.fail(`Unknown qdisc "${kind}", hence option "${words.current}" is unparsable\n`);
  }
  linkFor(context, draft.device);
  return words.console.notModelled(`qdisc "${kind}"`);
}

interface ListDraft {
  device: string | undefined;
  parent: Handle;
  handle: Handle;
  isInvisibleWanted: boolean;
}

function onlyOne(draft: ListDraft, words: Words, name: string): void {
  if (draft.parent !== 0) words.console.wrongArgument("parent is already specified", name);
  if (draft.handle !== 0) words.console.wrongArgument("handle is already specified", name);
}

const LIST = new Grammar<ListDraft>([
  { names: "dev", read: (draft, words) => draft.device = words.take() || undefined },
  {
    names: "root",
    read(draft, words, name) {
      onlyOne(draft, words, name);
      draft.parent = ROOT;
    },
  },
  {
    names: "ingress|clsact",
    read(draft, words, name) {
      onlyOne(draft, words, name);
      draft.parent = INGRESS;
    },
  },
  {
    names: "parent~",
    read(draft, words, name) {
      onlyOne(draft, words, name);
      const text = words.take();
      draft.parent = parseClassHandle(text) ??
        words.console.wrongArgument("invalid parent ID", text);
    },
  },
  {
    names: "handle~",
    read(draft, words, name) {
      onlyOne(draft, words, name);
      const text = words.take();
      draft.handle = parseQdiscHandle(text) ??
        words.console.wrongArgument("invalid handle ID", text);
    },
  },
  unknownToSimulator("help~"),
  { names: "invisible", read: (draft) => draft.isInvisibleWanted = true },
], (_, words) =>
  words.console.fail(
    `What is "${words.current}"? Try "tc qdisc help".\n`,
    STATUS_USAGE,
  ));

function list(args: readonly string[], context: TcContext): void {
  const { console, options, namespace } = context;
  const draft: ListDraft = {
    device: undefined,
    parent: 0,
    handle: 0,
    isInvisibleWanted: false,
  };
  LIST.read(draft, new Words(args, console));
  const only = draft.device === undefined ? undefined : linkNamed(context, draft.device);
  const listing = new Listing(options.isJson);
  for (const link of only === undefined ? namespace.links : [only]) {
    for (const qdisc of qdiscsOf(link)) {
      if (draft.isInvisibleWanted && hasInvisible(qdisc)) {
        console.notModelled("the queues that the kernel gives to classes");
      }
      if (draft.handle !== 0 && qdisc.handle !== draft.handle) continue;
      if (draft.parent !== 0 && qdisc.parent !== draft.parent) continue;
      listOne(listing, qdisc, { showLink: only === undefined, ...options });
    }
  }
  console.print(listing.finish());
}

/** The qdiscs of a link in the kernel's order: root, inner ones as they were made, ingress. */
function qdiscsOf(link: Link): Qdisc[] {
  const { root, ingress } = link;
  const inner = [...link.qdiscs.values()].filter((qdisc) => qdisc !== root && qdisc !== ingress);
  return [root, ...inner, ingress].filter((qdisc) => qdisc !== undefined);
}

/**
 * Whether the kernel made a queue for a class that was given none, which it lists for "invisible"
 * alone (`qdisc_hash_add` with `invisible` in `htb_change_class` and `tbf_change`).
 */
function hasInvisible(qdisc: Qdisc): boolean {
  if (qdisc.kind === "tbf") return qdisc.leaves.size === 0;
  return listClasses(qdisc).some(({ children, leaf }) => children.size === 0 && leaf === undefined);
}

function listOne(
  listing: Listing,
  qdisc: Qdisc,
  options: { readonly showLink: boolean; readonly details: number; readonly statistics: number },
): void {
  const { link, kind, handle, parent } = qdisc;
  const tool = qdiscKind(kind);
  const handleText = `${majorOf(handle).toString(16)}:`;
  listing.begin();
  listing.field("kind", kind, `qdisc ${kind}`);
  listing.field("handle", handleText, ` ${handleText}`);
  listing.text(" ");
  if (options.showLink) listing.field("dev", link.name, `dev ${link.name} `);
  if (parent === ROOT) listing.field("root", true, "root ");
  else listing.field("parent", formatHandle(parent), `parent ${formatHandle(parent)} `);
  if (parent === ROOT) {
    // One for the link itself, and one for each queue; those that the kernel made count less.
    const count = handle === 0 ? 2 : 1 + link.txQueues;
    listing.field("refcnt", count, `refcnt ${count} `);
  }
  listing.enter("options");
  tool?.list(listing, qdisc, options.details);
  listing.leave();
  listing.text("\n");
  if (options.statistics > 0) {
    listCounters(listing, qdisc.counters, " ");
    tool?.listStatistics?.(listing, qdisc);
  }
  listing.end();
}
