/**
 * The actions of a filter as `tc` reads them.
 *
 * @module
 */

import type { ActionParameters, Control } from "../../model/action.ts";
import type { ActionSpec } from "../../model/actions.ts";
import type { Link } from "../../model/link.ts";
import { parseUnsigned } from "../numbers.ts";
import { abbreviates, type Words } from "../words.ts";
import type { TcContext } from "./context.ts";

const UINT32 = 0xffffffff;
const COOKIE_DIGITS_MAX = 32;

/** Controls by the words for them, in the order in which abbreviations are tried. */
const CONTROLS: readonly (readonly [string, Control | undefined])[] = [
  ["continue", "continue"],
  ["drop", "drop"],
  ["shot", "drop"],
  ["pass", "ok"],
  ["ok", "ok"],
  ["reclassify", "reclassify"],
  ["pipe", "pipe"],
  ["goto", undefined],
  ["jump", undefined],
  ["trap", "trap"],
];

/** Words that begin another command, and so end a list of actions. */
const NEW_COMMANDS = ["change", "replace", "add", "delete", "list", "show", "get"];

function controlOf(word: string, words: Words): Control | undefined {
  const found = CONTROLS.find(([name]) => abbreviates(word, name));
  if (found !== undefined && found[1] === undefined) words.console.notModelled(`"${word}"`);
  return found?.[1];
}

/**
 * Reads the actions behind `action`, up to a class or the end.
 *
 * @param words Stands behind `action`.
 * @param context Where links are looked up.
 * @returns The actions, in order.
 */
export function readActions(words: Words, context: TcContext): ActionSpec[] {
  const actions: ActionSpec[] = [];
  // The tool forgets to forget: one action's cookie is the next one's too.
  let cookie: string | undefined;
  let isExpected = false;
  while (words.current !== undefined) {
    const word = words.current;
    if (word === "action") {
      words.skip();
      isExpected = true;
      continue;
    }
    if (word === "flowid" || word === "classid" || NEW_COMMANDS.includes(word)) break;
    isExpected = false;
    const left = words.left;
    const action = readAction(words, context, left);
    if (words.current === "cookie") {
      words.skip();
      cookie = readCookie(words);
    }
    refuseFlags(words);
    actions.push({ ...action, cookie });
  }
  if (isExpected) {
    words.console.complain("bad action empty 1\n");
    badValue(words);
  }
  return actions;
}

/** How the tool gives up on an action, and then on the filter. */
function badValue(words: Words): never {
  // What C prints for the word behind the last one.
  const word = words.current ?? "(null)";
  words.console.complain(`parse_action: bad value (${words.left}:${word})!\n`);
  return words.console.fail('Illegal "action"\n');
}

function readAction(
  words: Words,
  context: TcContext,
  left: number,
): Omit<ActionSpec, "cookie"> {
  const word = words.current ?? "";
  const isControl = CONTROLS.some(([name]) => abbreviates(word, name));
  if (isControl || word === "gact") return readGact(words);
  if (word === "mirred") return readMirred(words, context, left);
  return words.console.notModelled(`action "${word}"`);
}

function readGact(words: Words): Omit<ActionSpec, "cookie"> {
  if (words.current === "gact") {
    words.skip();
    if (words.left === 0) words.console.incomplete();
  }
  const word = words.current ?? "";
  if (abbreviates(word, "index")) words.console.notModelled('"gact index"');
  const control = controlOf(word, words);
  if (control === undefined) return words.console.notModelled('usage of "gact"');
  words.skip();
  if (words.current !== undefined && abbreviates(words.current, "random")) {
    words.console.notModelled('"random"');
  }
  return { parameters: { kind: "gact", control }, index: readIndex(words, "Illegal") ?? 0 };
}

function readIndex(words: Words, complaint: string): number | undefined {
  if (words.current === undefined || !abbreviates(words.current, "index")) return undefined;
  words.skip();
  return parseUnsigned(words.take(), UINT32, 10) ??
    words.console.fail(`${complaint} "index"\nIllegal "action"\n`);
}

interface MirredDraft {
  direction: "egress" | "ingress" | undefined;
  mode: "redirect" | "mirror" | undefined;
  target: Link | undefined;
  index: number | undefined;
}

function readMirred(
  words: Words,
  context: TcContext,
  left: number,
): Omit<ActionSpec, "cookie"> {
  words.skip();
  if (words.left === 0) words.console.incomplete();
  const first = words.current ?? "";
  const isKnown = ["egress", "ingress", "index"].some((name) => abbreviates(first, name));
  if (!isKnown) {
    words.console.complain(`mirred option not supported ${first}\n`);
    return badAction(words, left);
  }
  if (abbreviates(first, "index")) words.console.notModelled('"mirred index"');
  const draft: MirredDraft = {
    direction: undefined,
    mode: undefined,
    target: undefined,
    index: undefined,
  };
  readMirredWords(words, draft, context, left);
  const { direction, mode, target } = draft;
  if (direction === undefined || mode === undefined || target === undefined) {
    return words.console.notModelled("an incomplete mirred action");
  }
  let control: Control = mode === "redirect" ? "stolen" : "pipe";
  if (mode === "mirror" && words.current !== undefined) {
    const given = controlOf(words.current, words);
    if (given !== undefined) {
      words.skip();
      control = given;
    }
  }
  const index = draft.index ?? readIndex(words, "mirred: Illegal");
  const parameters: ActionParameters = { kind: "mirred", mode, direction, target, control };
  return { parameters, index: index ?? 0 };
}

/** Reads up to the link; the tool skips words that it does not know, as long as more follow. */
function readMirredWords(
  words: Words,
  draft: MirredDraft,
  context: TcContext,
  left: number,
): void {
  const { console } = words;
  while (words.current !== undefined) {
    const word = words.current;
    if (abbreviates(word, "action")) return console.notModelled("an incomplete mirred action");
    if (draft.direction !== "egress" && abbreviates(word, "egress")) {
      setDirection(draft, "egress", words, left);
    } else if (draft.direction !== "ingress" && abbreviates(word, "ingress")) {
      setDirection(draft, "ingress", words, left);
    } else if (abbreviates(word, "index")) {
      words.skip();
      draft.index = parseUnsigned(words.take(), UINT32, 10) ??
        console.fail('Illegal "index"\nbad action parsing\n');
      if (words.left === 0) console.incomplete();
    } else if (draft.mode !== "mirror" && abbreviates(word, "mirror")) {
      setMode(draft, "mirror", words, left);
    } else if (draft.mode !== "redirect" && abbreviates(word, "redirect")) {
      setMode(draft, "redirect", words, left);
    } else if (draft.mode !== undefined && abbreviates(word, "dev")) {
      words.skip();
      const name = words.take();
      draft.target = context.namespace.linkByName(name);
      if (draft.target !== undefined) return;
      console.complain(`Cannot find device "${name}"\n`);
      return badAction(words, left);
    } else {
      words.skip();
      if (words.left === 0) console.incomplete();
    }
  }
}

function setDirection(
  draft: MirredDraft,
  direction: "egress" | "ingress",
  words: Words,
  left: number,
): void {
  if (draft.direction !== undefined) {
    words.console.complain(`Can't have both ${direction} and ${draft.direction}\n`);
    badAction(words, left);
  }
  draft.direction = direction;
  words.skip();
  if (words.left === 0) words.console.incomplete();
}

function setMode(
  draft: MirredDraft,
  mode: "redirect" | "mirror",
  words: Words,
  left: number,
): void {
  if (draft.mode !== undefined) {
    words.console.complain("Can't have both mirror and redir\n");
    badAction(words, left);
  }
  draft.mode = mode;
  words.skip();
  if (words.left === 0) words.console.incomplete();
}

/** The tool reports the place where the action began. */
function badAction(words: Words, left: number): never {
  words.console.complain("bad action parsing\n");
  words.console.complain(`parse_action: bad value (${left}:mirred)!\n`);
  return words.console.fail('Illegal "action"\n');
}

function readCookie(words: Words): string {
  const text = words.take();
  if (text.length > COOKIE_DIGITS_MAX) {
    words.console.wrongArgument(`${text.length} Max allowed size ${COOKIE_DIGITS_MAX}`, text);
  }
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) {
    words.console.wrongArgument("cookie must be a hex string\n", text);
  }
  return text.toLowerCase();
}

function refuseFlags(words: Words): void {
  const word = words.current;
  if (word === undefined) return;
  const isFlag = ["no_percpu", "skip_sw", "skip_hw"].includes(word) || word.startsWith("hw_");
  if (isFlag) words.console.notModelled(`"${word}"`);
}
