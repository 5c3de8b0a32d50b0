import type { Command } from "../kernel/command.ts";
import { type FilterHandle, formatFilterHandle, isRootTable } from "./handle.ts";
import { linkName } from "./link.ts";
import { formatKeys, type Match, packKeys } from "./u32.ts";
import { formatTableLink, type TableLink, tableLinkWords } from "./u32_table.ts";

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
  | { readonly kind: "classify"; readonly classId: string }
  /** Another hash table is asked; what finds nothing there comes back, to `otherwise` if given. */
  | { readonly kind: "link"; readonly to: TableLink; readonly otherwise?: Action }
  /** None: this is a hash table, which a filter links to. It has a handle, and matches nothing. */
  | { readonly kind: "table"; readonly divisor: number };

/** A u32 filter, or a u32 hash table, that should exist. */
export interface Filter extends FilterPlace {
  /**
   * Its table, bucket and number; when left out, the root table of its priority and any number.
   * Table 0 stands for that root table.
   */
  readonly handle?: FilterHandle;
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
 * Adds a filter or a hash table.
 *
 * @param filter The filter.
 * @param handle Its table, bucket and number. Given by the caller, since the kernel's own choice of
 *   a number repeats itself once a bucket is full.
 */
export function addFilter(filter: Filter, handle: FilterHandle): Command {
  const { action } = filter;
  const words = ["filter", "add", ...placeWords(filter), "handle", formatFilterHandle(handle)];
  if (action.kind === "table") {
    return { tool: "tc", words: [...words, "u32", "divisor", String(action.divisor)] };
  }
  const bucket = isRootTable(handle) ? [] : ["ht", formatFilterHandle({ ...handle, node: 0 })];
  const matches = filter.matches.flatMap((match) => ["match", ...match.words]);
  return { tool: "tc", words: [...words, "u32", ...bucket, ...matches, ...actionWords(action)] };
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
 * Deletes all filters of one priority, of whatever classifier they are.
 *
 * @param place Where they are attached.
 */
export function deletePriority(place: FilterPlace): Command {
  return { tool: "tc", words: ["filter", "delete", ...placeWords(place)] };
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
  return joinIdentity({ ...filter, keys, action: actionIdentity(filter.action) });
}

/** What the identity of a filter is made of. */
interface IdentityParts {
  readonly protocol: string;
  readonly priority: number;
  readonly handle?: FilterHandle;
  readonly keys: string;
  readonly action: string;
}

/**
 * Joins the parts of a filter's identity.
 *
 * A number in a root table says nothing about what a filter does. Elsewhere the bucket says which
 * packets it is shown.
 *
 * @param parts Its place, and texts for its keys and for what becomes of a packet.
 */
export function joinIdentity({ protocol, priority, handle, keys, action }: IdentityParts): string {
  const isPlaced = handle !== undefined && !isRootTable(handle);
  const place = isPlaced ? `${formatFilterHandle(handle)} ` : "";
  return `${protocol} ${priority} ${place}${keys} ${action}`;
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
    case "link": {
      const otherwise = action.otherwise === undefined ? "" : actionIdentity(action.otherwise);
      return `${formatTableLink(action.to)} ${otherwise}`.trimEnd();
    }
    case "table":
      return `table of ${action.divisor}`;
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
    case "link":
      return [
        ...tableLinkWords(action.to),
        ...(action.otherwise === undefined ? [] : actionWords(action.otherwise)),
      ];
    case "table":
      return [];
  }
}

function mirredWords(words: readonly string[], cookie: string | undefined): string[] {
  const mark = cookie === undefined ? [] : ["cookie", cookie];
  return ["action", "mirred", "egress", ...words, ...mark];
}
