/**
 * Berth: port-range network isolation for Linux containers.
 *
 * All containers of a host share its one IP address; each owns a set of ports, enforced by `tc`
 * filters instead of address translation.
 *
 * - **Isolator**: {@linkcode Isolator} prepares a host, gives containers their network, changes it,
 *   reads what they used, takes it away, and recovers after a crash.
 * - **Ports**: {@linkcode IntervalSet}, {@linkcode parsePorts}, {@linkcode portCover} and
 *   {@linkcode EphemeralPortsAllocator} are values without side effects.
 * - **Kernel**: everything goes through {@linkcode KernelNetwork}; {@linkcode HostKernel} is this
 *   machine's.
 *
 * @example Give a process its own ports
 * ```ts ignore
 * import { DEFAULT_OPTIONS, HostKernel, Isolator, parsePorts } from "@berth/berth";
 *
 * const isolator = await Isolator.create({
 *   ...DEFAULT_OPTIONS,
 *   ports: parsePorts("31000-32000"),
 *   ephemeralPorts: parsePorts("61440-65535"),
 * }, new HostKernel());
 * await isolator.recover();
 * await isolator.prepare("web", { ports: parsePorts("31000-31007") });
 * await isolator.isolate("web", 4711); // A process that waits in a network namespace of its own.
 * ```
 *
 * @module
 */

export * from "./src/ports/mod.ts";

export type { Command } from "./src/kernel/command.ts";
export * from "./src/kernel/errno.ts";
export * from "./src/kernel/host_kernel.ts";
export type { MeasuredRun, OnRun } from "./src/kernel/measured_kernel.ts";
export * from "./src/kernel/kernel_error.ts";
export * from "./src/kernel/kernel_network.ts";

export type { ContainerStatus, FoundContainer } from "./src/isolator/adopt.ts";
export { auditHost } from "./src/isolator/audit/audit.ts";
export type { Finding, FindingKind } from "./src/isolator/audit/finding.ts";
export { repairHost, type RepairReport, type RepairScope } from "./src/isolator/audit/repair.ts";
export { type Applier, KernelApplier, PrintingApplier } from "./src/isolator/apply.ts";
export type { Change } from "./src/isolator/change.ts";
export type { Container } from "./src/isolator/container.ts";
export type { ContainerStatistics } from "./src/isolator/container_statistics.ts";
export type { FlowQueue, HostConfig } from "./src/isolator/host_config.ts";
export type { IsolateOptions } from "./src/isolator/isolate.ts";
export * from "./src/isolator/isolator.ts";
export * from "./src/isolator/isolator_error.ts";
export type { LimitPolicy } from "./src/isolator/limit.ts";
export { Metrics } from "./src/isolator/metrics.ts";
export * from "./src/isolator/options.ts";
export type { RatePercentiles } from "./src/isolator/rates/percentiles.ts";
export type { RateStatistics } from "./src/isolator/rates/rates_collector.ts";
export type { SampleClock } from "./src/isolator/rates/sample_clock.ts";
export type { RatePolicy } from "./src/isolator/rates/rate_policy.ts";
export type { ContainerState, KnownContainers, RecoverReport } from "./src/isolator/recover.ts";
export type { Entry, IsolatedEntry, Occupancy, Share } from "./src/isolator/registry.ts";
export type { RttStatistics } from "./src/isolator/rtt.ts";
export type { SnmpGroup, SnmpStatistics } from "./src/isolator/snmp_statistics.ts";
export type { TrafficControlStatistics } from "./src/isolator/traffic_control.ts";
export type { UpdateRequest } from "./src/isolator/update.ts";
export type { Usage } from "./src/isolator/usage.ts";

export type { Handle } from "./src/routing/handle.ts";
export type { QueueStatistics } from "./src/routing/queue_statistics.ts";
export type { Sysctls } from "./src/routing/sysctl.ts";
