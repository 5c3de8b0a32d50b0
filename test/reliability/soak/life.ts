import { KernelApplier } from "../../../src/isolator/apply.ts";
import { repairHost } from "../../../src/isolator/audit/repair.ts";
import { Isolator } from "../../../src/isolator/isolator.ts";
import { Metrics } from "../../../src/isolator/metrics.ts";
import { parsePorts } from "../../../src/ports/mod.ts";
import type { Random } from "../../support/random.ts";
import { type ContainerStation, HOST_ADDRESS, type Listener } from "../../support/world.ts";
import type { Bed } from "../bed.ts";

/** A container that comes and goes. */
interface Resident {
  readonly id: string;
  readonly station: ContainerStation;
  readonly port: number;
  readonly listener: Listener;
}

/** Most containers at once, besides the neighbours. */
const RESIDENTS_MAX = 4;

/** Ports of each resident's place: the first eight are its own, the others come and go. */
const PLACE_PORTS = 16;
const FIRST_PORT = 31016;

/** A host's random life: containers come, change, talk, die and go; damage is done and mended. */
export class Life {
  readonly #bed: Bed;
  readonly #random: Random;
  readonly #residents = new Map<number, Resident>();
  #isolator: Isolator;

  private constructor(bed: Bed, random: Random, isolator: Isolator) {
    this.#bed = bed;
    this.#random = random;
    this.#isolator = isolator;
  }

  /**
   * Begins a life.
   *
   * @param bed The host.
   * @param random Chooses what happens.
   */
  static async begin(bed: Bed, random: Random): Promise<Life> {
    return new Life(bed, random, await bed.adopt());
  }

  /**
   * Does one thing.
   *
   * @returns Its name, for the figures.
   * @throws {Error} If it does not come out as it must.
   */
  async step(): Promise<string> {
    const { name, run } = this.#random.pick(STEPS);
    await run(this);
    return name;
  }

  /** Takes all residents away. */
  async end(): Promise<void> {
    for (const place of [...this.#residents.keys()]) await this.#remove(place);
  }

  async come(): Promise<void> {
    const free = Array.from({ length: RESIDENTS_MAX }, (_, place) => place)
      .filter((place) => !this.#residents.has(place));
    if (free.length === 0) return await this.talk();
    const place = this.#random.pick(free);
    const port = FIRST_PORT + place * PLACE_PORTS;
    const id = `resident-${place}`;
    const station = await this.#bed.start(id);
    await this.#isolator.prepare(id, { ports: parsePorts(`${port}-${port + 7}`) });
    await this.#isolator.isolate(id, station.pid);
    const listener = await station.listenTcp(port);
    this.#residents.set(place, { id, station, port, listener });
    await this.talk(place);
  }

  async change(): Promise<void> {
    const resident = this.#any();
    if (resident === undefined) return await this.come();
    const { id, port } = resident;
    const end = port + 7 + this.#random.below(9);
    await this.#isolator.update(id, { ports: parsePorts(`${port}-${end}`) });
    await this.talk();
  }

  /** A resident answers the machine outside. */
  async talk(place?: number): Promise<void> {
    const resident = place === undefined ? this.#any() : this.#residents.get(place);
    if (resident === undefined) return;
    const request = {
      address: HOST_ADDRESS,
      port: resident.port,
      text: "hello",
      timeoutMs: 10_000,
    };
    const { outcome } = await this.#bed.world.outside.tcp(request);
    if (outcome !== "answered") throw new Error(`${resident.id} did not answer: ${outcome}`);
  }

  async leave(): Promise<void> {
    const places = [...this.#residents.keys()];
    if (places.length === 0) await this.come();
    else await this.#remove(this.#random.pick(places));
  }

  /** A resident's process dies, and a new process of Berth finds what is left. */
  async die(): Promise<void> {
    const places = [...this.#residents.keys()];
    if (places.length === 0) return await this.come();
    const place = this.#random.pick(places);
    const resident = this.#residents.get(place);
    this.#residents.delete(place);
    await resident?.station.kill();
    await this.restart();
  }

  async restart(): Promise<void> {
    const { options, world } = this.#bed;
    this.#isolator = await Isolator.create(options, world.kernel);
    const { problems } = await this.#isolator.recover();
    if (problems.length > 0) throw new Error(problems.join("; "));
  }

  /** Somebody damages a resident's network, and a repair mends it. */
  async damage(): Promise<void> {
    const resident = this.#any();
    if (resident === undefined) return await this.come();
    const { kernel } = this.#bed.world;
    const args = this.#random.pick(DAMAGES)(resident.station.pid).split(" ");
    await kernel.execute({ tool: args[0] === "qdisc" ? "tc" : "ip", args, effect: "change" });
    const applier = new KernelApplier(kernel, new Metrics());
    const { mended, left } = await repairHost(kernel, this.#bed.options, applier);
    if (left.length > 0 || mended.length === 0) {
      throw new Error(`"${args.join(" ")}" was not mended: ${left.map(({ says }) => says)}`);
    }
    await this.talk();
  }

  async look(): Promise<void> {
    await this.#isolator.usages();
  }

  #any(): Resident | undefined {
    const residents = [...this.#residents.values()];
    return residents.length === 0 ? undefined : this.#random.pick(residents);
  }

  async #remove(place: number): Promise<void> {
    const resident = this.#residents.get(place);
    if (resident === undefined) return;
    this.#residents.delete(place);
    await this.#isolator.cleanup(resident.id);
    await resident.station.kill();
  }
}

const DAMAGES: readonly ((pid: number) => string)[] = [
  (pid) => `link set mesos${pid} down`,
  (pid) => `link set mesos${pid} address 02:00:00:00:00:99`,
  (pid) => `qdisc del dev mesos${pid} ingress`,
  (pid) => `qdisc del dev mesos${pid} root`,
];

/** What may happen, and what it is called. */
const STEPS: readonly { readonly name: string; readonly run: (life: Life) => Promise<void> }[] = [
  { name: "isolate", run: (life) => life.come() },
  { name: "isolate", run: (life) => life.come() },
  { name: "isolate", run: (life) => life.come() },
  { name: "update", run: (life) => life.change() },
  { name: "update", run: (life) => life.change() },
  { name: "cleanup", run: (life) => life.leave() },
  { name: "recover after a death", run: (life) => life.die() },
  { name: "recover", run: (life) => life.restart() },
  { name: "repair", run: (life) => life.damage() },
  { name: "usage", run: (life) => life.look() },
];
