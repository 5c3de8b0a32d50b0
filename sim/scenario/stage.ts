import { LOOPBACK, parseIpv4 } from "../model/ipv4.ts";
import { present } from "../model/invariant.ts";
import { ALL_FEATURES } from "../model/features.ts";
import type { Link } from "../model/link.ts";
import type { NetworkNamespace } from "../model/namespace.ts";
import type { Process } from "../model/process.ts";
import { Wire } from "../model/wire.ts";
import type { SimKernel } from "../sim_kernel.ts";
import { Simulation } from "../simulation.ts";
import { NS_PER_MS } from "../time/virtual_clock.ts";
import type { TraceStep } from "../trace/packet_trace.ts";
import { joinWire } from "../world/join_wire.ts";
import type { FlowPlace } from "./flow_programs.ts";
import { HOST } from "./parse.ts";
import type { Flow, Scenario } from "./schema.ts";
import { ScenarioError } from "./scenario_error.ts";

/** Name of every machine's card. */
const CARD = "eth0";

/** The world of a scenario: its machines on one wire, and the processes of its containers. */
export class Stage {
  /** The simulation behind it. */
  readonly simulation: Simulation;
  /** Kernel of the host. */
  readonly kernel: SimKernel;
  readonly #scenario: Scenario;
  readonly #machines: ReadonlyMap<string, SimKernel>;
  readonly #processes: Map<string, Process> = new Map();

  private constructor(
    scenario: Scenario,
    simulation: Simulation,
    machines: ReadonlyMap<string, SimKernel>,
  ) {
    this.simulation = simulation;
    this.#scenario = scenario;
    this.#machines = machines;
    this.kernel = present(machines.get(HOST), "the host is one of the machines");
  }

  /**
   * Boots the machines of a scenario.
   *
   * @param scenario The scenario.
   * @throws {ScenarioError} If an address will not do.
   */
  static async build(scenario: Scenario): Promise<Stage> {
    const simulation = new Simulation({ seed: scenario.seed });
    const wire = new Wire("wire", { delayNs: scenario.wire.delayMs * NS_PER_MS });
    const machines = new Map<string, SimKernel>();
    const { host } = scenario;
    const join = async (name: string, cidr: string, path: string, more: object) => {
      const [address = "", bits = ""] = cidr.split("/");
      const spec = { name, card: CARD, address, prefixLength: Number(bits), ...more };
      try {
        machines.set(name, await joinWire(simulation, wire, spec));
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        throw new ScenarioError(path, error.message);
      }
    };
    for (const [i, { name, address }] of scenario.machines.entries()) {
      await join(name, address, `machines[${i}].address`, {});
    }
    const features = new Set(ALL_FEATURES);
    for (const feature of host.lacks) features.delete(feature);
    const gateway = scenario.machines[0]?.address.split("/")[0];
    const { speedMbitPerSecond } = host;
    await join(HOST, host.address, "host.address", {
      features,
      gateway,
      ...(speedMbitPerSecond === undefined ? {} : { speedMbitPerSecond }),
    });
    return new Stage(scenario, simulation, machines);
  }

  /** Starts the process of a container, in namespaces of its own. @param id The container. */
  startProcess(id: string): Process {
    const process = this.kernel.machine.startProcess({ name: id, namespace: "new" });
    this.#processes.set(id, process);
    return process;
  }

  /** Ends the process of a container, if it runs. @param id The container. */
  endProcess(id: string): void {
    const process = this.#processes.get(id);
    if (process?.isAlive) this.kernel.machine.endProcess(process);
  }

  /** The card of a machine. @param name The machine. */
  card(name: string): Link {
    const link = this.#machines.get(name)?.machine.home.linkByName(CARD);
    return present(link, "every machine has its card");
  }

  /**
   * Finds where a flow runs.
   *
   * @param flow The flow.
   * @returns The place, or undefined where one end is a container that does not run.
   */
  placeOf(flow: Flow): FlowPlace | undefined {
    const [from, to] = [this.#namespace(flow.from), this.#namespace(flow.to)];
    if (from === undefined || to === undefined) return undefined;
    return {
      clock: this.simulation.clock,
      from: this.simulation.stack(from),
      to: this.simulation.stack(to),
      destination: this.destinationOf(flow),
    };
  }

  /** The address under which a flow looks for its receiver. @param flow The flow. */
  destinationOf(flow: Flow): number {
    if (flow.address === "loopback") return LOOPBACK;
    const { machines, host } = this.#scenario;
    const cidr = machines.find(({ name }) => name === flow.to)?.address ?? host.address;
    return present(parseIpv4(cidr.split("/")[0] ?? ""), "a machine's address was read before");
  }

  /**
   * Names the place of a step of a trace: a container, or else a machine.
   *
   * @param step The step.
   */
  nameOf({ machine, namespace }: TraceStep): string {
    for (const [id, process] of this.#processes) {
      if (machine === HOST && process.namespace.inode === namespace) return id;
    }
    return machine;
  }

  #namespace(name: string): NetworkNamespace | undefined {
    const machine = this.#machines.get(name)?.machine;
    if (machine !== undefined) return machine.home;
    const process = this.#processes.get(name);
    return process?.isAlive ? process.namespace : undefined;
  }
}
