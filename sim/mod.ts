/**
 * Linux networking in memory: a model of the kernel, and in front of it the tools as readers and
 * printers over that model.
 *
 * - `model/`: namespaces, links, addresses, routes, neighbours, settings, qdiscs, classes, filters
 * - `tools/`: `ip`, `tc`, `sysctl`, `mount`: the same text and exit status as the real ones
 * - `files/`: views of `/proc` and `/sys`
 * - `packet/`, `time/`, `qdisc/`, `path/`, `trace/`: packets as bytes, virtual time, and the parts
 * of
 *   their way through the kernel that are built so far
 *
 * What the simulator does not know it refuses, on standard error and with a status of its own.
 *
 * @module
 */

export { DEFAULT_FEATURES, type Feature } from "./model/features.ts";
export { type Clock, Machine, type MachineOptions, type Random } from "./model/machine.ts";
export { SimKernel } from "./sim_kernel.ts";
export { SeededRandom } from "./time/seeded_random.ts";
export { VirtualClock } from "./time/virtual_clock.ts";
