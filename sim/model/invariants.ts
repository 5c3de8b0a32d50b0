/**
 * What must hold of a machine between any two commands. Each claim finds what breaks it; a break is
 * a fault of the simulator, never of its user.
 *
 * @module
 */

import type { Action } from "./action.ts";
import type { FilterBlock } from "./filter_block.ts";
import { formatHandle, qdiscHandleOf } from "./handle.ts";
import { BrokenInvariant } from "./invariant.ts";
import type { Link } from "./link.ts";
import type { Machine } from "./machine.ts";
import type { NetworkNamespace } from "./namespace.ts";
import type { Qdisc } from "./qdisc.ts";
import type { U32Table } from "./u32_table.ts";

/** Sentences, one for each thing that is not as it must be. */
type Faults = Generator<string>;

/**
 * Finds everything about a machine that is not as it must be.
 *
 * @param machine The machine.
 * @returns One sentence each: what is broken, and where.
 */
export function brokenInvariants(machine: Machine): string[] {
  return [...machineFaults(machine)];
}

/**
 * Checks a machine.
 *
 * @param machine The machine.
 * @throws {BrokenInvariant} If anything about it is not as it must be, with the first such thing.
 */
export function checkInvariants(machine: Machine): void {
  for (const fault of machineFaults(machine)) throw new BrokenInvariant(fault);
}

function* machineFaults(machine: Machine): Faults {
  yield* holderFaults(machine);
  for (const namespace of machine.namespaces) {
    const where = `namespace ${namespace.inode}`;
    for (const fault of namespaceFaults(namespace)) yield `${fault} in ${where}`;
    for (const link of namespace.links) {
      for (const fault of linkFaults(link)) yield `${fault} on ${link.name} in ${where}`;
    }
  }
}

/** Who keeps namespaces alive. */
function* holderFaults(machine: Machine): Faults {
  const held = new Set<NetworkNamespace>([machine.initial, machine.home]);
  for (const [pid, process] of machine.processes) {
    if (process.pid !== pid) yield `process ${process.pid} is listed as ${pid}`;
    if (!process.isAlive) yield `process ${pid} has ended and is still listed`;
    if (!machine.namespaces.has(process.namespace)) yield `process ${pid} is in a dead namespace`;
    held.add(process.namespace);
  }
  for (const { path, inode } of machine.files.handles()) {
    const namespace = machine.namespaceByInode(inode);
    if (namespace === undefined) yield `the handle ${path} leads to a dead namespace`;
    else held.add(namespace);
    if (!machine.files.hasHandleOf(inode)) yield `the handle ${path} is not counted`;
  }
  for (const namespace of machine.namespaces) {
    if (!namespace.isAlive) yield `namespace ${namespace.inode} is dead and still listed`;
    if (!held.has(namespace)) yield `namespace ${namespace.inode} lives, and nothing holds it`;
  }
}

function* namespaceFaults(namespace: NetworkNamespace): Faults {
  const indexes = new Set<number>();
  const names = new Set<string>();
  for (const link of namespace.links) {
    if (link.namespace !== namespace) yield `${link.name} is listed where it does not live`;
    if (indexes.has(link.index)) yield `the index ${link.index} belongs to two links`;
    if (names.has(link.name)) yield `the name ${link.name} belongs to two links`;
    if (namespace.linkByName(link.name) !== link) yield `${link.name} is not found by its name`;
    if (namespace.linkByIndex(link.index) !== link) yield `${link.name} is not found by its index`;
    indexes.add(link.index);
    names.add(link.name);
  }
  for (const table of namespace.routes.tables) {
    for (const { link } of namespace.routes.table(table)) {
      if (link !== undefined && !isListed(link, namespace)) {
        yield `a route of table ${table} leads over ${link.name}, which is not there`;
      }
    }
  }
  for (const { link } of namespace.neighbours.entries()) {
    if (!isListed(link, namespace)) yield `a neighbour is behind ${link.name}, which is not there`;
  }
  for (const other of namespace.peerIds.keys()) {
    if (!other.isAlive) yield `the dead namespace ${other.inode} has a number`;
  }
  for (const { process, localPort } of namespace.sockets.entries()) {
    if (process?.isAlive === false) {
      yield `the socket on port ${localPort} is held by a dead process`;
    }
  }
  yield* actionFaults(namespace);
}

function isListed(link: Link, namespace: NetworkNamespace): boolean {
  return namespace.linkByIndex(link.index) === link;
}

/** Actions count the filters that use them. */
function* actionFaults(namespace: NetworkNamespace): Faults {
  const users = new Map<Action, number>();
  for (const node of nodesOf(namespace)) {
    for (const action of node.spec.actions) users.set(action, (users.get(action) ?? 0) + 1);
  }
  const known = new Set<Action>();
  for (const [kind, { actions }] of namespace.actions) {
    for (const [index, action] of actions) {
      const name = `action ${kind} index ${index}`;
      known.add(action);
      if (action.index !== index) yield `${name} calls itself ${action.index}`;
      const used = users.get(action) ?? 0;
      if (action.bindCount !== used) yield `${name} counts ${action.bindCount} users of ${used}`;
      if (action.referenceCount < action.bindCount) yield `${name} has fewer references than users`;
      const target = action.parameters.kind === "mirred" ? action.parameters.target : undefined;
      if (target !== undefined && !isListed(target, namespace)) {
        yield `${name} sends to ${target.name}, which is not there`;
      }
      if (target?.actionsToIt.has(action) === false) yield `${name} is unknown to its target`;
    }
  }
  for (const { kind, index } of users.keys().filter((action) => !known.has(action))) {
    yield `a filter uses action ${kind} index ${index}, which is not there`;
  }
}

function* nodesOf(namespace: NetworkNamespace) {
  for (const link of namespace.links) {
    for (const qdisc of link.qdiscs.values()) {
      for (const table of qdisc.u32.tables.values()) yield* table.nodes();
    }
  }
}

function* linkFaults(link: Link): Faults {
  const { peer } = link;
  if (peer !== undefined) {
    if (peer.peer !== link) yield `its peer ${peer.name} has another peer`;
    if (!isListed(peer, peer.namespace)) yield `its peer ${peer.name} is gone`;
    if (!peer.namespace.isAlive) yield `its peer ${peer.name} is in a dead namespace`;
  }
  if (link.kind === "veth" && peer === undefined) yield "a veth has no peer";
  if (link.isUp && link.root === undefined) yield "a link is up without a root qdisc";
  const reachable = new Set<Qdisc>();
  for (const top of [link.root, link.ingress]) {
    if (top !== undefined) collect(top, reachable);
  }
  for (const [handle, qdisc] of link.qdiscs) {
    const name = `qdisc ${formatHandle(handle)}`;
    if (qdisc.handle !== handle) yield `${name} calls itself ${formatHandle(qdisc.handle)}`;
    if (qdisc.link !== link) yield `${name} stands on ${qdisc.link.name}`;
    if (!reachable.has(qdisc)) yield `${name} hangs nowhere`;
    for (const fault of qdiscFaults(qdisc)) yield `${fault} in ${name}`;
  }
  for (const qdisc of reachable) {
    if (qdisc.handle !== 0 && link.qdiscs.get(qdisc.handle) !== qdisc) {
      yield `qdisc ${formatHandle(qdisc.handle)} is not found by its handle`;
    }
  }
}

function collect(qdisc: Qdisc, into: Set<Qdisc>): void {
  into.add(qdisc);
  for (const leaf of qdisc.leaves.values()) collect(leaf, into);
}

function* qdiscFaults(qdisc: Qdisc): Faults {
  for (const [parent, leaf] of qdisc.leaves) {
    const name = `leaf qdisc ${formatHandle(leaf.handle)}`;
    // A tbf's one class is not listed anywhere.
    if (qdisc.kind === "htb" && !qdisc.classes.has(parent)) yield `${name} hangs on no class`;
    if (leaf.parent !== parent) yield `${name} names another parent`;
  }
  const listed = new Set(qdisc.classHash.handles());
  for (const [handle, each] of qdisc.classes) {
    const name = `class ${formatHandle(handle)}`;
    if (each.handle !== handle) yield `${name} calls itself ${formatHandle(each.handle)}`;
    if (qdiscHandleOf(handle) !== qdisc.handle) yield `${name} has another qdisc's handle`;
    if (!listed.delete(handle)) yield `${name} is not listed`;
    const { parent } = each;
    if (parent !== undefined && qdisc.classes.get(parent.handle) !== parent) {
      yield `${name} has a parent that is gone`;
    }
    if (parent?.children.has(each) === false) yield `${name} is no child of its parent`;
    if (each.children.size > 0 && each.leaf !== undefined) yield `${name} has children and a leaf`;
    yield* blockFaults(each.filters);
  }
  for (const handle of listed) yield `class ${formatHandle(handle)} is listed and gone`;
  yield* blockFaults(qdisc.filters);
  yield* blockFaults(qdisc.egressFilters);
  yield* tableFaults(qdisc);
}

/** Filters of a block stand in tables of its qdisc. */
function* blockFaults(block: FilterBlock): Faults {
  let last = 0;
  for (const { priority, root } of block.classifiers) {
    if (priority <= last) yield `priority ${priority} stands behind ${last}`;
    last = priority;
    if (block.qdisc.u32.tables.get(root.handle) !== root) {
      yield `the filters of priority ${priority} have no root table`;
    }
  }
}

function* tableFaults(qdisc: Qdisc): Faults {
  const { tables } = qdisc.u32;
  const links = new Map<U32Table, number>();
  for (const [handle, table] of tables) {
    const name = `table ${table.id.toString(16)}:`;
    if (table.handle !== handle) yield `${name} is listed as ${(handle >>> 20).toString(16)}:`;
    for (const node of table.nodes()) {
      const { link } = node.spec;
      if (node.table !== table) yield `${name} holds a rule of another table`;
      if (node.bucket >= table.divisor) yield `${name} has no bucket ${node.bucket}`;
      if (link === undefined) continue;
      links.set(link, (links.get(link) ?? 0) + 1);
      if (tables.get(link.handle) !== link) yield `a rule of ${name} leads to a table that is gone`;
    }
  }
  for (const table of tables.values()) {
    const count = links.get(table) ?? 0;
    if (table.linkCount !== count) {
      yield `table ${table.id.toString(16)}: counts ${table.linkCount} links of ${count}`;
    }
  }
}
