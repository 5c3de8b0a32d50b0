import type { NetworkNamespace } from "../../../sim/model/namespace.ts";
import type { Machine } from "../../../sim/mod.ts";
import { findNamespace, HANDLE_FOLDER } from "../../../sim/tools/named_namespace.ts";
import { runTool } from "../../../sim/tools/run_tool.ts";
import type { Tool } from "../../kernel/kernel_network.ts";

/** A link of a simulated host, in the tools' own words. */
export interface LinkView {
  readonly name: string;
  /** What `ip` says of it: flags, MTU, state, addresses. */
  readonly about: readonly string[];
  readonly qdiscs: readonly QdiscView[];
}

/** A qdisc of a link. */
export interface QdiscView {
  /** What `tc qdisc` says of it. */
  readonly about: string;
  /** What `tc class` says of its classes. */
  readonly classes: readonly string[];
  /** What `tc filter` says of its filters, indented as there. */
  readonly filters: readonly string[];
}

/** A network namespace of a simulated host. */
export interface NamespaceView {
  /** Its names; none for the host's own, and for one that only a process holds. */
  readonly names: readonly string[];
  /** Process ids of the programs in it. */
  readonly pids: readonly number[];
  readonly links: readonly LinkView[];
}

/**
 * Looks at all of a simulated host.
 *
 * @param machine The host.
 * @returns Its namespaces, the host's own first.
 */
export function viewHost(machine: Machine): NamespaceView[] {
  return [...machine.namespaces].map((namespace) => ({
    names: namesOf(machine, namespace),
    pids: [...machine.processes.values()].filter((each) => each.namespace === namespace)
      .map(({ pid }) => pid),
    links: lines(namespace, "ip", ["-o", "link"]).flatMap((line) => {
      const name = /^\d+: ([^:@]+)/.exec(line)?.[1];
      return name === undefined ? [] : [viewLink(namespace, name)];
    }),
  }));
}

function namesOf(machine: Machine, namespace: NetworkNamespace): string[] {
  if (machine.files.find(HANDLE_FOLDER) === undefined) return [];
  return machine.files.readDirectory(HANDLE_FOLDER)
    .filter((name) => findNamespace(machine, name) === namespace);
}

function viewLink(namespace: NetworkNamespace, name: string): LinkView {
  const dev = ["dev", name];
  const about = lines(namespace, "ip", ["addr", "show", ...dev]);
  const classes = lines(namespace, "tc", ["class", "show", ...dev]);
  const qdiscs = lines(namespace, "tc", ["qdisc", "show", ...dev]);
  return {
    name,
    about: about.map((line) => line.trim()),
    qdiscs: qdiscs.map((text) => {
      const handle = /^qdisc \S+ (\S+:)/.exec(text)?.[1] ?? "";
      const parents = parentsOf(text, handle);
      return {
        about: text.trim(),
        classes: classes.filter((each) => each.split(" ")[2]?.startsWith(handle))
          .map((each) => each.trim()),
        filters: parents.flatMap((words) =>
          lines(namespace, "tc", ["filter", "show", ...dev, ...words])
        ),
      };
    }),
  };
}

/** Where a qdisc's filters hang, as `tc filter show` wants it. */
function parentsOf(qdisc: string, handle: string): string[][] {
  if (qdisc.startsWith("qdisc clsact")) return [["ingress"], ["egress"]];
  return handle === "0:" ? [] : [["parent", handle]];
}

function lines(namespace: NetworkNamespace, tool: Tool, args: readonly string[]): string[] {
  const { stdout } = runTool({ tool, args, namespace });
  return stdout.split("\n").filter((line) => line.trim() !== "");
}

/**
 * Draws what was seen as a tree.
 *
 * @param view The namespaces, the host's own first.
 * @returns Its lines.
 */
export function drawHost(view: readonly NamespaceView[]): string[] {
  return view.flatMap(({ names, pids, links }, index) => [
    titleOf(index, names, pids),
    ...links.flatMap(({ about: [first = "", ...more], qdiscs }) => [
      `  ${first}`,
      ...more.map((line) => `      ${line}`),
      ...qdiscs.flatMap(({ about, classes, filters }) => [
        `    ${about}`,
        ...[...classes, ...filters].map((line) => `      ${line}`),
      ]),
    ]),
  ]);
}

function titleOf(index: number, names: readonly string[], pids: readonly number[]): string {
  if (index === 0) return "host";
  const held = pids.length === 0 ? "" : ` (processes ${pids.join(", ")})`;
  return `namespace ${names.length === 0 ? "without a name" : names.join(", ")}${held}`;
}
