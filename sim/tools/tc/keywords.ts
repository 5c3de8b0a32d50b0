/**
 * Keywords that qdiscs, classes and filters have in common: which link, where on it, which one.
 *
 * @module
 */

import type { Handle } from "../../model/handle.ts";
import { STATUS_USAGE } from "../console.ts";
import type { Keyword } from "../words.ts";
import { parseClassHandle, parseQdiscHandle } from "./handles.ts";

/** A keyword with one value, which may be given once. */
interface Value<Key extends string, Kind> {
  /** Where the value is kept. */
  readonly key: Key;
  /** Names of the keyword, as {@linkcode Keyword.names} has them. */
  readonly names: string;
  /** What is kept while none was given. */
  readonly unset: Kind;
  /** Reads the value; undefined for what is none. */
  readonly parse: (text: string) => Kind | undefined;
  /** What is said of a text that is no value. */
  readonly wrong: string;
  /** What a complaint about a second value calls it; its names, when left out. */
  readonly called?: string;
  /** Whether a second keyword is refused before its value is read, which is then not named. */
  readonly isEager?: boolean;
}

/**
 * Makes a keyword that takes one value.
 *
 * @param value What it is called, and what is said of wrong use.
 */
export function valueOf<Key extends string, Kind>(
  value: Value<Key, Kind>,
): Keyword<Record<Key, Kind>> {
  const { key, names, unset, parse, wrong, called = names, isEager = false } = value;
  return {
    names,
    read(draft, words, name) {
      const isSecond = draft[key] !== unset;
      if (isSecond && isEager) words.console.duplicate(called, name);
      const text = words.take();
      if (isSecond) words.console.duplicate(called, text);
      draft[key] = parse(text) ?? words.console.wrongArgument(wrong, text);
    },
  };
}

/** `dev NAME`; an empty name is none. */
export const DEVICE: Keyword<{ device: string | undefined }> = {
  names: "dev",
  read(draft, words) {
    const name = words.take();
    if (draft.device !== undefined) words.console.duplicate("dev", name);
    draft.device = name || undefined;
  },
};

/**
 * Makes the keyword `parent HANDLE`.
 *
 * @param wrong What is said of a text that is no handle.
 * @param isEager Whether a second one is refused before its handle is read.
 */
export function parentWord(
  wrong = "invalid parent ID",
  isEager = false,
): Keyword<{ parent: Handle }> {
  return valueOf({
    key: "parent",
    names: "parent",
    unset: 0,
    parse: parseClassHandle,
    wrong,
    isEager,
  });
}

/**
 * Makes a keyword that takes the handle of a class.
 *
 * @param key Where it is kept.
 */
export function classWord<Key extends string>(key: Key): Keyword<Record<Key, Handle>> {
  return valueOf({
    key,
    names: "classid",
    unset: 0,
    parse: parseClassHandle,
    wrong: "invalid class ID",
  });
}

/**
 * Makes a keyword that takes the handle of a qdisc.
 *
 * @param key Where it is kept.
 * @param names Its name.
 * @param isEager Whether a second one is refused before its handle is read.
 */
export function qdiscWord<Key extends string>(
  key: Key,
  names: string,
  isEager = false,
): Keyword<Record<Key, Handle>> {
  return valueOf({
    key,
    names,
    unset: 0,
    parse: parseQdiscHandle,
    wrong: "invalid qdisc ID",
    isEager,
  });
}

/**
 * Makes a keyword that is a parent by itself, such as `root`.
 *
 * @param name The keyword.
 * @param parent The parent that it names.
 * @param complaint What is said behind its name when there is a parent already.
 */
export function placeWord(
  name: string,
  parent: Handle,
  complaint = "is duplicate parent ID",
): Keyword<{ parent: Handle }> {
  return {
    names: name,
    read(draft, words) {
      if (draft.parent !== 0) {
        words.console.fail(`Error: "${name}" ${complaint}\n`, STATUS_USAGE);
      }
      draft.parent = parent;
    },
  };
}
