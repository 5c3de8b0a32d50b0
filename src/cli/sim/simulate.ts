import { parseScenario } from "../../../sim/scenario/parse.ts";
import type { ScenarioReport } from "../../../sim/scenario/report.ts";
import { formatEntry, formatReport, type Paint } from "../../../sim/scenario/report_text.ts";
import { runScenario } from "../../../sim/scenario/runner.ts";
import { ScenarioError } from "../../../sim/scenario/scenario_error.ts";
import type { Stage } from "../../../sim/scenario/stage.ts";
import type { PacketTrace } from "../../../sim/trace/packet_trace.ts";
import { EXIT, ExitWith } from "../exit.ts";
import { makeIsolatorOperator } from "./isolator_operator.ts";

/** How a scenario is run. */
export interface SimulateOptions {
  /** Its file, for what is said of it. */
  readonly file: string;
  /** Chance of this run; the scenario's own when undefined. */
  readonly seed: number | undefined;
  /** How many packets keep a trace; none when undefined. */
  readonly traces: number | undefined;
  /** Where the story goes, line by line; nowhere when left out. */
  readonly printLine?: (line: string) => void;
  /** Colours of the story. */
  readonly paint?: Paint & { readonly title: (text: string) => string };
}

/** What came of a scenario, with the traces that were asked for. */
export type SimulateReport = ScenarioReport & { readonly traces?: readonly PacketTrace[] };

/**
 * Runs a scenario on the simulator, with an isolator that manages its containers.
 *
 * @param text The scenario file.
 * @param options How.
 * @throws {ExitWith} With status 2 if the scenario cannot be run, with the place in its file.
 */
export async function simulate(text: string, options: SimulateOptions): Promise<SimulateReport> {
  const { printLine, paint, traces } = options;
  let stage: Stage | undefined;
  try {
    const written = parseScenario(text);
    const scenario = options.seed === undefined ? written : { ...written, seed: options.seed };
    printLine?.(paint?.title(scenario.title) ?? scenario.title);
    printLine?.(`${scenario.about}\n`);
    const report = await runScenario(scenario, makeIsolatorOperator, {
      onEvent: (entry) => printLine?.(formatEntry(entry)),
      onStage: (made) => {
        stage = made;
        if (traces === undefined) return;
        made.simulation.datapath.isTracing = true;
        made.simulation.datapath.traceLimit = traces;
      },
    });
    formatReport(report, paint).forEach((line) => printLine?.(line));
    return traces === undefined
      ? report
      : { ...report, traces: stage?.simulation.datapath.traces ?? [] };
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    throw new ExitWith(EXIT.usage, `${options.file}: ${error.message}`);
  }
}
