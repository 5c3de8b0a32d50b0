import { type Interval, IntervalSet } from "../../../src/ports/mod.ts";
import type { Place, Speech } from "./speech.ts";

/** Ports that tenants ask for. */
export const TENANT_PORTS: Interval = { begin: 31_000, end: 31_255 };

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
      const isOwn = isOf(tenant, port);
      const isUnsure = tenant.unsure !== undefined && (isOwn || tenant.unsure.contains(port));
      if (isUnsure) may.push(tenant);
      else if (isOwn) must = tenant;
    }
    return { must, may };
  }

  /**
   * Tells who, besides a speaker, must hear what he says while everybody listens. A container that
   * speaks from a port that is not its own is heard by nobody else: all that comes back to it, if
   * anywhere.
   *
   * @param speech What is said; of a container that speaks, nothing may be uncertain.
   * @returns They, with the speaker where he speaks to himself; undefined where nobody can tell.
   */
  hearersOf({ from, sourcePort, to, port }: Speech): readonly Place[] | undefined {
    const speaker = this.all.find(({ process }) => process.pid === from);
    if (speaker !== undefined && !isOf(speaker, sourcePort)) return [];
    if (to === "outside") return [to];
    const { must: owner, may } = this.ownersOf(port);
    if (may.length > 0) return undefined;
    if (owner === undefined) return ["host"];
    return owner.isAlive ? [owner.process.pid] : [];
  }

  /** Ports that somebody has or may have. */
  get taken(): IntervalSet {
    return this.all.reduce(
      (sum, { ports, unsure = IntervalSet.of() }) => sum.union(ports).union(unsure),
      IntervalSet.of(),
    );
  }
}

function isOf({ ports, ephemeralPorts: { begin, end } }: Tenant, port: number): boolean {
  return ports.contains(port) || (begin <= port && port <= end);
}
