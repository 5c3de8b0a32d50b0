import { assert } from "@std/assert";
import { isUnsupported, type KernelError } from "../kernel/kernel_error.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import type { IntervalSet } from "../ports/mod.ts";
import { adoptAllContainers, type FoundContainer } from "./adopt.ts";
import { type Applier, KernelApplier } from "./apply.ts";
import { cleanupContainer } from "./cleanup.ts";
import { containerId, vethName } from "./container.ts";
import { type Context, noteNodes } from "./context.ts";
import { refuseForeignPriorities } from "./foreign_priority.ts";
import { readHost } from "./host.ts";
import { configureHost, FLOW_QUEUE_KIND, type HostConfig } from "./host_config.ts";
import { IsolatorError } from "./isolator_error.ts";
import { hostPlan, readFolders, sharedFlowPlan } from "./host_plan.ts";
import { readHostState } from "./host_state.ts";
import type { IsolateOptions } from "./isolate.ts";
import { type IsolateRequest, isolateTogether } from "./isolate_together.ts";
import { Metrics } from "./metrics.ts";
import { NodeNumbers } from "./node_numbers.ts";
import type { IsolatorOptions } from "./options.ts";
import { RateSampler } from "./rates/rate_sampler.ts";
import { MONOTONIC_CLOCK, type SampleClock } from "./rates/sample_clock.ts";
import { checkPrivileges } from "./privileges.ts";
import { buildScaffold } from "./scaffold_plan.ts";
import { type KnownContainers, recoverAll, type RecoverReport } from "./recover.ts";
import { type Entry, type Occupancy, Registry } from "./registry.ts";
import { updateContainer, type UpdateRequest } from "./update.ts";
import { type Usage, usageOf } from "./usage.ts";

/** What a container asks for. */
export interface ContainerConfig {
  /** Its ports. */
  readonly ports: IntervalSet;
  /** Its CPUs, from which limits per CPU follow. */
  readonly cpus?: number;
}

/** What a launcher must do before the container's program starts. */
export interface LaunchInfo {
  /** Namespaces to start it in. */
  readonly namespaces: readonly ["net", "mnt"];
  /** The ephemeral ports that it will have. */
  readonly ephemeralPorts: { readonly begin: number; readonly end: number };
}

/** A call of isolate that waits for its turn. */
interface WaitingIsolate extends IsolateRequest {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Most containers that are given their networks at once, so that none waits long for others. */
const TOGETHER_MAX = 64;

/** How an isolator does its work. */
export interface IsolatorHooks {
  /** What carries plans out; the kernel itself when left out. */
  readonly applier?: Applier;
}

/**
 * Network isolation by port ranges: every container of a host shares its one address, and owns a
 * set of ports.
 *
 * The kernel is the only database. An isolator mirrors what it holds: call {@linkcode recover} once
 * after {@linkcode create}, or {@linkcode adopt} to look without touching anything.
 */
export class Isolator {
  readonly #context: Context;
  readonly #metrics: Metrics;
  /** Ends when the operation that was begun last has ended: operations run one after another. */
  #last: Promise<unknown> = Promise.resolve();
  /** The calls of isolate that the next one may join; undefined where there are none. */
  #open: WaitingIsolate[] | undefined;

  private constructor(context: Context, metrics: Metrics) {
    this.#context = context;
    this.#metrics = metrics;
  }

  /**
   * Checks a host and prepares it for containers. Doing so again changes nothing.
   *
   * @param options What the operator decided.
   * @param kernel The host's kernel.
   * @param hooks What carries plans out instead of the kernel, for a dry run.
   * @returns The isolator, which knows of no container yet.
   * @throws {IsolatorError} If the host or the options will not do, with what to do about it.
   * @throws {KernelError} If a tool is missing or the kernel refuses.
   */
  static async create(
    options: IsolatorOptions,
    kernel: KernelNetwork,
    hooks: IsolatorHooks = {},
  ): Promise<Isolator> {
    await checkPrivileges(kernel);
    const facts = await readHost(kernel, options);
    const host = configureHost(facts, options);
    const metrics = new Metrics();
    const applier = hooks.applier ?? new KernelApplier(kernel, metrics);
    const registry = new Registry(options);
    const context: Context = { kernel, applier, host, registry, nodes: new NodeNumbers() };
    try {
      await applier.apply(hostPlan(host, facts, await readFolders(kernel)));
    } catch (error) {
      throw isUnsupported(error) ? unsupportedHost(error) : error;
    }
    const state = await readHostState(kernel, host, []);
    refuseForeignPriorities(host, state.filters);
    noteNodes(context, state.filters);
    await buildScaffold(context, state);
    await applier.apply(sharedFlowPlan(host, state, context.nodes));
    return new Isolator(context, metrics);
  }

  /** The host that was checked, with warnings about it. */
  get host(): HostConfig {
    return this.#context.host;
  }

  /** All containers that the isolator answers for. */
  get containers(): readonly Entry[] {
    return this.#context.registry.entries;
  }

  /** How much of what there is to give has been given. */
  get occupancy(): Occupancy {
    return this.#context.registry.occupancy;
  }

  /** Counters of what went wrong, as `port_mapping/<name>`, and the rates per CPU in force. */
  get metrics(): Record<string, number> {
    const { egress, ingress } = this.host;
    return {
      ...this.#metrics.snapshot(),
      "port_mapping/per_cpu_egress_rate_limit": egress.ratePerCpu ?? 0,
      "port_mapping/per_cpu_ingress_rate_limit": ingress.ratePerCpu ?? 0,
    };
  }

  /**
   * Takes in every container that the kernel holds, and changes nothing. Whatever was known before
   * is forgotten, so that this may be called again after others have changed the host.
   *
   * @returns The containers and how each is doing.
   * @throws {KernelError} If the kernel cannot be read.
   */
  adopt(): Promise<FoundContainer[]> {
    return this.#exclusively(() => {
      this.#context.registry = new Registry(this.host.options);
      return adoptAllContainers(this.#context);
    });
  }

  /**
   * Reconciles what the kernel holds with what the caller knows, after a restart or a crash.
   *
   * @param known What the caller knows; when left out, those containers are kept whose process is
   *   still in the network that it was given.
   * @returns What was found and done.
   * @throws {KernelError} If the kernel cannot be read.
   */
  recover(known: KnownContainers = {}): Promise<RecoverReport> {
    return this.#exclusively(() => recoverAll(this.#context, known));
  }

  /**
   * Sets ports aside for a container that is about to start.
   *
   * @param id Its id: 1 to 128 letters, digits, ".", "_" and "-".
   * @param config What it asks for.
   * @returns What the launcher must do.
   * @throws {SyntaxError} If the id is none.
   * @throws {IsolatorError} With code `already-prepared`, `bad-ports` or `ports-taken`.
   * @throws {EphemeralPortsExhaustedError} If no ephemeral range is free.
   */
  prepare(id: string, config: ContainerConfig): Promise<LaunchInfo> {
    return this.#exclusively(() => {
      const entry = this.#context.registry.add(containerId(id), config);
      return Promise.resolve({
        namespaces: ["net", "mnt"] as const,
        ephemeralPorts: entry.ephemeralPorts,
      });
    });
  }

  /**
   * Gives a prepared container its network, on both sides. Its program may start once this is done.
   * Where it fails, nothing is left behind and the container stays prepared. Calls that wait for
   * their turn side by side are carried out together.
   *
   * @param id Its id.
   * @param pid Its process, which waits in a network namespace of its own.
   * @param options Whether there is such a process yet; there is none where a plan is only printed.
   * @throws {IsolatorError} If the container or the process is not as it must be.
   * @throws {KernelError} If the kernel refuses.
   */
  isolate(id: string, pid: number, options: IsolateOptions = {}): Promise<void> {
    const waiting = { id, pid, options, ...Promise.withResolvers<void>() };
    const group = this.#open;
    if (group !== undefined && group.length < TOGETHER_MAX) group.push(waiting);
    else {
      const begun = [waiting];
      void this.#exclusively(() => this.#isolateWaiting(begun));
      this.#open = begun;
    }
    return waiting.promise;
  }

  /** Carries out what was asked for while an earlier operation was under way, all at once. */
  async #isolateWaiting(group: readonly WaitingIsolate[]): Promise<void> {
    if (this.#open === group) this.#open = undefined;
    try {
      const errors = await isolateTogether(this.#context, group);
      group.forEach(({ resolve, reject }, i) =>
        errors[i] === undefined ? resolve() : reject(errors[i])
      );
    } catch (error) {
      // Not even what went wrong could be mended; nobody may wait for ever.
      group.forEach(({ reject }) => reject(error));
    }
  }

  /**
   * Waits for a container to reach a limitation that should end it. There is none today, so this
   * settles only by failing.
   *
   * @param id Its id.
   * @throws {IsolatorError} With code `unknown-container` or `unmanaged-container`.
   */
  watch(id: string): Promise<never> {
    try {
      this.#context.registry.known(id);
      return new Promise<never>(() => {});
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Changes a running container's ports and limits. Only what differs is touched.
   *
   * @param id Its id.
   * @param request What it should have.
   * @returns Whether anything was changed.
   * @throws {IsolatorError} If it has no network, or may not have those ports.
   * @throws {KernelError} If the kernel refuses; the same update again does the rest.
   */
  update(id: string, request: UpdateRequest): Promise<boolean> {
    return this.#exclusively(() => updateContainer(this.#context, id, request));
  }

  /**
   * Reads what a container has used.
   *
   * @param id Its id.
   * @throws {IsolatorError} If it has no network.
   * @throws {KernelError} If the kernel refuses for another reason than that it is gone.
   */
  async usage(id: string): Promise<Usage> {
    const usage = (await usageOf(this.#context, [id])).get(id);
    assert(usage !== undefined, "what was asked for is answered");
    return usage;
  }

  /**
   * Reads what many containers have used, at less cost than one after another.
   *
   * @param ids Their ids; those of all containers with a network when left out.
   * @returns What each has used, in the order of the ids.
   * @throws {IsolatorError} If one of them has no network.
   * @throws {KernelError} If the kernel refuses for another reason than that one is gone.
   */
  usages(ids?: readonly string[]): Promise<Map<string, Usage>> {
    const all = this.containers.flatMap(({ id, pid }) => pid === undefined ? [] : [id]);
    return usageOf(this.#context, ids ?? all);
  }

  /**
   * Begins to sample the rates of all containers, from which {@linkcode usage} then tells
   * percentiles.
   *
   * @param clock The time.
   * @param onError Hears of a sample that could not be taken.
   * @returns Ends the sampling when disposed of; does nothing where the options want no rates.
   */
  sampleRates(
    clock: SampleClock = MONOTONIC_CLOCK,
    onError: (error: unknown) => void = () => {},
  ): Disposable {
    const { kernel, host } = this.#context;
    if (host.rates === undefined) return { [Symbol.dispose]: () => {} };
    const links = () =>
      this.containers.flatMap(({ id, pid }) =>
        pid === undefined ? [] : [{ id, link: vethName(host.options.vethPrefix, pid) }]
      );
    const sampler = new RateSampler({ kernel, policy: host.rates, clock, links, onError });
    this.#context.rates = sampler;
    sampler.start();
    return sampler;
  }

  /**
   * Takes a container's network away and its ports back. Doing so again does nothing.
   *
   * @param id Its id.
   * @returns Whether there was such a container.
   * @throws {IsolatorError} With code `cleanup-incomplete` if something could not be removed.
   */
  cleanup(id: string): Promise<boolean> {
    return this.#exclusively(() => cleanupContainer(this.#context, id));
  }

  #exclusively<T>(operation: () => Promise<T>): Promise<T> {
    // Whatever is asked for later must not overtake this.
    this.#open = undefined;
    const result = this.#last.then(operation);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

/** Says what to do without, where the kernel lacks a part of the host's own set-up. */
function unsupportedHost(cause: KernelError): IsolatorError {
  const lacksQueue = cause.command.concat(cause.batchLine?.words ?? []).includes(FLOW_QUEUE_KIND);
  const message = lacksQueue
    ? `This kernel has no ${FLOW_QUEUE_KIND}, which keeps flows apart; do without ` +
      "--egress_unique_flow_per_container"
    : `This kernel lacks what a host needs: ${cause.message}; see "berth check"`;
  return new IsolatorError("unsupported-kernel", message, { cause });
}
