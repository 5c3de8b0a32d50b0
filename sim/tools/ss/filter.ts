/**
 * The filter behind `ss`'s options, such as `dst 10.0.0.0/8 and ( sport = :80 or sport ge 1024 )`.
 *
 * @module
 */

import { type Ipv4, prefixOf } from "../../model/ipv4.ts";
import type { SocketEntry } from "../../model/socket.ts";
import type { Console } from "../console.ts";
import { parseInteger } from "../numbers.ts";
import { parsePrefix } from "../prefix.ts";

/** Tells whether a socket passes. */
export type SocketFilter = (socket: SocketEntry) => boolean;

/** What a filter needs to know of the place where it runs. */
export interface FilterPlace {
  readonly console: Console;
  /** The only family of addresses that may be named; any where undefined. */
  readonly family: "inet" | "inet6" | undefined;
  /** First and last port that the kernel gives out by itself. */
  readonly ephemeralPorts: readonly [first: number, last: number];
}

type Side = "local" | "remote";

/** Words that compare, and what they compare as. */
const COMPARISONS: Readonly<Record<string, "=" | "!=" | ">=" | "<=" | ">" | "<">> = {
  "=": "=",
  "==": "=",
  "eq": "=",
  "!=": "!=",
  "ne": "!=",
  "neq": "!=",
  ">=": ">=",
  "ge": ">=",
  "geq": ">=",
  "<=": "<=",
  "le": "<=",
  "leq": "<=",
  ">": ">",
  "gt": ">",
  "<": "<",
  "lt": "<",
};

const SUBJECTS: Readonly<Record<string, readonly [Side, "address" | "port"]>> = {
  dst: ["remote", "address"],
  src: ["local", "address"],
  dport: ["remote", "port"],
  sport: ["local", "port"],
};

const AND = new Set(["&", "&&", "and"]);
const OR = new Set(["|", "||", "or"]);
const NOT = new Set(["!", "not"]);

/**
 * Reads a filter. `and` and `or` bind alike, from left to right, as the tool's grammar has it.
 *
 * @param args The words, of which one may hold several; none at all lets every socket pass.
 * @param place Where complaints go, and the ports that the kernel gives out.
 */
export function readFilter(args: readonly string[], place: FilterPlace): SocketFilter {
  const words = args.flatMap((arg) => arg.split(/\s+/)).filter((word) => word !== "");
  if (words.length === 0) return () => true;
  const reader = new FilterReader(words, place);
  const filter = reader.readList();
  return reader.isAtEnd ? filter : reader.failSyntax();
}

class FilterReader {
  readonly #words: readonly string[];
  readonly #place: FilterPlace;
  #at = 0;
  /** What was compared last: a stray word is taken for another one of its kind. */
  #lastSubject: "address" | "port" = "address";

  constructor(words: readonly string[], place: FilterPlace) {
    this.#words = words;
    this.#place = place;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#words.length;
  }

  /** One condition after another, up to a closing bracket or the end. */
  readList(): SocketFilter {
    let filter = this.#readCondition();
    while (!this.isAtEnd && this.#words[this.#at] !== ")") {
      const left = filter;
      const isOr = this.#takeAny(OR);
      if (!isOr) this.#takeAny(AND);
      const right = this.#readCondition();
      filter = isOr
        ? (socket) => left(socket) || right(socket)
        : (socket) => left(socket) && right(socket);
    }
    return filter;
  }

  failSyntax(): never {
    const { console } = this.#place;
    console.complain('ss: bison bellows (while parsing filter): "syntax error!" Sorry.\n');
    return console.notModelled("usage");
  }

  #readCondition(): SocketFilter {
    const word = this.#take();
    if (NOT.has(word)) {
      const inner = this.#readCondition();
      return (socket) => !inner(socket);
    }
    if (word === "(") {
      const inner = this.readList();
      return this.#take() === ")" ? inner : this.failSyntax();
    }
    if (word === "autobound") return this.#isAutobound;
    if (word === "dev" || word === "fwmark" || word === "cgroup") {
      return this.#place.console.notModelled(`filter "${word}"`);
    }
    if (AND.has(word) || OR.has(word) || word === ")" || word in COMPARISONS) {
      return this.failSyntax();
    }
    const subject = SUBJECTS[word];
    if (subject !== undefined) {
      this.#lastSubject = subject[1];
      return this.#readComparison(...subject);
    }
    // The tool looks every other word up before its grammar wonders that it stands here.
    if (this.#lastSubject === "port") readPort(word, this.#place.console);
    else readHost(word, this.#place);
    return this.failSyntax();
  }

  readonly #isAutobound: SocketFilter = ({ localPort }) => {
    const [first, last] = this.#place.ephemeralPorts;
    return localPort >= first && localPort <= last;
  };

  #readComparison(side: Side, what: "address" | "port"): SocketFilter {
    const comparison = COMPARISONS[this.#words[this.#at] ?? ""];
    if (comparison !== undefined) this.#at += 1;
    const { console } = this.#place;
    const word = this.#take();
    if (what === "address") {
      if (comparison !== undefined && comparison !== "=") return this.failSyntax();
      return matchHost(side, readHost(word, this.#place));
    }
    const port = readPort(word, console);
    // A port that is no number compares as -1 does.
    const number = port ?? -1;
    const portOf = (socket: SocketEntry) => side === "local" ? socket.localPort : socket.remotePort;
    const isEqual: SocketFilter = (socket) => port === undefined || portOf(socket) === port;
    switch (comparison) {
      case "!=":
        return (socket) => !isEqual(socket);
      case ">=":
        return (socket) => portOf(socket) >= number;
      case "<=":
        return (socket) => portOf(socket) <= number;
      case ">":
        return (socket) => portOf(socket) > number;
      case "<":
        return (socket) => portOf(socket) < number;
      default:
        return isEqual;
    }
  }

  #take(): string {
    const word = this.#words[this.#at];
    if (word === undefined) return this.failSyntax();
    this.#at += 1;
    return word;
  }

  #takeAny(words: ReadonlySet<string>): boolean {
    const isThere = words.has(this.#words[this.#at] ?? "");
    if (isThere) this.#at += 1;
    return isThere;
  }
}

interface Host {
  readonly address: Ipv4;
  /** Bits that count; 0 for any address. */
  readonly length: number;
  /** Undefined for any port. */
  readonly port: number | undefined;
}

function matchHost(side: Side, { address, length, port }: Host): SocketFilter {
  const network = prefixOf(address, length);
  return (socket) => {
    const [itsAddress, itsPort] = side === "local"
      ? [socket.localAddress, socket.localPort]
      : [socket.remoteAddress, socket.remotePort];
    return (port === undefined || itsPort === port) && prefixOf(itsAddress, length) === network;
  };
}

/** Reads `ADDRESS`, `ADDRESS/LENGTH`, `ADDRESS:PORT`, `:PORT` or `*`. */
function readHost(word: string, { console, family }: FilterPlace): Host {
  if (word.includes("[") || word.split(":").length > 2) {
    return console.notModelled(`address "${word}"`);
  }
  const [addressText = "", portText] = word.split(":");
  const port = portText === undefined ? undefined : readPort(portText, console);
  if (addressText === "" || addressText.startsWith("*")) return { address: 0, length: 0, port };
  const prefix = family === "inet6" ? undefined : parsePrefix(addressText);
  if (prefix !== undefined) return { address: prefix.address, length: prefix.length, port };
  console.complain(`Error: an inet prefix is expected rather than "${addressText}".\n`);
  return console.exit("Cannot parse dst/src address.\n", 1);
}

/** Reads `PORT` or `:PORT`; undefined where that is empty or `*`. */
function readPort(word: string, console: Console): number | undefined {
  const text = word.replace(/^:/, "");
  if (text === "" || text.startsWith("*")) return undefined;
  return parseInteger(text) ?? console.notModelled(`port "${text}"`);
}
