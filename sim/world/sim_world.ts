import type { Feature } from "../model/features.ts";
import type { NetworkNamespace } from "../model/namespace.ts";
import { Wire } from "../model/wire.ts";
import type { SimKernel } from "../sim_kernel.ts";
import { Simulation } from "../simulation.ts";
import { NS_PER_MS } from "../time/virtual_clock.ts";
import { Driver } from "./driver.ts";
import { joinWire } from "./join_wire.ts";
import { SimStation } from "./station.ts";

/** A machine at one end of the wire. */
export interface EndSpec {
  /** IPv4 address on the wire. */
  readonly address: string;
  /** MAC address of its card. */
  readonly mac: string;
}

/** How a {@linkcode SimWorld} is made. */
export interface SimWorldOptions {
  /** The machine under test, whose card is `eth0`. */
  readonly host: EndSpec;
  /** The machine at the other end of the wire, the host's default gateway. */
  readonly outside: EndSpec;
  /** Bits of the network prefix of both. */
  readonly prefixLength: number;
  /** Seed of all chance; 1 when left out. */
  readonly seed?: number;
  /** Whether every packet keeps a trace; false when left out. */
  readonly isTracing?: boolean;
  /** What the host's kernel was built with; everything when left out. */
  readonly features?: ReadonlySet<Feature>;
  /** Speed of both cards in Mbit/s; no limit when left out. */
  readonly speedMbitPerSecond?: number;
  /** See {@linkcode Driver}. */
  readonly turn?: () => Promise<void>;
}

/** A simulated host with an `eth0`, a machine at the other end of its wire, and containers. */
export class SimWorld implements AsyncDisposable {
  /** Which kernel it stands on. */
  readonly kind = "sim";
  /** The simulation behind it. */
  readonly simulation: Simulation;
  /** The host's kernel. */
  readonly kernel: SimKernel;
  /** Programs in the host's own namespace. */
  readonly host: SimStation;
  /** Programs on the outside machine. */
  readonly outside: SimStation;
  readonly #driver: Driver;

  private constructor(
    simulation: Simulation,
    driver: Driver,
    kernels: { readonly host: SimKernel; readonly outside: SimKernel },
  ) {
    this.simulation = simulation;
    this.#driver = driver;
    this.kernel = kernels.host;
    this.host = this.#start(kernels.host, kernels.host.machine.home);
    this.outside = this.#start(kernels.outside, kernels.outside.machine.home);
  }

  /**
   * Makes a world.
   *
   * @param options Its two machines.
   * @throws {SyntaxError} If an address cannot be read.
   */
  static async create(options: SimWorldOptions): Promise<SimWorld> {
    const { seed = 1, isTracing = false, features, prefixLength } = options;
    const simulation = new Simulation({ seed, isTracing });
    const wire = new Wire("wire");
    const speed = options.speedMbitPerSecond === undefined
      ? {}
      : { speedMbitPerSecond: options.speedMbitPerSecond };
    const outside = await joinWire(simulation, wire, {
      ...{ name: "outside", card: "wire", prefixLength },
      ...options.outside,
      ...speed,
    });
    const host = await joinWire(simulation, wire, {
      ...{ name: "host", card: "eth0", prefixLength, gateway: options.outside.address },
      ...options.host,
      ...speed,
      ...(features === undefined ? {} : { features }),
    });
    const driver = new Driver(simulation.clock, options.turn);
    return new SimWorld(simulation, driver, { host, outside });
  }

  /** Virtual time, for what is done every so often. */
  get clock(): { nowMs(): number; after(delayMs: number, run: () => void): Disposable } {
    const { clock } = this.simulation;
    return {
      nowMs: () => clock.nowNs / NS_PER_MS,
      after: (delayMs, run) => this.#driver.after(delayMs * NS_PER_MS, run),
    };
  }

  /** Starts a process in a network and a mount namespace of its own, as a launcher would. */
  startContainer(): Promise<SimStation> {
    return Promise.resolve(this.#start(this.kernel, "new"));
  }

  /**
   * Lets time pass, while what goes on goes on.
   *
   * @param durationMs How long, in milliseconds of virtual time.
   */
  async pass(durationMs: number): Promise<void> {
    const { clock } = this.simulation;
    await this.#driver.wait<void>((settle) => clock.after(durationMs * NS_PER_MS, settle));
  }

  /** Ends the world: nothing of it is anywhere but in memory. */
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }

  #start({ machine }: SimKernel, namespace: NetworkNamespace | "new"): SimStation {
    const process = machine.startProcess({ namespace });
    return new SimStation(this.simulation, this.#driver, process);
  }
}
