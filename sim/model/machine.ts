import { DEFAULT_FEATURES, type Feature } from "./features.ts";
import { FileTree } from "./file_tree.ts";
import { invariant } from "./invariant.ts";
import type { Link } from "./link.ts";
import { Mounts } from "./mounts.ts";
import { NetworkNamespace } from "./namespace.ts";
import { destroyNamespace } from "./namespace_death.ts";
import { Process } from "./process.ts";
import type { Qdisc } from "./qdisc.ts";

/** What the model needs of the simulation's clock. */
export interface Clock {
  /** Nanoseconds since the simulation began. */
  readonly nowNs: number;
}

/** What the model needs of the simulation's chance. */
export interface Random {
  /** @returns The next number, 0 to 2^32 - 1. */
  nextUint32(): number;
}

/** Whoever wants to know what changed: the dynamics. */
export interface MachineObserver {
  /** A link was made, changed, moved or taken away. */
  linkChanged?(link: Link, change: "added" | "up" | "down" | "changed" | "moved" | "removed"): void;
  /** A qdisc was put on a link, changed or taken away. */
  qdiscChanged?(qdisc: Qdisc, change: "added" | "changed" | "removed"): void;
  /** A process ended. */
  processEnded?(process: Process): void;
  /** A namespace died; its sockets with it. */
  namespaceDied?(namespace: NetworkNamespace): void;
}

/** How a {@linkcode Machine} is made. */
export interface MachineOptions {
  /** Its name, for traces; `host` when left out. */
  readonly name?: string;
  /** Kinds of traffic control that its kernel was built with. */
  readonly features?: ReadonlySet<Feature>;
  /** Processors, which set how many queues a veth has; 2 when left out. */
  readonly cpuCount?: number;
  /** Whether commands work in a namespace of their own rather than in the first one. */
  readonly isSandboxed?: boolean;
  readonly clock: Clock;
  readonly random: Random;
}

/** Inode numbers of namespaces count up from here, as on a real machine. */
const FIRST_NAMESPACE_INODE = 4026531840;

/** One computer: its namespaces, its processes and its files. */
export class Machine {
  readonly name: string;
  readonly features: ReadonlySet<Feature>;
  readonly cpuCount: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly files: FileTree = new FileTree();
  readonly mounts: Mounts = new Mounts();
  /** The namespace that the machine booted with; new ones take sysctls from it. */
  readonly initial: NetworkNamespace;
  /** The namespace that commands work in when they name none. */
  readonly home: NetworkNamespace;
  readonly observers: Set<MachineObserver> = new Set();
  readonly #namespaces: Set<NetworkNamespace> = new Set();
  readonly #byInode: Map<number, NetworkNamespace> = new Map();
  readonly #processes: Map<number, Process> = new Map();
  #nextInode = FIRST_NAMESPACE_INODE;
  #nextPid = 1000;
  #lastQdiscMajor = 0x8000;

  /** @param options What it is made of. */
  constructor(options: MachineOptions) {
    this.name = options.name ?? "host";
    this.features = options.features ?? DEFAULT_FEATURES;
    this.cpuCount = options.cpuCount ?? 2;
    this.clock = options.clock;
    this.random = options.random;
    this.initial = this.#newNamespace();
    this.home = options.isSandboxed ? this.#newNamespace() : this.initial;
    this.startProcess({ name: "init", namespace: this.initial, pid: 1 });
  }

  /** Living namespaces, in the order of their making. */
  get namespaces(): ReadonlySet<NetworkNamespace> {
    return this.#namespaces;
  }

  /** Living processes, by process id. */
  get processes(): ReadonlyMap<number, Process> {
    return this.#processes;
  }

  /** @param inode Inode number. @returns The namespace, if it lives. */
  namespaceByInode(inode: number): NetworkNamespace | undefined {
    return this.#byInode.get(inode);
  }

  /**
   * Starts a process.
   *
   * @param spec Its program's name (`sleep` when left out); the namespace it shares, or `"new"`
   * for one of its own; its process id, the next free one when left out.
   */
  startProcess(
    spec: {
      readonly name?: string;
      readonly namespace: NetworkNamespace | "new";
      readonly pid?: number;
    },
  ): Process {
    const pid = spec.pid ?? this.#freePid();
    const process = new Process(pid, {
      name: spec.name ?? "sleep",
      namespace: spec.namespace === "new" ? this.#newNamespace() : spec.namespace,
      hasOwnMounts: spec.namespace === "new",
    });
    this.#processes.set(pid, process);
    return process;
  }

  /**
   * Ends a process; a namespace that nothing else holds dies with it.
   *
   * @param process A process of this machine.
   */
  endProcess(process: Process): void {
    invariant(this.#processes.get(process.pid) === process, "an ended process was running");
    process.isAlive = false;
    this.#processes.delete(process.pid);
    for (const observer of this.observers) observer.processEnded?.(process);
    this.releaseNamespace(process.namespace);
  }

  /** @returns A namespace that nothing holds yet. */
  makeNamespace(): NetworkNamespace {
    return this.#newNamespace();
  }

  /**
   * Lets a namespace die if neither a process nor a bind-mounted handle holds it.
   *
   * @param namespace A namespace that has just lost a holder.
   */
  releaseNamespace(namespace: NetworkNamespace): void {
    if (namespace === this.initial || namespace === this.home || !namespace.isAlive) return;
    for (const process of this.#processes.values()) {
      if (process.namespace === namespace) return;
    }
    if (this.files.hasHandleOf(namespace.inode)) return;
    destroyNamespace(namespace);
    this.#namespaces.delete(namespace);
    this.#byInode.delete(namespace.inode);
    for (const observer of this.observers) observer.namespaceDied?.(namespace);
    invariant(namespace.sockets.size === 0, "sockets are in living namespaces alone");
  }

  /** @returns The next major number for a qdisc that was given none, 0x8001 to 0xfffe. */
  takeQdiscMajor(): number {
    this.#lastQdiscMajor = this.#lastQdiscMajor >= 0xfffe ? 0x8001 : this.#lastQdiscMajor + 1;
    return this.#lastQdiscMajor;
  }

  #freePid(): number {
    while (this.#processes.has(this.#nextPid)) this.#nextPid += 1;
    return this.#nextPid++;
  }

  #newNamespace(): NetworkNamespace {
    const namespace = new NetworkNamespace(this, this.#nextInode++);
    this.#namespaces.add(namespace);
    this.#byInode.set(namespace.inode, namespace);
    if (this.#namespaces.size > 1) namespace.sysctls.inherit();
    return namespace;
  }
}
