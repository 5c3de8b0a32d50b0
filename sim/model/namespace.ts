import type { Action } from "./action.ts";
import type { ActionTable } from "./actions.ts";
import { invariant } from "./invariant.ts";
import { Link } from "./link.ts";
import type { Machine } from "./machine.ts";
import { NeighbourTable } from "./neighbour.ts";
import { RouteTables } from "./route.ts";
import { Snmp } from "./snmp.ts";
import { SocketTable } from "./socket.ts";
import { Sysctls } from "./sysctls.ts";

/** A network namespace: a whole network of its own. */
export class NetworkNamespace {
  readonly machine: Machine;
  /** Inode number of its handles: how the kernel tells namespaces apart. */
  readonly inode: number;
  readonly routes: RouteTables = new RouteTables();
  readonly neighbours: NeighbourTable = new NeighbourTable();
  readonly sockets: SocketTable = new SocketTable();
  readonly snmp: Snmp = new Snmp();
  readonly sysctls: Sysctls;
  /** Actions by kind. */
  readonly actions: Map<Action["kind"], ActionTable> = new Map();
  /** Small numbers by which this namespace knows others (`link-netnsid`). */
  readonly peerIds: Map<NetworkNamespace, number> = new Map();
  /** Whether it still exists. */
  isAlive = true;
  readonly #byIndex: Map<number, Link> = new Map();
  readonly #byName: Map<string, Link> = new Map();
  #lastIndex = 0;

  /**
   * @param machine The machine it is on.
   * @param inode Inode number of its handles.
   */
  constructor(machine: Machine, inode: number) {
    this.machine = machine;
    this.inode = inode;
    this.sysctls = new Sysctls(this);
    const place = { namespace: this, index: this.takeIndex(), name: "lo" };
    this.insertLink(new Link("loopback", place, { mac: 0, mtu: 65536 }));
  }

  /** Its links by index, ascending: the order of a listing. */
  get links(): readonly Link[] {
    return [...this.#byIndex.values()].sort((a, b) => a.index - b.index);
  }

  /** Number of its links. */
  get linkCount(): number {
    return this.#byIndex.size;
  }

  /** `lo`. */
  get loopback(): Link {
    const link = this.#byIndex.get(1);
    invariant(link !== undefined, "every namespace has a loopback");
    return link;
  }

  /** @param name Name of a link. @returns The link, if there is one. */
  linkByName(name: string): Link | undefined {
    return this.#byName.get(name);
  }

  /** @param index Number of a link. @returns The link, if there is one. */
  linkByIndex(index: number): Link | undefined {
    return this.#byIndex.get(index);
  }

  /** @param index A number. @returns Whether no link of this namespace has it. */
  isIndexFree(index: number): boolean {
    return !this.#byIndex.has(index);
  }

  /** @returns A number that no link of this namespace has had. */
  takeIndex(): number {
    do this.#lastIndex += 1; while (this.#byIndex.has(this.#lastIndex));
    return this.#lastIndex;
  }

  /** @param link A link whose place is here. */
  insertLink(link: Link): void {
    invariant(link.namespace === this, "a link is listed where it lives");
    invariant(!this.#byIndex.has(link.index), `index ${link.index} belongs to one link`);
    invariant(!this.#byName.has(link.name), `the name ${link.name} belongs to one link`);
    this.#byIndex.set(link.index, link);
    this.#byName.set(link.name, link);
  }

  /** @param link A link that leaves. */
  removeLink(link: Link): void {
    invariant(this.#byIndex.get(link.index) === link, "a removed link was listed");
    this.#byIndex.delete(link.index);
    this.#byName.delete(link.name);
  }

  /**
   * Names another namespace by a small number; the first time, the lowest free one.
   *
   * @param other A namespace that a link's other end is in.
   */
  peerId(other: NetworkNamespace): number {
    const known = this.peerIds.get(other);
    if (known !== undefined) return known;
    const taken = new Set(this.peerIds.values());
    let id = 0;
    while (taken.has(id)) id += 1;
    this.peerIds.set(other, id);
    return id;
  }

  /** @param link One of its links. @param name Its new name, which no other one has. */
  renameLink(link: Link, name: string): void {
    this.removeLink(link);
    link.moveTo({ namespace: this, index: link.index, name });
    this.insertLink(link);
  }
}
