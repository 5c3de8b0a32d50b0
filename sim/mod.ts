/**
 * Linux networking in memory: a model of the kernel, and in front of it the tools as readers and
 * printers over that model.
 *
 * - `model/`: namespaces, links, addresses, routes, neighbours, settings, qdiscs, classes, filters
 * - `tools/`: `ip`, `tc`, `ss`, `ethtool`, `sysctl`, `mount`: the same text and exit status as the
 *   real ones
 * - `files/`: views of `/proc` and `/sys`
 * - `dump/`: a whole machine as text in the tools' own words, and back
 * - `fault/`: commands that fail, and callers that die, at any step; wires lose and reorder frames
 * - `packet/`, `path/`, `qdisc/`, `trace/`: packets as bytes, and their way through the kernel
 * - `socket/`, `tcp/`, `program/`: sockets, and programs that use them
 * - `scenario/`, `scenarios/`: worlds, what happens in them and what must come of it, as files
 * - `time/`: the one clock and the one source of chance
 * - `simulation.ts`, `world/`: machines and wires put together, and ready-made worlds
 *
 * What the simulator does not know it refuses, on standard error and with a status of its own.
 *
 * @module
 */

export { dumpMachine } from "./dump/dump.ts";
export { loadMachine, type LoadOptions } from "./dump/load.ts";
export {
  crashAfter,
  type Fault,
  type FaultOutcome,
  SimulatedCrash,
  type Step,
} from "./fault/fault.ts";
export { FaultyKernel } from "./fault/faulty_kernel.ts";
export { DEFAULT_FEATURES, type Feature } from "./model/features.ts";
export { Impairment, type ImpairmentOptions } from "./model/impairment.ts";
export { type Clock, Machine, type MachineOptions, type Random } from "./model/machine.ts";
export { Wire } from "./model/wire.ts";
export { SimKernel } from "./sim_kernel.ts";
export {
  type CardSpec,
  type MachineSpec,
  Simulation,
  type SimulationOptions,
} from "./simulation.ts";
export { type EndSpec, SimWorld, type SimWorldOptions } from "./world/sim_world.ts";
export { SeededRandom } from "./time/seeded_random.ts";
export { VirtualClock } from "./time/virtual_clock.ts";
