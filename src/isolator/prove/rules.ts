import type { ListedAction, ListedFilter } from "../../routing/filter_listing.ts";
import { isRootTable } from "../../routing/handle.ts";
import type { Key } from "../../routing/u32.ts";
import { parseTableLink, type TableLink } from "../../routing/u32_table.ts";
import { IsolatorError } from "../isolator_error.ts";

/** What an action that does not end the walk says of what comes next. */
export type Control = "pipe" | "continue" | "pass" | "drop" | "stolen";

/** One thing that is done with a packet that a rule matches. */
export interface Step {
  /** Where the packet or its copy goes; undefined where it goes nowhere. */
  readonly to?: string;
  /** Whether the packet itself goes there, or a copy. */
  readonly isMoved: boolean;
  /** What comes next, where the packet itself is still here. */
  readonly control: Control;
}

/** A filter as it is asked. */
export interface Rule {
  /** The filter as listed. */
  readonly listed: ListedFilter;
  /** What must be in the packet, in the order in which it is asked. */
  readonly keys: readonly Key[];
  /** The table that is asked next. */
  readonly link?: TableLink;
  /** What is done, in order; undefined where it goes on to the next rule. */
  readonly steps?: readonly Step[];
}

/** The rules of one priority. */
export interface Classifier {
  /** EtherType of the packets that it is asked about; undefined for all. */
  readonly protocol?: number;
  /** The rules where every packet begins. */
  readonly rules: readonly Rule[];
}

/** A hash table of rules. */
export interface Table {
  /** Number of its buckets. */
  readonly divisor: number;
  /** Rules by bucket; those without any are left out. */
  readonly buckets: ReadonlyMap<number, readonly Rule[]>;
}

/** All filters of one link, as packets meet them. */
export interface LinkRules {
  /** In the order of their turns. */
  readonly classifiers: readonly Classifier[];
  /** The tables that rules link to, by number. */
  readonly tables: ReadonlyMap<number, Table>;
}

/** EtherTypes behind the words of `tc`. */
const PROTOCOLS: Readonly<Record<string, number>> = {
  ip: 0x0800,
  arp: 0x0806,
  ipv6: 0x86dd,
  "802.1Q": 0x8100,
  "802.1ad": 0x88a8,
};

/** Classifiers that match every packet when nothing more is said of them. */
const CATCH_ALL = new Set(["basic", "matchall"]);

const CONTROLS: Readonly<Record<string, Control>> = {
  pipe: "pipe",
  continue: "continue",
  pass: "pass",
  ok: "pass",
  drop: "drop",
  stolen: "stolen",
};

/** What listings add to an action that is not left to chance. */
const CERTAIN = /^random type none/;

/**
 * Puts the filters of one link in the order in which packets meet them.
 *
 * @param filters All filters of the link's qdisc, as listed.
 * @throws {IsolatorError} With code `not-provable` if one does what cannot be followed.
 */
export function rulesOf(filters: readonly ListedFilter[]): LinkRules {
  const tables = new Map<number, { divisor: number; buckets: Map<number, Rule[]> }>();
  const roots = new Map<number, { protocol?: number; rules: Rule[] }>();
  for (const listed of filters) {
    const { handle, divisor, priority } = listed;
    if (divisor !== undefined && handle !== undefined) {
      tables.set(handle.table, { divisor, buckets: new Map() });
      continue;
    }
    const rule = ruleOf(listed);
    const root = roots.get(priority) ?? { ...protocolOf(listed), rules: [] };
    roots.set(priority, root);
    if (handle === undefined || isRootTable(handle)) {
      root.rules.push(rule);
      continue;
    }
    const table = tables.get(handle.table);
    if (table === undefined) throw unfollowable(listed, "is in a table that is not listed");
    const bucket = table.buckets.get(handle.bucket) ?? [];
    table.buckets.set(handle.bucket, bucket);
    bucket.push(rule);
  }
  const classifiers = [...roots].toSorted(([a], [b]) => a - b).map(([, root]) => root);
  return { classifiers, tables };
}

function protocolOf(listed: ListedFilter): Pick<Classifier, "protocol"> {
  const { protocol } = listed;
  if (protocol === "all") return {};
  const number = PROTOCOLS[protocol] ?? Number(/^\[(\d+)\]$/.exec(protocol)?.[1]);
  if (Number.isNaN(number)) throw unfollowable(listed, `is for "${protocol}"`);
  return { protocol: number };
}

function ruleOf(listed: ListedFilter): Rule {
  const { classifier, keys, keysAsTried = keys, classId, actions } = listed;
  const others = listed.others.filter((line) => !CERTAIN.test(line));
  const steps = actions.length > 0
    ? actions.map((action) => stepOf(listed, action))
    : classId === undefined
    ? undefined
    : [];
  const ends = steps === undefined ? {} : { steps };
  const isPlain = others.length === 0;
  if (classifier !== "u32") {
    if (!CATCH_ALL.has(classifier) || !isPlain) throw unfollowable(listed, "is no u32 filter");
    return { listed, keys: [], steps: steps ?? [] };
  }
  if (isPlain) return { listed, keys: keysAsTried, ...ends };
  const link = parseTableLink(others.join(" "));
  if (link === undefined) throw unfollowable(listed, `says "${others.join(" ")}"`);
  return { listed, keys: keysAsTried, link, ...ends };
}

function stepOf(listed: ListedFilter, { text, kind, to }: ListedAction): Step {
  const control = CONTROLS[text.split(" ").at(-1) ?? ""];
  const isKnown = kind !== undefined || /^gact action \w+$/.test(text);
  if (!isKnown || control === undefined) throw unfollowable(listed, `does "${text}"`);
  return { isMoved: kind === "redirect", control, ...(to === undefined ? {} : { to }) };
}

/**
 * Says that a filter is beyond what is understood.
 *
 * @param listed The filter.
 * @param what What it does.
 */
export function unfollowable({ link, priority }: ListedFilter, what: string): IsolatorError {
  return new IsolatorError(
    "not-provable",
    `A filter of priority ${priority} on ${link} ${what}, which cannot be followed; remove it, or ` +
      "do without a proof",
  );
}
