import { assert, assertEquals } from "@std/assert";
import type { Fault, Step } from "../../../sim/fault/fault.ts";
import { Isolator } from "../../../src/isolator/isolator.ts";
import { IntervalSet } from "../../../src/ports/mod.ts";
import type { Random } from "../../support/random.ts";
import { FAULT_KINDS } from "../fault/fault_table.ts";
import { optionsOf, type Setting, SETTINGS } from "../setting.ts";
import type { Ground } from "./ground.ts";
import { type Speech, speechName } from "./speech.ts";
import { SwitchKernel } from "./switch_kernel.ts";
import { type LifeProcess, type Tenant, Tenants } from "./tenants.ts";

/** Folders of what leads to containers. */
const HANDLES = "/var/run/netns";
const SYMLINKS = "/var/run/mesos/netns";

/** What befalls an operation. */
export type Mishap = "nothing" | "fault" | "crash";

/** Most steps of an operation that are let through before something goes wrong. */
const STEPS_BEFORE_MISHAP = 130;

/** A host over time: what is done to it, and what must then be so. */
export class Life {
  /** What it stands on. */
  readonly ground: Ground;
  /** Who should have what. */
  readonly tenants = new Tenants();
  /** Processes that are no containers, such as those that took a dead one's id. */
  readonly strays: LifeProcess[] = [];
  /** Priorities of filters that somebody else has on the public link. */
  readonly foreign = new Set<number>();
  /** What the operator decided. */
  setting: Setting;
  /** How many containers there were; for their names. */
  born = 0;
  readonly #kernel: SwitchKernel;
  #isolator: Isolator | undefined;

  private constructor(ground: Ground, setting: Setting) {
    this.ground = ground;
    this.setting = setting;
    this.#kernel = new SwitchKernel(ground.kernel);
  }

  /**
   * Begins a life.
   *
   * @param ground What it stands on, which has never seen Berth.
   * @param setting What the operator decided.
   */
  static async begin(ground: Ground, setting: Setting): Promise<Life> {
    const life = new Life(ground, setting);
    await life.restart(setting);
    return life;
  }

  /** The isolator of the process that runs now. */
  get isolator(): Isolator {
    assert(this.#isolator !== undefined, "an isolator runs");
    return this.#isolator;
  }

  /** Settings that this ground's kernel can do. */
  get settings(): readonly Setting[] {
    return SETTINGS.filter(({ hasUniqueFlows }) => this.ground.kind === "sim" || !hasUniqueFlows);
  }

  /**
   * Ends the isolator's process, and lets a new one recover.
   *
   * @param setting What the operator decides for it.
   */
  async restart(setting: Setting): Promise<void> {
    const isSame = setting === this.setting;
    const wasCertain = this.tenants.all.every(({ unsure }) => unsure === undefined);
    this.setting = setting;
    this.#isolator = await Isolator.create(optionsOf(setting), this.#kernel);
    const report = await this.#isolator.recover();
    assertEquals(report.problems, [], "problems of recovery");
    const found = new Set([...report.recovered, ...report.partial]);
    for (const tenant of this.tenants.all) {
      if (!tenant.isAlive) this.tenants.remove(tenant.id);
      else if (tenant.unsure !== undefined) {
        this.#settle(tenant, report.partial.includes(tenant.id));
      }
    }
    assertEquals([...found].sort(), this.tenants.all.map(({ id }) => id).sort(), "recovered");
    if (isSame && wasCertain) assertEquals(report.mendedFilters, 0, "filters that were mended");
    for (const { id, ports, ephemeralPorts } of this.tenants.all) {
      const entry = this.isolator.containers.find((each) => each.id === id);
      assertEquals(entry?.ports.toString(), ports.toString(), `ports of ${id}`);
      if (!report.partial.includes(id)) {
        assertEquals(entry?.ephemeralPorts, ephemeralPorts, `ephemeral ports of ${id}`);
      }
    }
  }

  /** Takes over what recovery says of a tenant that an operation left half way. */
  #settle(tenant: Tenant, isPartial: boolean): void {
    const entry = this.isolator.containers.find(({ id }) => id === tenant.id);
    const allowed = tenant.ports.union(tenant.unsure ?? IntervalSet.of());
    delete tenant.unsure;
    delete tenant.isLeaving;
    if (entry === undefined) return this.tenants.remove(tenant.id);
    assert(allowed.contains(entry.ports), `${tenant.id} has ${entry.ports} out of ${allowed}`);
    tenant.ports = entry.ports;
    if (!isPartial) return;
    tenant.unsure = allowed;
    tenant.isLeaving = true;
  }

  /**
   * Does something, to which something may befall.
   *
   * @param mishap What befalls it.
   * @param random Chooses where.
   * @param act What is done.
   * @returns Whether it was done, failed, or cost the process its life.
   */
  async attempt(
    mishap: Mishap,
    random: Random,
    act: () => Promise<unknown>,
  ): Promise<"done" | "failed" | "died"> {
    if (mishap === "nothing") {
      await act();
      return "done";
    }
    const { end, error } = await this.#kernel.during(faultAt(mishap, random), act);
    if (end === "failed") {
      assert(error instanceof Error && !error.message.includes("\n"), `${error}`);
    }
    return end;
  }

  /** Checks who is where: links, handles and symbolic links. */
  async check(): Promise<void> {
    const certain = this.tenants.certain;
    const unsure = this.tenants.all.filter((tenant) => tenant.unsure !== undefined);
    const compare = (what: string, there: readonly string[], name: (tenant: Tenant) => string) => {
      const maybe = new Set(unsure.map(name));
      assertEquals(
        there.filter((each) => !maybe.has(each)).sort(),
        certain.map(name).sort(),
        `${what} of containers`,
      );
    };
    const veths = (await this.ground.links()).filter((link) => link.startsWith("mesos"));
    compare("links", veths, ({ process }) => `mesos${process.pid}`);
    const { kernel } = this.ground;
    const handles = (await kernel.readDirectory(HANDLES)).filter((name) => /^\d+$/.test(name));
    compare("handles", handles, ({ process }) => `${process.pid}`);
    compare("symbolic links", await kernel.readDirectory(SYMLINKS), ({ id }) => id);
  }

  /**
   * Sends a datagram to a port, and checks that it reached its owner and nobody else.
   *
   * @param port The port.
   */
  async probe(port: number): Promise<void> {
    const { must, may } = this.tenants.ownersOf(port);
    const name = ({ process }: Tenant) => `mesos${process.pid}`;
    const maybe = new Set(may.map(name));
    const wanted = must === undefined ? [] : [name(must)];
    let got: string[] = [];
    // A real kernel sends something of its own now and then: once more tells.
    for (let attempt = 0; attempt < (this.ground.kind === "sim" ? 1 : 3); attempt++) {
      got = (await this.ground.send(port)).filter((link) =>
        !maybe.has(link) || wanted.includes(link)
      );
      if (got.join() === wanted.join()) return;
    }
    assertEquals(got, wanted, `who got the packet to port ${port}`);
  }

  /**
   * Lets somebody speak while everybody listens, and checks who hears it, and that he is answered.
   *
   * @param speech What is said.
   */
  converse(speech: Speech): void {
    const hearers = this.tenants.hearersOf(speech);
    if (hearers === undefined || speech.port === speech.sourcePort) return;
    const alive = this.tenants.all.filter(({ isAlive }) => isAlive);
    const everybody = ["host", "outside", ...alive.map(({ process }) => process.pid)] as const;
    const heard = this.ground.speak?.(speech, everybody);
    if (heard === undefined) return;
    const isHeard = hearers.length > 0;
    const by = isHeard ? heard.by : heard.by.filter((place) => place !== speech.from);
    assertEquals(by, hearers, `who heard ${speechName(speech)}`);
    assert(heard.isAnswered || !isHeard, `no answer to ${speechName(speech)}`);
  }
}

function faultAt(mishap: "fault" | "crash", random: Random): Fault {
  const nth = 1 + random.below(random.pick([5, 30, STEPS_BEFORE_MISHAP]));
  const when = random.pick(["before", "after"] as const);
  if (mishap === "crash") {
    const match = ({ effect }: Step) => effect === "change";
    return { match, nth, when, outcome: { kind: "crash" } };
  }
  const { fault, canHappenAt } = random.pick(FAULT_KINDS);
  return { ...fault, match: canHappenAt, nth };
}
