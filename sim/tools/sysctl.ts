/**
 * `sysctl` of procps-ng 4.
 *
 * @module
 */

import type { NetworkNamespace } from "../model/namespace.ts";
import { Refusal, strerror } from "../model/refusal.ts";
import { type Console, STATUS_FAILED } from "./console.ts";
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
    if (word.startsWith("-") && word !== "-") readLetters(word, options, console);
    else words.push(word);
  }
  if (run.args.length === 0) console.notModelled("usage");
  if (words.length === 0) {
    console.complain(
      "sysctl: no variables specified\nTry `sysctl --help' for more information.\n",
    );
    return STATUS_FAILED;
  }
  let status = 0;
  for (const word of words) {
    // The tool adds up what reading came to, and joins bits of what writing came to.
    if (options.isWriting || word.includes("=")) {
      status |= assign(word, options, run.namespace, console);
    } else status += show(word, options, run.namespace, console);
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

/** Tells that a key is not there, or lies in a folder that the simulator does not list. */
function unknown(key: string, options: Options, console: Console): number {
  if (/[./][./]/.test(key)) console.notModelled(`key "${key}"`);
  if (options.isLenient) return 0;
  console.complain(`sysctl: cannot stat ${pathOf(key)}: ${strerror("ENOENT")}\n`);
  return STATUS_FAILED;
}

function show(
  word: string,
  options: Options,
  namespace: NetworkNamespace,
  console: Console,
): number {
  if (word === "") {
    console.complain('sysctl: "" is an unknown key\n');
    return -1;
  }
  const key = dotted(word);
  if (namespace.sysctls.isFolder(key)) console.notModelled(`folder "${key}"`);
  if (!namespace.sysctls.has(key)) return unknown(key, options, console);
  const value = namespace.sysctls.get(key) ?? "";
  console.print(options.isNameless ? `${value}\n` : `${key} = ${value}\n`);
  return 0;
}

/** The tool passes over words that are too short to say anything, and over comments. */
const COMMENT = /^.?$|^[#;]/s;

function assign(
  word: string,
  options: Options,
  namespace: NetworkNamespace,
  console: Console,
): number {
  const line = word.trimStart();
  if (COMMENT.test(line)) return STATUS_FAILED;
  const equals = line.indexOf("=");
  if (equals === -1) {
    console.complain("sysctl: command line(0): invalid syntax, continuing...\n");
    return STATUS_FAILED;
  }
  const key = dotted(line.slice(0, equals).trimEnd());
  const value = line.slice(equals + 1).trim();
  if (key === "") {
    console.complain("sysctl: Path is not under /proc/sys/: /proc/sys/\n");
    return STATUS_FAILED;
  }
  if (namespace.sysctls.isFolder(key)) console.notModelled(`folder "${key}"`);
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
    return isReadOnly ? 0 : STATUS_FAILED;
  }
  if (!options.isQuiet) console.print(options.isNameless ? `${value}\n` : `${key} = ${value}\n`);
  return 0;
}
