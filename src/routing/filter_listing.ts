import type { Action, FilterPlace } from "./filter.ts";
import { actionIdentity, joinIdentity } from "./filter.ts";
import { type FilterHandle, isRootTable, parseFilterHandle } from "./handle.ts";
import { ListingError } from "./json.ts";
import { formatKeys, type Key, packKeys } from "./u32.ts";

/** An action as listed. */
export interface ListedAction {
  /** Its kind and words, such as `mirred (Egress Redirect to device eth0) stolen`. */
  readonly text: string;
  /** The link that a mirred action sends to; `*` once that link is gone. */
  readonly to?: string;
  /** Whether a mirred action moves the packet or sends a copy. */
  readonly kind?: "redirect" | "mirror";
  /** Hexadecimal mark of whoever made it. */
  readonly cookie?: string;
}

/** A filter that the kernel holds. */
export interface ListedFilter extends Omit<FilterPlace, "protocol"> {
  /** Which packets are shown to it; the field's own word where it is none of ours. */
  readonly protocol: string;
  /** The classifier's kind: `u32`, `basic`, `matchall`. */
  readonly classifier: string;
  /** Its u32 handle; undefined for other classifiers. */
  readonly handle?: FilterHandle;
  /** Its keys, packed; empty for other classifiers. */
  readonly keys: readonly Key[];
  /** The same in the order in which the kernel tries them; as {@linkcode keys} when left out. */
  readonly keysAsTried?: readonly Key[];
  /** Its actions in order. */
  readonly actions: readonly ListedAction[];
  /** The class it names, such as `1:3`. */
  readonly classId?: string;
  /** Number of its buckets, where it is a table that others link to, and no filter. */
  readonly divisor?: number;
  /** How it links to a table, and lines that say more than this type holds, such as marks. */
  readonly others: readonly string[];
}

/** A filter while its lines are read. */
interface Draft {
  head: Omit<ListedFilter, "keys" | "actions" | "others">;
  keys: Key[];
  actions: ListedAction[];
  others: string[];
}

/** Greatest priority of a filter, and most buckets of a table. */
const PRIORITY_MAX = 0xffff;
const DIVISOR_MAX = 256;

const HEAD = /^filter (?:parent \S+ )?protocol (\S+) pref (\d{1,5}) (\S+) chain \d+(.*)$/;
const KEY = /^ +match ([0-9a-f]{8})\/([0-9a-f]{8}) at (-?\d{1,9})\s*$/;
const ACTION = /^\s+action order \d+:\s+(.*?)\s*$/;
const MIRRED = /^mirred \(Egress (Redirect|Mirror) to device (\S+)\)/;
const COOKIE = /^\s+cookie ([0-9a-f]+)\s*$/;
/** Lines that repeat in every listing and say nothing about what the filter does. */
const NOISE = new RegExp(
  String.raw`^\s*(index \d+ ref|Action statistics|Sent \d+ bytes|backlog \d|used_hw_stats` +
    String.raw`|no_percpu|\(rule hit)`,
);

/**
 * Reads filters in the text form of `tc filter show dev LINK parent HANDLE`.
 *
 * The JSON form cannot be used: it repeats the key `match` for each test of a filter, and a JSON
 * parser keeps the last.
 *
 * @param text What was printed.
 * @param place The link and qdisc that were asked for, which the listing does not name.
 * @returns The filters in the order in which the kernel tries them, and the tables that somebody
 *   made; root tables and the line that opens each priority are left out.
 * @throws {ListingError} If a line that opens a filter cannot be read, or other text comes first.
 */
export function parseFilters(
  text: string,
  place: { readonly link: string; readonly parent: string },
): ListedFilter[] {
  const drafts: Draft[] = [];
  let draft: Draft | undefined;
  let isListing = false;
  for (const line of text.split("\n")) {
    if (line.startsWith("filter ")) {
      isListing = true;
      draft = openFilter(line, place);
      if (draft !== undefined) drafts.push(draft);
    } else if (!isListing && /^\S/.test(line)) {
      // To take this for no filters at all would be to take running containers for broken ones.
      throw new ListingError("a filter", line);
    } else if (draft !== undefined && line.trim() !== "" && !NOISE.test(line)) {
      readLine(line, draft);
    }
  }
  return drafts.map(({ head, keys, actions, others }) => ({
    ...head,
    keys: packKeys(keys),
    keysAsTried: keys,
    actions,
    others,
  }));
}

/** Reads the line that opens a filter; undefined for those that open a priority or a root table. */
function openFilter(
  line: string,
  place: { readonly link: string; readonly parent: string },
): Draft | undefined {
  const [, protocol, priority, classifier, rest] = HEAD.exec(line) ?? [];
  if (!protocol || !priority || !classifier || rest === undefined) {
    throw new ListingError("a filter", line);
  }
  const text = /(?:^| )fh (\S+)/.exec(rest)?.[1];
  if (rest.trim() === "" || (classifier === "u32" && text === undefined)) return undefined;
  const handle = classifier === "u32" && text !== undefined ? handleOf(text, line) : undefined;
  const divisor = / ht divisor (\d+)/.exec(rest)?.[1];
  if (Number(priority) > PRIORITY_MAX || Number(divisor ?? 0) > DIVISOR_MAX) {
    throw new ListingError("a filter", line);
  }
  if (divisor !== undefined && handle !== undefined && isRootTable(handle)) return undefined;
  const classId = /flowid ([0-9a-f]*:[0-9a-f]*)/.exec(rest)?.[1];
  const link = / link (\S+)/.exec(rest)?.[1];
  return {
    head: {
      ...place,
      protocol,
      priority: Number(priority),
      classifier,
      ...(handle === undefined ? {} : { handle }),
      ...(divisor === undefined ? {} : { divisor: Number(divisor) }),
      ...(classId === undefined ? {} : { classId }),
    },
    keys: [],
    actions: [],
    others: link === undefined ? [] : [`link ${link}`],
  };
}

function handleOf(text: string, line: string): FilterHandle {
  try {
    return parseFilterHandle(text);
  } catch {
    throw new ListingError("a filter", line);
  }
}

/** Reads one line below the opening one. */
function readLine(line: string, draft: Draft): void {
  const key = KEY.exec(line);
  if (key !== null) {
    const [, value = "", mask = "", offset] = key;
    draft.keys.push({
      value: Number.parseInt(value, 16),
      mask: Number.parseInt(mask, 16),
      offset: Number(offset),
    });
    return;
  }
  const action = ACTION.exec(line)?.[1];
  if (action !== undefined) {
    draft.actions.push(readAction(action));
    return;
  }
  const cookie = COOKIE.exec(line)?.[1];
  const last = draft.actions.pop();
  if (last !== undefined) draft.actions.push(cookie === undefined ? last : { ...last, cookie });
  if (cookie === undefined) draft.others.push(line.trim().replaceAll(/ +/g, " "));
}

function readAction(text: string): ListedAction {
  const [, kind, to] = MIRRED.exec(text) ?? [];
  if (kind === undefined || to === undefined) return { text };
  return { text, to, kind: kind === "Redirect" ? "redirect" : "mirror" };
}

/**
 * Names what a listed filter does, in the words of `filterIdentity`.
 *
 * @param filter The filter.
 * @returns Its identity, or undefined for one that Berth would never make.
 */
export function listedIdentity(filter: ListedFilter): string | undefined {
  if (filter.divisor !== undefined) {
    return joinIdentity({ ...filter, keys: "", action: `table of ${filter.divisor}` });
  }
  const action = listedAction(filter);
  if (action === undefined || filter.keys.length === 0) return undefined;
  const parts = [...filter.others, action].filter((part) => part !== "");
  return joinIdentity({ ...filter, keys: formatKeys(filter.keys), action: parts.join(" ") });
}

function listedAction(filter: ListedFilter): string | undefined {
  const [only, ...more] = filter.actions;
  if (only === undefined) {
    if (filter.classId !== undefined) return `class ${filter.classId}`;
    return filter.others.length === 0 ? undefined : "";
  }
  if (more.length > 0 || only.kind === undefined || only.to === undefined) return undefined;
  const { kind, to, cookie } = only;
  const action: Action = { kind, to, ...(cookie === undefined ? {} : { cookie }) };
  return actionIdentity(action);
}
