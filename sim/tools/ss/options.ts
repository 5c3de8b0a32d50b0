import type { NetworkNamespace } from "../../model/namespace.ts";
import type { SocketState } from "../../model/socket.ts";
import { type Console, STATUS_FAILED } from "../console.ts";
import { namedNamespace } from "../named_namespace.ts";
import { ALL_STATES, CONNECTED_STATES, LISTENING_STATES } from "./states.ts";

/** Tables of sockets of the Internet family, in the order in which they are listed. */
export const INET_TABLES = ["raw", "udp", "tcp", "dccp", "sctp", "mptcp"] as const;

/** One of them. */
export type InetTable = typeof INET_TABLES[number];

/** What the options before a filter say. */
export interface SsOptions {
  namespace: NetworkNamespace;
  /** Tables to list. */
  tables: Set<InetTable>;
  /** States that listing those tables means, unless others are asked for. */
  usualStates: Set<SocketState>;
  /** States that were asked for; undefined where none were. */
  states: ReadonlySet<SocketState> | undefined;
  /** `-4` and `-6`; undefined lists both. */
  family: "inet" | "inet6" | undefined;
  /** `-A`: whether it has been read. */
  hasQuery: boolean;
  isNumeric: boolean;
  isSummary: boolean;
  isHeaderHidden: boolean;
  isOneLine: boolean;
  /** `-i`, `-m`, `-o`, `-p`. */
  showsInfo: boolean;
  showsMemory: boolean;
  showsTimer: boolean;
  showsProcesses: boolean;
}

/** An option, and what it does. */
interface Option {
  /** Its letter; empty for one that has a long name alone. */
  readonly letter: string;
  readonly name: string;
  readonly hasValue?: boolean;
  /** Undefined for an option that the simulator does not know. */
  readonly read?: (options: SsOptions, console: Console, value: string) => void;
}

const OPTIONS: readonly Option[] = [
  { letter: "n", name: "numeric", read: (options) => options.isNumeric = true },
  { letter: "r", name: "resolve" },
  { letter: "o", name: "options", read: (options) => options.showsTimer = true },
  { letter: "e", name: "extended" },
  { letter: "m", name: "memory", read: (options) => options.showsMemory = true },
  { letter: "i", name: "info", read: (options) => options.showsInfo = true },
  { letter: "p", name: "processes", read: (options) => options.showsProcesses = true },
  { letter: "T", name: "threads" },
  { letter: "b", name: "bpf" },
  { letter: "E", name: "events" },
  { letter: "d", name: "dccp", read: (options) => addTables(options, ["dccp"]) },
  { letter: "t", name: "tcp", read: (options) => addTables(options, ["tcp"]) },
  { letter: "S", name: "sctp", read: (options) => addTables(options, ["sctp"]) },
  { letter: "u", name: "udp", read: (options) => addTables(options, ["udp"]) },
  { letter: "w", name: "raw", read: (options) => addTables(options, ["raw"]) },
  { letter: "M", name: "mptcp", read: (options) => addTables(options, ["mptcp"]) },
  { letter: "x", name: "unix" },
  { letter: "", name: "tipc" },
  { letter: "", name: "vsock" },
  { letter: "a", name: "all", read: (options) => options.states = ALL_STATES },
  { letter: "l", name: "listening", read: (options) => options.states = LISTENING_STATES },
  { letter: "4", name: "ipv4", read: (options) => setFamily(options, "inet") },
  { letter: "6", name: "ipv6", read: (options) => setFamily(options, "inet6") },
  { letter: "0", name: "packet" },
  { letter: "f", name: "family", hasValue: true, read: readFamily },
  { letter: "A", name: "socket", hasValue: true, read: readQuery },
  { letter: "A", name: "query", hasValue: true, read: readQuery },
  { letter: "s", name: "summary", read: (options) => options.isSummary = true },
  { letter: "D", name: "diag", hasValue: true },
  { letter: "F", name: "filter", hasValue: true },
  { letter: "V", name: "version", read: (_, console) => showVersion(console) },
  { letter: "v", name: "version", read: (_, console) => showVersion(console) },
  { letter: "h", name: "help", read: (_, console) => console.notModelled("usage") },
  { letter: "Z", name: "context", read: (_, console) => refuseContext(console) },
  { letter: "z", name: "contexts", read: (_, console) => refuseContext(console) },
  { letter: "N", name: "net", hasValue: true, read: enterNamespace },
  { letter: "", name: "tipcinfo" },
  { letter: "", name: "tos" },
  { letter: "", name: "cgroup" },
  { letter: "K", name: "kill" },
  { letter: "H", name: "no-header", read: (options) => options.isHeaderHidden = true },
  { letter: "", name: "xdp" },
  { letter: "O", name: "oneline", read: (options) => options.isOneLine = true },
  { letter: "", name: "inet-sockopt" },
];

/**
 * Reads options, which may stand before, between and behind the words of a filter.
 *
 * @param args All words.
 * @param namespace Where the tool was started.
 * @param console Where wrong options are reported.
 * @returns The options, and the words of the filter.
 */
export function readOptions(
  args: readonly string[],
  namespace: NetworkNamespace,
  console: Console,
): { readonly options: SsOptions; readonly words: string[] } {
  const options: SsOptions = {
    namespace,
    tables: new Set(),
    usualStates: new Set(),
    states: undefined,
    family: undefined,
    hasQuery: false,
    isNumeric: false,
    isSummary: false,
    isHeaderHidden: false,
    isOneLine: false,
    showsInfo: false,
    showsMemory: false,
    showsTimer: false,
    showsProcesses: false,
  };
  const words: string[] = [];
  const left = [...args];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (word === "--") return { options, words: [...words, ...left] };
    if (word.startsWith("--")) readLong(word, left, options, console);
    else if (word.startsWith("-") && word !== "-") readLetters(word, left, options, console);
    else words.push(word);
  }
  return { options, words };
}

function readLong(word: string, left: string[], options: SsOptions, console: Console): void {
  const [name = "", value] = word.slice(2).split("=", 2);
  const matching = OPTIONS.filter((option) => option.name.startsWith(name));
  const option = OPTIONS.find((each) => each.name === name) ?? matching[0];
  const isAmbiguous = option?.name !== name && new Set(matching.map((each) => each.name)).size > 1;
  if (option === undefined || isAmbiguous) return console.notModelled(`option "${word}"`);
  if (option.hasValue !== true && value !== undefined) {
    return console.notModelled(`option "${word}"`);
  }
  carryOut(option, option.hasValue === true ? value ?? left.shift() : "", options, console);
}

function readLetters(word: string, left: string[], options: SsOptions, console: Console): void {
  for (let at = 1; at < word.length; at++) {
    const letter = word.charAt(at);
    const option = OPTIONS.find((each) => each.letter === letter);
    if (option === undefined) return console.notModelled(`option "-${letter}"`);
    if (option.hasValue !== true) carryOut(option, "", options, console);
    else {
      const attached = word.slice(at + 1);
      return carryOut(option, attached === "" ? left.shift() : attached, options, console);
    }
  }
}

function carryOut(
  option: Option,
  value: string | undefined,
  options: SsOptions,
  console: Console,
): void {
  if (option.read === undefined || value === undefined) {
    return console.notModelled(`option "--${option.name}"`);
  }
  option.read(options, console, value);
}

function addTables(options: SsOptions, tables: readonly InetTable[]): void {
  for (const table of tables) {
    options.tables.add(table);
    const usual = table === "udp" || table === "raw" ? ["ESTAB" as const] : CONNECTED_STATES;
    for (const state of usual) options.usualStates.add(state);
  }
}

function setFamily(options: SsOptions, family: "inet" | "inet6"): void {
  options.family = family;
  for (const state of CONNECTED_STATES) options.usualStates.add(state);
}

function readFamily(options: SsOptions, console: Console, value: string): void {
  if (value !== "inet" && value !== "inet6") return console.notModelled(`family "${value}"`);
  setFamily(options, value);
}

function readQuery(options: SsOptions, console: Console, value: string): void {
  if (!options.hasQuery) {
    options.tables.clear();
    options.states ??= CONNECTED_STATES;
    options.hasQuery = true;
  }
  for (const name of value.split(",")) {
    const table = INET_TABLES.find((each) => each === name);
    if (name === "inet") addTables(options, INET_TABLES);
    else if (table === undefined) return console.notModelled(`socket table "${name}"`);
    else addTables(options, [table]);
  }
}

function enterNamespace(options: SsOptions, console: Console, name: string): void {
  const { machine } = options.namespace;
  options.namespace = namedNamespace(machine, name, console, STATUS_FAILED);
}

function showVersion(console: Console): never {
  console.print("ss utility, iproute2-6.1.0\n");
  return console.exit("", 0);
}

function refuseContext(console: Console): never {
  return console.exit("ss: SELinux is not enabled.\n", STATUS_FAILED);
}
