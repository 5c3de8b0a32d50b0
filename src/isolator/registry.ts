import { assert } from "@std/assert";
import { EphemeralPortsAllocator, type Interval, type IntervalSet } from "../ports/mod.ts";
import type { Container } from "./container.ts";
import { FlowIds } from "./flow.ts";
import { IsolatorError } from "./isolator_error.ts";
import type { IsolatorOptions } from "./options.ts";

/** A container that the isolator answers for, from `prepare` or recovery to `cleanup`. */
export interface Entry {
  /** Its id. */
  readonly id: string;
  /** Its process; undefined until it is isolated. */
  readonly pid?: number;
  /** Its ports that it was asked to have. */
  readonly ports: IntervalSet;
  /** Its ephemeral ports; undefined where a crash came before them. */
  readonly ephemeralPorts?: Interval;
  /** Its flow on the host's way out, where flows are unique. */
  readonly flow?: number;
  /** Its CPUs, where known. */
  readonly cpus?: number;
  /**
   * Where the kernel is known to hold exactly the filters that the hashed layout plans, so that
   * they can be named without being listed; undefined where that is not known.
   */
  readonly exact?: "host" | "both-sides";
}

/** An {@linkcode Entry} that has its network. */
export type IsolatedEntry = Entry & { readonly pid: number };

/** How much of something is used. */
export interface Share {
  /** How much. */
  readonly used: number;
  /** Of how much. */
  readonly total: number;
}

/** How much of what there is to give has been given. */
export interface Occupancy {
  /** Ephemeral ranges, one a container. */
  readonly ephemeralRanges: Share;
  /** Ports that containers ask for. */
  readonly ports: Share;
}

/** Who holds which ports and flows. What the kernel holds is what counts; this is its mirror. */
export class Registry {
  readonly #entries = new Map<string, Entry>();
  readonly #unmanaged = new Set<string>();
  readonly #ephemeral: EphemeralPortsAllocator;
  readonly #flows = new FlowIds();
  readonly #managed: IntervalSet;

  /**
   * Makes an empty registry.
   *
   * @param options The ports that there are to give.
   */
  constructor(
    options: Pick<IsolatorOptions, "ports" | "ephemeralPorts" | "ephemeralPortsPerContainer">,
  ) {
    this.#managed = options.ports;
    this.#ephemeral = new EphemeralPortsAllocator(
      options.ephemeralPorts,
      options.ephemeralPortsPerContainer,
    );
  }

  /** All containers, in the order in which they came. */
  get entries(): readonly Entry[] {
    return [...this.#entries.values()];
  }

  /** How much of what there is to give has been given. */
  get occupancy(): Occupancy {
    const held = this.entries.map(({ ports }) => ports.size);
    return {
      ephemeralRanges: { used: this.#ephemeral.used, total: this.#ephemeral.capacity },
      ports: { used: held.reduce((sum, size) => sum + size, 0), total: this.#managed.size },
    };
  }

  /**
   * Looks a container up.
   *
   * @param id Its id.
   */
  find(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /**
   * Looks up a container that has its network.
   *
   * @param id Its id.
   * @throws {IsolatorError} With code `unknown-container`, `unmanaged-container` or `not-isolated`.
   */
  isolated(id: string): IsolatedEntry {
    const { pid, ...entry } = this.known(id);
    if (pid === undefined) {
      throw new IsolatorError("not-isolated", `${id} has no network yet; isolate it first`);
    }
    return { ...entry, pid };
  }

  /**
   * Looks up a container that was prepared or recovered.
   *
   * @param id Its id.
   * @throws {IsolatorError} With code `unknown-container` or `unmanaged-container`.
   */
  known(id: string): Entry {
    if (this.#unmanaged.has(id)) {
      throw new IsolatorError(
        "unmanaged-container",
        `${id} runs without a network of ours, since before isolation was on; only cleanup takes it`,
      );
    }
    const entry = this.#entries.get(id);
    if (entry !== undefined) return entry;
    throw new IsolatorError("unknown-container", `There is no container "${id}"; see "berth list"`);
  }

  /**
   * Takes a new container in and gives it an ephemeral range.
   *
   * @param id Its id.
   * @param request The ports that it asks for, and its CPUs.
   * @throws {IsolatorError} With code `already-prepared`, `bad-ports` or `ports-taken`.
   * @throws {EphemeralPortsExhaustedError} If no ephemeral range is free.
   */
  add(
    id: string,
    request: { readonly ports: IntervalSet; readonly cpus?: number },
  ): Entry & { readonly ephemeralPorts: Interval } {
    if (this.#entries.has(id) || this.#unmanaged.has(id)) {
      throw new IsolatorError(
        "already-prepared",
        `There is a container "${id}" already; clean it up first`,
      );
    }
    this.checkPorts(id, request.ports);
    const entry = { id, ...request, ephemeralPorts: this.#ephemeral.allocate() };
    this.#entries.set(id, entry);
    return entry;
  }

  /**
   * Checks that a container may have certain ports.
   *
   * @param id Its id.
   * @param ports The ports.
   * @throws {IsolatorError} With code `bad-ports` if some are not managed, `ports-taken` if some
   * are
   *   held by another container.
   */
  checkPorts(id: string, ports: IntervalSet): void {
    const foreign = ports.difference(this.#managed);
    if (!foreign.isEmpty) {
      throw new IsolatorError(
        "bad-ports",
        `The ports ${foreign} are not managed here; choose from ${this.#managed}`,
      );
    }
    for (const other of this.#entries.values()) {
      const taken = other.ports.intersection(ports);
      if (other.id === id || taken.isEmpty) continue;
      throw new IsolatorError(
        "ports-taken",
        `The ports ${taken} are held by ${other.id}; choose others, or clean it up`,
      );
    }
  }

  /**
   * Takes in a container that the kernel holds.
   *
   * @param container The container.
   * @returns The entry, and what of it clashes with another container, if anything.
   */
  adopt(container: Container & { readonly id: string }): {
    readonly entry: IsolatedEntry;
    readonly clash?: string;
  } {
    const { ephemeralPorts, flow } = container;
    const clashes: string[] = [];
    if (ephemeralPorts !== undefined && this.#ephemeral.isManaged(ephemeralPorts)) {
      try {
        this.#ephemeral.mark(ephemeralPorts);
      } catch (error) {
        assert(error instanceof RangeError, "marking fails only for what is taken");
        clashes.push(`its ephemeral ports ${ephemeralPorts.begin}-${ephemeralPorts.end}`);
      }
    }
    if (flow !== undefined && !this.#flows.mark(flow)) clashes.push(`its flow ${flow}`);
    const entry: IsolatedEntry = { ...container };
    this.#entries.set(entry.id, entry);
    return clashes.length === 0
      ? { entry }
      : { entry, clash: `${clashes.join(" and ")} also of another container` };
  }

  /**
   * Notes a container that runs without a network of ours.
   *
   * @param id Its id.
   */
  addUnmanaged(id: string): void {
    this.#unmanaged.add(id);
  }

  /**
   * Forgets a container that runs without a network of ours.
   *
   * @param id Its id.
   * @returns Whether it was one.
   */
  removeUnmanaged(id: string): boolean {
    return this.#unmanaged.delete(id);
  }

  /**
   * Replaces what is known of a container.
   *
   * @param entry What is known now.
   */
  replace(entry: Entry): void {
    assert(this.#entries.has(entry.id), "only a known container changes");
    this.#entries.set(entry.id, entry);
  }

  /**
   * Takes a flow.
   *
   * @returns The lowest free one.
   * @throws {IsolatorError} With code `flow-ids-exhausted`.
   */
  takeFlow(): number {
    return this.#flows.take();
  }

  /**
   * Gives a flow back.
   *
   * @param flow The flow; undefined for none.
   */
  releaseFlow(flow: number | undefined): void {
    if (flow !== undefined) this.#flows.release(flow);
  }

  /**
   * Forgets a container and takes its ports and flow back.
   *
   * @param id Its id.
   */
  delete(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.releaseFlow(entry.flow);
    const { ephemeralPorts } = entry;
    if (ephemeralPorts === undefined || !this.#ephemeral.isManaged(ephemeralPorts)) return;
    const shared = this.entries.some((other) =>
      other.ephemeralPorts !== undefined && other.ephemeralPorts.begin <= ephemeralPorts.end &&
      ephemeralPorts.begin <= other.ephemeralPorts.end
    );
    if (!shared) this.#ephemeral.deallocate(ephemeralPorts);
  }
}
