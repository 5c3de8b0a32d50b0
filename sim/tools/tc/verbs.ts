import type { RequestFlags } from "../../model/qdisc_requests.ts";
import { type Console, STATUS_USAGE } from "../console.ts";
import { abbreviates } from "../words.ts";

/** What each verb asks the kernel for; `delete` asks for no such thing. */
export const VERB_FLAGS = {
  add: { create: true, exclusive: true, replace: false },
  change: { create: false, exclusive: false, replace: false },
  replace: { create: true, exclusive: false, replace: false },
  delete: undefined,
} satisfies Readonly<Record<string, RequestFlags | undefined>>;

/** What `list` may also be called. */
const LISTS = ["list", "show", "lst"];

/**
 * Finds out what a command of `tc` is to do.
 *
 * @param object What it is about, as its own help calls it.
 * @param verbs What may be done with it besides being listed, in the order in which `tc` looks.
 * @param word What was typed, perhaps abbreviated; undefined where nothing was.
 * @param console Where complaints go.
 * @returns One of the verbs, or `list`.
 */
export function chooseVerb<Verb extends string>(
  object: string,
  verbs: readonly Verb[],
  word: string | undefined,
  console: Console,
): Verb | "list" {
  if (word === undefined) return "list";
  const verb = verbs.find((name) => abbreviates(word, name));
  if (verb !== undefined) return verb;
  if (LISTS.some((name) => abbreviates(word, name))) return "list";
  if (abbreviates(word, "help")) return console.notModelled(`"${object} help"`);
  return console.fail(`Command "${word}" is unknown, try "tc ${object} help".\n`, STATUS_USAGE);
}
