/**
 * `sysctl` of procps-ng 4.
 *
 * @module
 */

import type { NetworkNamespace } from "../model/namespace.ts";
import { Refusal, strerror } from "../model/refusal.ts";
import type { Console } from "./console.ts";
import type { ToolRun } from "./tool_run.ts";

interface Options {
  /** `-w`: every word is an assignment. */
  isWriting: boolean;
  /** `-n`: values alone. */
  isNameless: boolean;
  /** `-e`: unknown keys are passed over. */
  isLenient: boolean;
  /** `-q`: nothing is printed of what is written. */
  isQuiet: boolean;
}

/** One-letter options that are modelled, and what they switch on. */
const LETTERS: Readonly<Record<string, keyof Options>> = {
  w: "isWriting",
  n: "isNameless",
  e: "isLenient",
  q: "isQuiet",
};

const VERSION = "sysctl from procps-ng 4.0.2\n";

/**
 * Runs `sysctl`.
 *
 * @param run How it was started.
 * @returns Its exit status.
 */
export function runSysctl(run: ToolRun): number {
  const { console } = run;
  const options: Options = {
    isWriting: false,
    isNameless: false,
    isLenient: false,
    isQuiet: false,
  };
  const words: string[] = [];
  for (const word of run.args) {
    if (word === "--version") {
      console.print(VERSION);
      return 0;
    }
    if (word.startsWith("-")) readLetters(word, options, console);
    else words.push(word);
  }
  if (words.length === 0) {
    if (run.args.length === 0) return console.notModelled("usage");
    console.complain("sysctl: no variables specified\nTry `sysctl --help' for more information.\n");
    return 1;
  }
  let status = 0;
  for (const word of words) {
    if (word.length < SHORTEST_ASSIGNMENT && options.isWriting) continue;
    const isAssignment = options.isWriting || word.includes("=");
    const done = isAssignment
      ? assign(word, options, run.namespace, console)
      : show(word, options, run.namespace, console);
    if (!done) status = 1;
  }
  return status;
}

function readLetters(word: string, options: Options, console: Console): void {
  for (const letter of word.slice(1)) {
    const option = LETTERS[letter];
    if (option === undefined) return console.notModelled(`"-${letter}"`);
    options[option] = true;
  }
}

/** The tool passes over words that are too short to say anything. */
const SHORTEST_ASSIGNMENT = 2;

/** A key may be written with dots, or with slashes where a link's name has dots. */
function dotted(key: string): string {
  const firstSlash = key.indexOf("/");
  const firstDot = key.indexOf(".");
  if (firstSlash === -1 || (firstDot !== -1 && firstDot < firstSlash)) return key;
  return key.replace(/[./]/g, (sign) => (sign === "/" ? "." : "/"));
}

function pathOf(key: string): string {
  return `/proc/sys/${key.replace(/[./]/g, (sign) => (sign === "." ? "/" : "."))}`;
}

/** Tells that a key is not there. Returns whether that is no failure. */
function unknown(key: string, options: Options, console: Console): boolean {
  if (options.isLenient) return true;
  console.complain(`sysctl: cannot stat ${pathOf(key)}: ${strerror("ENOENT")}\n`);
  return false;
}

function show(
  word: string,
  options: Options,
  namespace: NetworkNamespace,
  console: Console,
): boolean {
  const key = dotted(word);
  if (!namespace.sysctls.has(key)) return unknown(key, options, console);
  const value = namespace.sysctls.get(key) ?? "";
  console.print(options.isNameless ? `${value}\n` : `${key} = ${value}\n`);
  return true;
}

function assign(
  word: string,
  options: Options,
  namespace: NetworkNamespace,
  console: Console,
): boolean {
  const equals = word.indexOf("=");
  if (equals <= 0) {
    console.complain("sysctl: command line(0): invalid syntax, continuing...\n");
    return false;
  }
  const key = dotted(word.slice(0, equals).trim());
  const value = word.slice(equals + 1).trim();
  if (!namespace.sysctls.has(key)) return unknown(key, options, console);
  try {
    namespace.sysctls.set(key, value);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    // The tool does not try a file that nobody may write: it names a reason left over from
    // elsewhere, and takes that for no failure.
    const isReadOnly = error.errno === "EACCES";
    const reason = strerror(isReadOnly ? "EINVAL" : error.errno);
    console.complain(`sysctl: setting key "${key}": ${reason}\n`);
    return isReadOnly;
  }
  if (!options.isQuiet) console.print(options.isNameless ? `${value}\n` : `${key} = ${value}\n`);
  return true;
}
