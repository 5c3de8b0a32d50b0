import { type Interval, IntervalSet } from "../../../src/ports/mod.ts";

/** A process that the life started. */
export interface LifeProcess {
  /** Its id. */
  readonly pid: number;
  /** Kills it. */
  kill(): Promise<void>;
}

/** A container as it should be, whatever the isolator thinks. */
export interface Tenant {
  /** Its id. */
  readonly id: string;
  /** Its process. */
  readonly process: LifeProcess;
  /** Whether that still runs. */
  isAlive: boolean;
  /** Ports that it asked for and was given. */
  ports: IntervalSet;
  /** Its ephemeral ports. */
  readonly ephemeralPorts: Interval;
  /**
   * Ports of which nobody can tell whether it has them, since an operation on it failed half way;
   * undefined where all is certain.
   */
  unsure?: IntervalSet;
  /** Whether it was taken away in part, so that only cleanup still works on it. */
  isLeaving?: boolean;
}

/** Who should have what: the independent model of a host, which never looks at it. */
export class Tenants {
  readonly #byId = new Map<string, Tenant>();

  /** All of them, in the order of their coming. */
  get all(): readonly Tenant[] {
    return [...this.#byId.values()];
  }

  /** Those of whom nothing is uncertain. */
  get certain(): readonly Tenant[] {
    return this.all.filter(({ unsure }) => unsure === undefined);
  }

  /**
   * Finds one.
   *
   * @param id Its id.
   */
  find(id: string): Tenant | undefined {
    return this.#byId.get(id);
  }

  /**
   * Takes one in.
   *
   * @param tenant It.
   */
  add(tenant: Tenant): void {
    this.#byId.set(tenant.id, tenant);
  }

  /**
   * Forgets one.
   *
   * @param id Its id.
   */
  remove(id: string): void {
    this.#byId.delete(id);
  }

  /**
   * Tells who must get the packets to a port, and who may.
   *
   * @param port The port.
   */
  ownersOf(port: number): { readonly must: Tenant | undefined; readonly may: readonly Tenant[] } {
    const may: Tenant[] = [];
    let must: Tenant | undefined;
    for (const tenant of this.#byId.values()) {
      const { begin, end } = tenant.ephemeralPorts;
      const isOwn = tenant.ports.contains(port) || (begin <= port && port <= end);
      const isUnsure = tenant.unsure !== undefined && (isOwn || tenant.unsure.contains(port));
      if (isUnsure) may.push(tenant);
      else if (isOwn) must = tenant;
    }
    return { must, may };
  }

  /** Ports that somebody has or may have. */
  get taken(): IntervalSet {
    return this.all.reduce(
      (sum, { ports, unsure = IntervalSet.of() }) => sum.union(ports).union(unsure),
      IntervalSet.of(),
    );
  }
}
