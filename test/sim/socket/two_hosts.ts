import { assert } from "@std/assert";
import type { SimKernel } from "../../../sim/sim_kernel.ts";
import { Simulation } from "../../../sim/simulation.ts";
import { Wire } from "../../../sim/model/wire.ts";
import { joinWire } from "../../../sim/world/join_wire.ts";

/** Addresses of the two hosts. */
export const ADDRESS = { one: 0x0a010001, two: 0x0a010002 };

/** How the hosts are wired. */
export interface TwoHostsOptions {
  /** Time that a frame takes, in nanoseconds; 0 when left out. */
  readonly delayNs?: number;
  /** The simulation's seed; 1 when left out. */
  readonly seed?: number;
}

/**
 * Two machines on one wire, each with its kernel and its IPv4 stack.
 *
 * @param options What differs from the defaults.
 */
export async function twoHosts(options: TwoHostsOptions = {}) {
  const simulation = new Simulation(options.seed === undefined ? {} : { seed: options.seed });
  const { clock, datapath } = simulation;
  const wire = new Wire("wire", options);
  const join = async (name: string, address: string) => {
    const kernel = await joinWire(simulation, wire, {
      name,
      card: "eth0",
      address,
      prefixLength: 24,
    });
    const machine = simulation.machines.find((each) => each.name === name);
    assert(machine !== undefined);
    return { kernel, machine, namespace: machine.home, stack: simulation.stack(machine.home) };
  };
  const one = await join("one", "10.1.0.1");
  const two = await join("two", "10.1.0.2");
  /** Lets time pass. */
  const run = (ms: number) => clock.runTo(clock.nowNs + ms * 1e6);
  return { simulation, wire, clock, datapath, one, two, run };
}

/** One of the two. */
export type Host = Awaited<ReturnType<typeof twoHosts>>["one"] & { readonly kernel: SimKernel };
