import type { Command } from "../kernel/command.ts";
import { type FilterHandle, formatFilterHandle } from "./handle.ts";
import { linkName } from "./link.ts";
import { formatKeys, type Match, packKeys } from "./u32.ts";

/** Where a filter is attached. */
export interface FilterPlace {
  /** Name of the link. */
  readonly link: string;
  /** The qdisc it belongs to: `ffff:` for ingress. */
  readonly parent: string;
  /** Which packets are shown to it at all. */
  readonly protocol: "all" | "arp" | "ip";
  /** When its turn comes, 1 to 65535; lower is earlier. */
  readonly priority: number;
}

/** What becomes of a packet that matches. */
export type Action =
  /** It leaves through another link; nothing else sees it. */
  | { readonly kind: "redirect"; readonly to: string; readonly cookie?: string }
  /** A copy leaves through another link; the next filter sees it too. */
  | { readonly kind: "mirror"; readonly to: string; readonly cookie?: string }
  /** No later filter sees it; it goes its way. */
  | { readonly kind: "stop" }
  /** It belongs to a class, or to a flow of a classless qdisc. */
  | { readonly kind: "classify"; readonly classId: string };

/** A u32 filter that should exist. */
export interface Filter extends FilterPlace {
  /** All of these must match. */
  readonly matches: readonly Match[];
  /** What then becomes of the packet. */
  readonly action: Action;
}

/**
 * The class that "stop" names: none; a filter without an action or a class would not be the end.
 */
const STOP_CLASS = "ffff:0";

/**
 * Adds a filter.
 *
 * @param filter The filter.
 * @param node Its number in the root table of its priority, 1 to 4095. Given by the caller, since
 *   the kernel's own choice repeats itself once a bucket is full.
 */
export function addFilter(filter: Filter, node: number): Command {
  const handle = formatFilterHandle({ table: 0, bucket: 0, node });
  const matches = filter.matches.flatMap((match) => ["match", ...match.words]);
  return {
    tool: "tc",
    words: ["filter", "add", ...placeWords(filter), "handle", handle, "u32"]
      .concat(matches, actionWords(filter.action)),
  };
}

/**
 * Deletes one filter.
 *
 * @param place Where it is attached.
 * @param handle Its handle as listed, with the number of its table.
 */
export function deleteFilter(place: FilterPlace, handle: FilterHandle): Command {
  const words = ["filter", "delete", ...placeWords(place), "handle", formatFilterHandle(handle)];
  return { tool: "tc", words: [...words, "u32"] };
}

/**
 * Lists the filters of one qdisc.
 *
 * @param link Name of the link.
 * @param parent The qdisc: `ffff:` for ingress.
 */
export function showFilters(link: string, parent: string): Command {
  return { tool: "tc", words: ["filter", "show", "dev", linkName(link), "parent", parent] };
}

/**
 * Names what a filter does, so that a wanted one can be found among those listed.
 *
 * @param filter The filter.
 * @returns A text that is equal for two filters of one place exactly if they do the same.
 */
export function filterIdentity(filter: Filter): string {
  const keys = formatKeys(packKeys(filter.matches.flatMap((match) => match.keys)));
  return `${filter.protocol} ${filter.priority} ${keys} ${actionIdentity(filter.action)}`;
}

/**
 * Names what becomes of a packet.
 *
 * @param action The action.
 */
export function actionIdentity(action: Action): string {
  switch (action.kind) {
    case "redirect":
    case "mirror":
      return `${action.kind} to ${action.to} (${action.cookie ?? ""})`;
    case "stop":
      return "class ffff:";
    case "classify":
      return `class ${action.classId}`;
  }
}

function placeWords(place: FilterPlace): string[] {
  const { link, parent, protocol, priority } = place;
  const where = ["dev", linkName(link), "parent", parent];
  return [...where, "protocol", protocol, "prio", String(priority)];
}

function actionWords(action: Action): string[] {
  switch (action.kind) {
    case "redirect":
      return mirredWords(["redirect", "dev", linkName(action.to)], action.cookie);
    case "mirror":
      return mirredWords(["mirror", "dev", linkName(action.to), "continue"], action.cookie);
    case "stop":
      return ["flowid", STOP_CLASS];
    case "classify":
      return ["classid", action.classId];
  }
}

function mirredWords(words: readonly string[], cookie: string | undefined): string[] {
  const mark = cookie === undefined ? [] : ["cookie", cookie];
  return ["action", "mirred", "egress", ...words, ...mark];
}
