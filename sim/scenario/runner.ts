import { BrokenInvariant } from "../model/invariant.ts";
import { setCable } from "../model/link_state.ts";
import { NS_PER_MS } from "../time/virtual_clock.ts";
import { DropCounts } from "./drop_counts.ts";
import { judge } from "./expectation.ts";
import { FlowRun } from "./flow_run.ts";
import type { MakeOperator, Operator } from "./operator.ts";
import type { FlowReport, ScenarioReport, TimelineEntry } from "./report.ts";
import type { Expectation, Flow, Scenario, ScenarioContainer, ScenarioEvent } from "./schema.ts";
import { ScenarioError } from "./scenario_error.ts";
import { Stage } from "./stage.ts";

/** What a run may tell while it runs. */
export interface RunnerHooks {
  /** Hears of each thing that happens. */
  readonly onEvent?: (entry: TimelineEntry) => void;
  /** Sees the stage before anything happens on it, for traces. */
  readonly onStage?: (stage: Stage) => void;
}

/** Something that is done at a point in time. */
interface Action {
  readonly atMs: number;
  /** What it is, for the timeline; undefined for one that only looks. */
  readonly what: string | undefined;
  readonly run: () => Promise<string | void> | string | void;
}

/**
 * Runs a scenario from its beginning to the end of its last flow.
 *
 * @param scenario The scenario.
 * @param makeOperator Makes whoever manages its containers.
 * @param hooks What to tell meanwhile.
 * @returns What came of it; the same for the same scenario, to the byte.
 * @throws {ScenarioError} If an address of a machine will not do.
 */
export async function runScenario(
  scenario: Scenario,
  makeOperator: MakeOperator,
  hooks: RunnerHooks = {},
): Promise<ScenarioReport> {
  const stage = await Stage.build(scenario);
  hooks.onStage?.(stage);
  const operator = await makeOperator(stage.kernel, scenario.host.options).catch(refuseOptions);
  return await new Run(scenario, stage, operator, hooks).toEnd();
}

function refuseOptions(error: unknown): never {
  if (!(error instanceof Error) || error instanceof BrokenInvariant) throw error;
  throw new ScenarioError("host.options", error.message);
}

/** One run of a scenario. */
class Run {
  readonly #scenario: Scenario;
  readonly #stage: Stage;
  readonly #operator: Operator;
  readonly #hooks: RunnerHooks;
  readonly #timeline: TimelineEntry[] = [];
  readonly #flows: Map<string, FlowRun> = new Map();
  readonly #receivedByAll: Map<string, Record<string, number>> = new Map();
  readonly #looked: Map<Expectation, unknown> = new Map();
  readonly #drops = new DropCounts();

  constructor(scenario: Scenario, stage: Stage, operator: Operator, hooks: RunnerHooks) {
    this.#scenario = scenario;
    this.#stage = stage;
    this.#operator = operator;
    this.#hooks = hooks;
    stage.simulation.datapath.dropped = (packet, reason) => this.#drops.count(packet, reason);
  }

  async toEnd(): Promise<ScenarioReport> {
    const { clock, datapath } = this.#stage.simulation;
    for (const { atMs, what, run } of this.#actions()) {
      clock.runTo(Math.max(atMs * NS_PER_MS, clock.nowNs));
      const { outcome, failed } = await attempt(run);
      if (what === undefined) continue;
      this.#tell(outcome === undefined ? what : `${what}: ${outcome}`, failed);
    }
    const isOver = () => [...this.#flows.values()].every(({ outcome }) => outcome !== undefined);
    clock.runUntil(isOver, Infinity);
    for (const expectation of this.#scenario.expect) {
      if (!this.#looked.has(expectation)) await this.#look(expectation);
    }
    const flows = this.#scenario.flows.flatMap((flow) => this.#report(flow) ?? []);
    const seen = {
      flows: new Map(flows.map((report) => [report.name, report])),
      looked: this.#looked,
    };
    const verdicts = this.#scenario.expect.map((expectation) => judge(expectation, seen));
    const { title, about, seed } = this.#scenario;
    return {
      ...{ title, about, seed },
      endedAtMs: clock.nowNs / NS_PER_MS,
      timeline: this.#timeline,
      flows,
      findings: [...new Set(datapath.findings)],
      verdicts,
      ok: verdicts.every(({ ok }) => ok),
    };
  }

  /** All that is done, in the order of time; at one time: events, starts, flows, looks. */
  #actions(): Action[] {
    const { containers, events, flows, expect } = this.#scenario;
    return [
      ...events.map((event) => this.#actionOfEvent(event)),
      ...containers.map((container) => this.#actionOfStart(container)),
      ...flows.map((flow) => ({
        atMs: flow.atMs,
        what: `${flow.name} begins, ${flow.from} → ${flow.to}`,
        run: () => this.#startFlow(flow),
      })),
      ...expect.flatMap((expectation) =>
        "atMs" in expectation && expectation.atMs !== undefined
          ? [{ atMs: expectation.atMs, what: undefined, run: () => this.#look(expectation) }]
          : []
      ),
    ].toSorted((a, b) => a.atMs - b.atMs);
  }

  #actionOfStart({ id, ports, cpus, startAtMs }: ScenarioContainer): Action {
    return {
      atMs: startAtMs,
      what: `${id} starts with ports ${ports}`,
      run: () => this.#operator.start(id, this.#stage.startProcess(id).pid, { ports, cpus }),
    };
  }

  #actionOfEvent(event: ScenarioEvent): Action {
    const { atMs } = event;
    switch (event.event) {
      case "stop":
        return {
          atMs,
          what: `${event.container} stops`,
          run: async () => {
            await this.#operator.stop(event.container);
            this.#stage.endProcess(event.container);
          },
        };
      case "update": {
        const { container, ports, cpus } = event;
        const change = {
          ...(ports === undefined ? {} : { ports }),
          ...(cpus === undefined ? {} : { cpus }),
        };
        return {
          atMs,
          what: `${container} is updated to ${JSON.stringify(change)}`,
          run: () => this.#operator.update(container, change),
        };
      }
      case "kill":
        return {
          atMs,
          what: `the process of ${event.container} dies`,
          run: () => this.#stage.endProcess(event.container),
        };
      case "crash":
        return {
          atMs,
          what: `the isolator will be killed after ${event.afterCommands} more commands`,
          run: () => this.#operator.crash(event.afterCommands),
        };
      case "recover":
        return { atMs, what: "a new isolator recovers", run: () => this.#operator.recover() };
      case "link-down":
      case "link-up":
        return {
          atMs,
          what: `the cable of ${event.of} is ${event.event === "link-up" ? "plugged" : "pulled"}`,
          run: () => setCable(this.#stage.card(event.of), event.event === "link-up"),
        };
    }
  }

  #tell(what: string, failed = false): void {
    const entry = { atMs: this.#stage.simulation.clock.nowNs / NS_PER_MS, what, failed };
    this.#timeline.push(entry);
    this.#hooks.onEvent?.(entry);
  }

  #startFlow(flow: Flow): void {
    const place = this.#stage.placeOf(flow);
    if (place === undefined) throw new Error("one of its ends does not run");
    this.#flows.set(flow.name, new FlowRun(flow, place, (run) => this.#flowEnded(run)));
  }

  #flowEnded({ flow, outcome, received }: FlowRun): void {
    const all = [...this.#flows].map(([name, run]) => [name, run.received]);
    this.#receivedByAll.set(flow.name, Object.fromEntries([...all, [flow.name, received]]));
    const unit = flow.protocol === "icmp" ? "echoes" : "bytes";
    this.#tell(`${flow.name} ends: ${outcome}, ${received} ${unit} arrived`);
  }

  async #look(expectation: Expectation): Promise<void> {
    const { machine } = this.#stage.kernel;
    if (expectation.expect === "statistic") {
      this.#looked.set(expectation, await this.#operator.usage(expectation.container));
    } else if (expectation.expect === "containers") {
      this.#looked.set(expectation, await this.#operator.containers());
    } else if (expectation.expect === "links") {
      this.#looked.set(expectation, machine.home.links.map(({ name }) => name));
    }
  }

  #report(flow: Flow): FlowReport | undefined {
    const run = this.#flows.get(flow.name);
    if (run?.outcome === undefined) return undefined;
    const { received, outcome, beganAtNs, lastAtNs, wanted } = run;
    const tookMs = (lastAtNs - beganAtNs) / NS_PER_MS;
    const { name, protocol, from, to } = flow;
    return {
      ...{ name, protocol, from, to, received, outcome, tookMs },
      arrived: received >= wanted,
      beganAtMs: beganAtNs / NS_PER_MS,
      rateBytesPerSecond: tookMs > 0 && received > 0 ? received / tookMs * 1000 : undefined,
      drops: this.#drops.of(flow, this.#stage.destinationOf(flow)),
      receivedByAll: this.#receivedByAll.get(name) ?? {},
    };
  }
}

/** Does something; what keeps it from succeeding is part of the story. */
async function attempt(run: Action["run"]): Promise<{ outcome?: string; failed: boolean }> {
  try {
    const outcome = await run();
    return { ...(outcome === undefined ? {} : { outcome }), failed: false };
  } catch (error) {
    if (!(error instanceof Error) || error instanceof BrokenInvariant) throw error;
    return { outcome: error.message, failed: true };
  }
}
