import { createHostWorld } from "../../src/cli/demo/host_world.ts";
import { createSimWorld } from "../../src/cli/sim/sim_world.ts";
import { Isolator } from "../../src/isolator/isolator.ts";
import type { IsolatorOptions } from "../../src/isolator/options.ts";
import type { KernelNetwork } from "../../src/kernel/kernel_network.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import type { ContainerStation, World } from "../support/world.ts";
import { listHoldings } from "./holdings.ts";
import { startFlow, type SteadyFlow } from "./steady_flow.ts";

/** Containers that are there all the time, and their ports. */
const NEIGHBOURS = [["one", "31000-31007"], ["two", "31008-31015"]] as const;

/** Port of the first neighbour at which a flow runs. */
const FLOW_PORT = 31000;

/** A host with two containers, between which a flow runs while things happen to others. */
export class Bed implements AsyncDisposable {
  /** The world. */
  readonly world: World;
  /** What the operator decided. */
  readonly options: IsolatorOptions;
  /** The flow of the neighbours; absent where there are none. */
  readonly flow: SteadyFlow | undefined;
  readonly #names: Map<number, string>;

  private constructor(
    world: World,
    options: IsolatorOptions,
    names: Map<number, string>,
    flow: SteadyFlow | undefined,
  ) {
    this.world = world;
    this.options = options;
    this.flow = flow;
    this.#names = names;
  }

  /**
   * Makes a host.
   *
   * @param kind On which kernel.
   * @param options What the operator decided.
   * @param isBare Whether it has never seen Berth, and has no neighbours.
   */
  static async create(kind: World["kind"], options: IsolatorOptions, isBare = false): Promise<Bed> {
    const world = kind === "sim" ? await createSimWorld() : await createHostWorld();
    const names = new Map<number, string>();
    if (isBare) return new Bed(world, options, names, undefined);
    const isolator = await Isolator.create(options, world.kernel);
    const stations: ContainerStation[] = [];
    for (const [id, ports] of NEIGHBOURS) {
      const station = await world.startContainer();
      names.set(station.pid, id);
      await isolator.prepare(id, { ports: parsePorts(ports) });
      await isolator.isolate(id, station.pid);
      stations.push(station);
    }
    const [server, client] = stations;
    if (server === undefined || client === undefined) throw new Error("two neighbours were made");
    return new Bed(
      world,
      options,
      names,
      await startFlow(world, { server, client, port: FLOW_PORT }),
    );
  }

  /**
   * Starts a process that waits for a network.
   *
   * @param name What to call it in listings.
   */
  async start(name: string): Promise<ContainerStation> {
    const station = await this.world.startContainer();
    this.#names.set(station.pid, name);
    return station;
  }

  /** Lists what the host holds, comparably. */
  holdings(): Promise<string> {
    return listHoldings(this.world.kernel, this.#names);
  }

  /**
   * Opens the host as a new process would, which takes in what there is.
   *
   * @param kernel What it works on; the world's own when left out.
   */
  async adopt(kernel: KernelNetwork = this.world.kernel): Promise<Isolator> {
    const isolator = await Isolator.create(this.options, kernel);
    await isolator.adopt();
    return isolator;
  }

  /** Ends the world. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.flow?.[Symbol.asyncDispose]();
    await this.world[Symbol.asyncDispose]();
  }
}
