import { invariant, present } from "../model/invariant.ts";
import type { Packet } from "../path/packet.ts";
import { NS_PER_SECOND } from "../time/virtual_clock.ts";
import { ClassRing } from "./class_ring.ts";
import { HtbEvents } from "./htb_events.ts";
import { type HtbNode, LEVELS, PRIORITIES } from "./htb_node.ts";

/** Turns of a search for a leaf; the kernel gives up after as many. */
const SEARCH_STEPS_MAX = 65535;

/**
 * Who of the classes of an `htb` may send, and whose turn it is. At each level and priority stands a
 * row of classes that can send on their own tokens; those that may borrow feed the class above
 * them; those that wait for tokens have an event at which their mode changes.
 */
export class HtbTree {
  /** Priorities in use at each level, as bits. */
  readonly activity: number[] = new Array(LEVELS).fill(0);
  readonly #countOverlimit: () => void;
  readonly #rows: readonly ClassRing<HtbNode>[];
  readonly #events: readonly HtbEvents[];
  readonly #nearestNs: number[] = new Array(LEVELS).fill(0);
  readonly #path: ClassRing<HtbNode>[] = [];

  /** @param countOverlimit Counts that some class cannot send any more. */
  constructor(countOverlimit: () => void) {
    this.#countOverlimit = countOverlimit;
    this.#rows = Array.from({ length: LEVELS * PRIORITIES }, () => new ClassRing<HtbNode>());
    this.#events = Array.from({ length: LEVELS }, () => new HtbEvents());
  }

  /**
   * The row of a level and a priority.
   *
   * @param level 0 to 7.
   * @param priority 0 to 7.
   */
  row(level: number, priority: number): ClassRing<HtbNode> {
    return present(this.#rows[level * PRIORITIES + priority], "every level has its rows");
  }

  /** @param leaf A leaf that has something to send. */
  activate(leaf: HtbNode): void {
    if (leaf.activity !== 0) return;
    leaf.activity = 1 << leaf.parameters.priority;
    this.#join(leaf);
  }

  /** @param leaf A leaf that has nothing to send any more. */
  deactivate(leaf: HtbNode): void {
    if (leaf.activity === 0) return;
    this.#part(leaf);
    leaf.activity = 0;
  }

  /** @param node A class that is removed, or changes its level. */
  forget(node: HtbNode): void {
    this.deactivate(node);
    if (node.mode !== "can send") this.#events[node.level]?.remove(node);
    node.mode = "can send";
  }

  /**
   * Pays for a packet that has left, from its leaf upwards, and changes modes where tokens say so.
   *
   * @param leaf The leaf.
   * @param packet The packet.
   * @param level Level of the class whose tokens let it go.
   * @param nowNs The time.
   */
  settle(leaf: HtbNode, packet: Packet, level: number, nowNs: number): void {
    for (let node: HtbNode | undefined = leaf; node !== undefined; node = node.parent) {
      node.charge(packet, level, nowNs);
      const before = node.mode;
      this.#changeMode(node, 0);
      if (before === node.mode) continue;
      if (before !== "can send") this.#events[node.level]?.remove(node);
      if (node.mode !== "can send") this.#await(node, node.delayNs(0), nowNs);
    }
  }

  /**
   * Changes the modes of a level whose time has come.
   *
   * @param level The level.
   * @param nowNs The time.
   * @returns When the next one changes, at most.
   */
  doEvents(level: number, nowNs: number): number {
    const nearestNs = this.#nearestNs[level] ?? 0;
    if (nowNs < nearestNs) return nearestNs;
    const events = present(this.#events[level], "every level has its events");
    for (let node = events.first; node !== undefined; node = events.first) {
      if (node.eventNs > nowNs) break;
      events.remove(node);
      const earnedNs = node.earnedNs(nowNs);
      this.#changeMode(node, earnedNs);
      if (node.mode !== "can send") this.#await(node, node.delayNs(earnedNs), nowNs);
    }
    const nextNs = events.first?.eventNs ?? nowNs + NS_PER_SECOND;
    this.#nearestNs[level] = nextNs;
    return nextNs;
  }

  /**
   * Finds the leaf whose turn it is in a row.
   *
   * @param row The row.
   * @param priority Its priority.
   * @returns The leaf; undefined where the row is empty.
   */
  leafOf(row: ClassRing<HtbNode>, priority: number): HtbNode | undefined {
    if (row.isEmpty) return undefined;
    const path = this.#path;
    path[0] = row;
    let depth = 0;
    for (let steps = 0; steps < SEARCH_STEPS_MAX; steps++) {
      const ring = present(path[depth], "the way to a leaf has rings only");
      const node = ring.turn();
      if (node === undefined) {
        ring.rewind();
        if (depth > 0) path[--depth]?.advance();
      } else if (node.level === 0) return node;
      else path[++depth] = node.feed(priority);
    }
    invariant(false, "a row that is not empty leads to a leaf");
  }

  #changeMode(node: HtbNode, earnedNs: number): void {
    const mode = node.modeAfter(earnedNs);
    if (mode === node.mode) return;
    if (mode === "cannot send") {
      node.cls.counters.overlimits += 1;
      this.#countOverlimit();
    }
    if (node.activity !== 0 && node.mode !== "cannot send") this.#part(node);
    node.mode = mode;
    if (node.activity !== 0 && mode !== "cannot send") this.#join(node);
  }

  #await(node: HtbNode, delayNs: number, nowNs: number): void {
    node.eventNs = nowNs + Math.max(1, delayNs);
    const nearestNs = this.#nearestNs[node.level] ?? 0;
    if (nearestNs > node.eventNs) this.#nearestNs[node.level] = node.eventNs;
    this.#events[node.level]?.insert(node);
  }

  /** Joins the row of its level, or feeds the class above it, and so on upwards. */
  #join(from: HtbNode): void {
    let node = from;
    let mask = node.activity;
    while (node.mode === "may borrow" && node.parent !== undefined && mask !== 0) {
      const { parent } = node;
      for (let priority = 0; priority < PRIORITIES; priority++) {
        const bit = 1 << priority;
        if ((mask & bit) === 0) continue;
        const feed = parent.feed(priority);
        // Whoever feeds it already has made it known further up.
        if (!feed.isEmpty) mask &= ~bit;
        feed.insert(node);
      }
      parent.activity |= mask;
      node = parent;
    }
    if (node.mode !== "can send") return;
    this.activity[node.level] = (this.activity[node.level] ?? 0) | mask;
    for (let priority = 0; priority < PRIORITIES; priority++) {
      if ((mask & 1 << priority) !== 0) this.row(node.level, priority).insert(node);
    }
  }

  /** Undoes {@linkcode #join}; the mode of the class is still the old one. */
  #part(from: HtbNode): void {
    let node = from;
    let mask = node.activity;
    while (node.mode === "may borrow" && node.parent !== undefined && mask !== 0) {
      const { parent } = node;
      let idle = 0;
      for (let priority = 0; priority < PRIORITIES; priority++) {
        if ((mask & 1 << priority) === 0) continue;
        const feed = parent.feed(priority);
        feed.leave(node);
        if (feed.isEmpty) idle |= 1 << priority;
      }
      parent.activity &= ~idle;
      mask = idle;
      node = parent;
    }
    if (node.mode !== "can send") return;
    for (let priority = 0; priority < PRIORITIES; priority++) {
      if ((mask & 1 << priority) === 0) continue;
      const row = this.row(node.level, priority);
      row.remove(node);
      if (!row.isEmpty) mask &= ~(1 << priority);
    }
    this.activity[node.level] = (this.activity[node.level] ?? 0) & ~mask;
  }
}
