/**
 * `ss`: TCP and UDP sockets of a namespace, their states and what TCP knows of them.
 *
 * @module
 */

import { formatIpv4 } from "../../model/ipv4.ts";
import type { NetworkNamespace } from "../../model/namespace.ts";
import type { SocketEntry, SocketState } from "../../model/socket.ts";
import type { Console } from "../console.ts";
import type { ToolRun } from "../tool_run.ts";
import { layOut } from "./columns.ts";
import { readFilter, type SocketFilter } from "./filter.ts";
import { timerText } from "./number_text.ts";
import { INET_TABLES, readOptions, type SsOptions } from "./options.ts";
import { ALL_STATES, statesNamed } from "./states.ts";
import { summaryText } from "./summary.ts";
import { memoryText, tcpInfoText } from "./tcp_info.ts";

/** A program's first three descriptors are its standard streams. */
const FIRST_DESCRIPTOR = 3;

/**
 * Runs `ss`.
 *
 * @param run How it was started.
 * @returns Its exit status.
 */
export function runSs(run: ToolRun): number {
  const { console } = run;
  const { options, words } = readOptions(run.args, run.namespace, console);
  const isDefault = options.tables.size === 0 && options.family === undefined && !options.hasQuery;
  if (options.isSummary) {
    console.print(summaryText(options.namespace));
    if (isDefault && words.length === 0) return 0;
  }
  const { asked, rest } = readStates(words, options, console);
  if (isDefault) return console.notModelled("a listing of other than TCP and UDP sockets");
  const states = asked ?? options.usualStates;
  // `-4` or `-6` alone means every table of the family.
  if (options.tables.size === 0) options.tables = new Set(INET_TABLES);
  const filter = readFilter(rest, {
    console,
    family: options.family,
    ephemeralPorts: ephemeralPorts(options.namespace),
  });
  if (!options.isNumeric) return console.notModelled('names of services; ask with "-n"');
  list(options, { states, filter }, console);
  return 0;
}

/** Reads `state NAME` and `exclude NAME`, over and over. */
function readStates(
  words: readonly string[],
  options: SsOptions,
  console: Console,
): { readonly asked: ReadonlySet<SocketState> | undefined; readonly rest: readonly string[] } {
  let asked = options.states;
  for (let at = 0;; at += 2) {
    const [verb, name] = words.slice(at);
    const isState = verb === "state";
    if (!isState && verb !== "exclude" && verb !== "excl") {
      // Where everything is excluded, the tool falls back to what it lists anyway.
      return { asked: asked?.size === 0 ? undefined : asked, rest: words.slice(at) };
    }
    if (name === undefined) return console.incomplete();
    if (at === 0) asked = isState ? new Set() : ALL_STATES;
    const named = statesNamed(name, console);
    const before: ReadonlySet<SocketState> = asked ?? new Set();
    asked = isState ? before.union(named) : before.difference(named);
  }
}

function ephemeralPorts({ sysctls }: NetworkNamespace): [number, number] {
  const [first = 0, last = 0] = (sysctls.get("net.ipv4.ip_local_port_range") ?? "")
    .split("\t").map(Number);
  return [first, last];
}

function list(
  options: SsOptions,
  wanted: { readonly states: ReadonlySet<SocketState>; readonly filter: SocketFilter },
  console: Console,
): void {
  const { namespace, tables } = options;
  const rows: string[][] = [];
  for (const table of INET_TABLES) {
    if (!tables.has(table)) continue;
    // A kernel without DCCP refuses to list it; the tool goes on.
    const isLost = table === "dccp" && !namespace.machine.features.has("dccp");
    if (isLost) console.complain("RTNETLINK answers: Invalid argument\n");
    if (options.family === "inet6") continue;
    const sockets = [...namespace.sockets.entries()].filter((socket) =>
      socket.protocol === table && wanted.states.has(socket.state) && wanted.filter(socket)
    );
    // Listeners are in a table of their own, which comes first.
    const [listening, others] = [true, false].map((isListener) =>
      sockets.filter(({ state }) => (state === "LISTEN") === isListener)
    );
    for (const socket of [...listening ?? [], ...others ?? []]) {
      rows.push(rowOf(socket, options, console));
    }
  }
  console.print(layOut(rows, {
    netid: tables.size === 1,
    state: wanted.states.size === 1,
    header: options.isHeaderHidden,
  }));
}

function rowOf(socket: SocketEntry, options: SsOptions, console: Console): string[] {
  const { protocol, state, receiveQueue, sendQueue } = socket;
  return [
    protocol,
    state,
    String(receiveQueue).padEnd(6),
    String(sendQueue).padEnd(6),
    `${formatIpv4(socket.localAddress)}:`,
    portText(socket.localPort),
    `${formatIpv4(socket.remoteAddress)}:`,
    portText(socket.remotePort),
    extraText(socket, options, console),
  ];
}

function portText(port: number): string {
  return port === 0 ? "*" : String(port);
}

/** Everything behind the addresses, line breaks and all. */
function extraText(socket: SocketEntry, options: SsOptions, console: Console): string {
  const { nowNs } = options.namespace.machine.clock;
  const { timer, protocol } = socket;
  let text = options.showsProcesses ? processText(socket, options.namespace) : "";
  if (options.showsTimer && timer !== undefined) {
    const leftMs = Math.max(0, Math.ceil((timer.expiresAtNs - nowNs) / 1e6));
    text += ` timer:(${timer.kind},${timerText(leftMs)},${timer.retransmits})`;
  }
  const showsInfo = options.showsInfo && protocol === "tcp";
  if (!options.showsMemory && !showsInfo) return text;
  if (!options.isOneLine) text += "\n\t";
  if (options.showsMemory) text += memoryOf(socket, console);
  return showsInfo
    ? text + tcpInfoText(socket, { nowNs, showsExtensions: options.showsTimer })
    : text;
}

function memoryOf(socket: SocketEntry, console: Console): string {
  if (socket.memory !== undefined) return memoryText(socket.memory);
  if (socket.process === undefined) return "";
  return console.notModelled("the memory of this socket");
}

/** Descriptors count up in the order in which a process made its sockets. */
function processText(socket: SocketEntry, namespace: NetworkNamespace): string {
  const { process } = socket;
  if (process === undefined) return "";
  const own = [...namespace.sockets.entries()].filter((other) => other.process === process);
  const descriptor = FIRST_DESCRIPTOR + own.indexOf(socket);
  return ` users:(("${process.name}",pid=${process.pid},fd=${descriptor}))`;
}
