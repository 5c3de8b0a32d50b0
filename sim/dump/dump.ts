/**
 * A whole machine as one text, in the words of the tools that would make it: to read, to compare,
 * to keep and to load again.
 *
 * ```text
 * machine host cpus 2 sandboxed yes features act_mirred,cls_u32,sch_htb,sch_ingress
 * process 4711 sleep new
 * handle /run/netns/web pid:4711
 * namespace home
 * ip link add name mesos4711 index 3 address … type veth peer name eth0 … netns 4711
 * ip addr add 10.0.0.1/24 scope global label eth0 dev eth0
 * tc qdisc add dev eth0 ingress
 * ```
 *
 * `machine` says what the machine was built with, `process` and `handle` what holds its namespaces,
 * and the lines behind `namespace` work inside that one. `card`, `netnsid`, `u32-root` and
 * `lost-target` say what no tool can ask for; `mkdir`, `ln`, `file` and `rm` are about files.
 * Routes, settings and qdiscs that come by themselves are not written.
 *
 * A dump has no counters, no sockets, no packets under way, no times, and no numbers that a kernel
 * would give next: two machines that were led to the same state in different ways have equal dumps.
 *
 * @module
 */

import { Machine } from "../model/machine.ts";
import { dumpLine } from "./dump_line.ts";
import { fileLines, mountLines } from "./file_lines.ts";
import { filterLines } from "./filter_lines.ts";
import { addressLines, linkLines, loopbackNameLines, type Pair } from "./link_lines.ts";
import { MachineLoader } from "./load.ts";
import { compareTexts, namespaceNames } from "./namespace_names.ts";
import { qdiscLines } from "./qdisc_lines.ts";
import { neighbourLines, routeLines } from "./route_lines.ts";
import { linkSysctlLines, sysctlLines } from "./sysctl_lines.ts";

/** What is written of a namespace, in the order in which it can be made. */
const SECTIONS: readonly ((pair: Pair) => Generator<string>)[] = [
  linkLines,
  linkSysctlLines,
  addressLines,
  routeLines,
  neighbourLines,
  qdiscLines,
  filterLines,
];

/**
 * Writes a machine down. A second machine is made of the lines meanwhile, and what it has already
 * is not written.
 *
 * @param machine The machine.
 * @returns One command a line; equal for machines of equal state.
 */
export function dumpMachine(machine: Machine): string {
  const { name, cpuCount, features, clock, home, initial } = machine;
  // Every address of the copy is given, so that it needs no chance, and takes none away.
  const random = { nextUint32: () => 0 };
  const isSandboxed = home !== initial;
  const copy = new Machine({ name, cpuCount, features, clock, random, isSandboxed });
  const loader = new MachineLoader(copy);
  const lines = [machineLine(machine)];
  const write = (line: string) => {
    loader.apply(line);
    lines.push(line);
  };
  const names = namespaceNames(machine);
  for (const line of holderLines(machine, names)) write(line);
  const pairs = [...names].map(([name, real]) => ({ name, real, made: loader.namespace(name) }));
  for (const sections of [[sysctlLines, loopbackNameLines], SECTIONS]) {
    for (const { name, ...pair } of pairs) {
      for (const [i, line] of linesOf(sections, pair)) {
        if (i === 0) write(dumpLine("namespace", name));
        write(line);
      }
    }
  }
  for (const { name, real, made } of pairs) {
    const known = new Map([...made.peerIds].map(([other, id]) => [nameOf(pairs, other), id]));
    for (const [other, id] of [...real.peerIds].sort(([, a], [, b]) => a - b)) {
      const otherName = nameOf(pairs, other);
      if (known.get(otherName) === id) continue;
      write(dumpLine("namespace", name));
      write(dumpLine("netnsid", otherName, id));
    }
  }
  for (const line of fileLines(machine, copy)) write(line);
  for (const line of mountLines(machine, copy)) write(line);
  return lines.map((line) => `${line}\n`).join("");
}

function machineLine(machine: Machine): string {
  const { name, cpuCount, features, home, initial } = machine;
  const sandboxed = home === initial ? "no" : "yes";
  const built = [...features].sort().join(",");
  return dumpLine("machine", name, "cpus", cpuCount, "sandboxed", sandboxed, "features", built);
}

/** Numbers lines as they come, so that a namespace without any is not named. */
function* linesOf(
  sections: readonly ((pair: Pair) => Generator<string>)[],
  pair: Pair,
): Generator<[number, string]> {
  let number = 0;
  for (const section of sections) {
    for (const line of section(pair)) yield [number++, line];
  }
}

function nameOf(
  pairs: readonly {
    readonly name: string;
    readonly real: Pair["real"];
    readonly made: Pair["made"];
  }[],
  namespace: Pair["real"],
): string {
  return pairs.find(({ real, made }) => real === namespace || made === namespace)?.name ?? "";
}

/** Processes and handles, each namespace at its first holder. */
function* holderLines(
  machine: Machine,
  names: ReadonlyMap<string, Pair["real"]>,
): Generator<string> {
  const nameOf = new Map([...names].map(([name, namespace]) => [namespace, name]));
  const pids = [...machine.processes.values()].filter(({ pid }) => pid !== 1);
  for (const { pid, name, namespace } of pids.sort((a, b) => a.pid - b.pid)) {
    const place = nameOf.get(namespace) ?? "";
    yield dumpLine("process", pid, name, place === `pid:${pid}` ? "new" : place);
  }
  const handles = [...machine.files.handles()];
  for (const { path, inode } of handles.sort((a, b) => compareTexts(a.path, b.path))) {
    const namespace = machine.namespaceByInode(inode);
    const place = namespace === undefined ? undefined : nameOf.get(namespace);
    if (place !== undefined) yield dumpLine("handle", path, place === path ? "new" : place);
  }
}
