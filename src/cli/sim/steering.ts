import type { SimKernel } from "../../../sim/mod.ts";
import { parseScenario } from "../../../sim/scenario/parse.ts";
import { runScenario } from "../../../sim/scenario/runner.ts";
import { ScenarioError } from "../../../sim/scenario/scenario_error.ts";
import { Isolator } from "../../isolator/isolator.ts";
import { readSteering, type Steering } from "../../isolator/prove/steering.ts";
import { parseConfig } from "../config_file.ts";
import { UsageError } from "../exit.ts";
import { optionsOf } from "../flags.ts";
import { makeIsolatorOperator } from "./isolator_operator.ts";

/**
 * Runs a scenario on the simulator, and reads the filters of its host as they are at the end.
 *
 * @param file Its file, for what is said of it.
 * @param text Its content.
 * @throws {UsageError} If the scenario cannot be run.
 */
export async function readScenarioSteering(file: string, text: string): Promise<Steering> {
  try {
    const scenario = parseScenario(text);
    let kernel: SimKernel | undefined;
    await runScenario(scenario, (given, options) => {
      kernel = given;
      return makeIsolatorOperator(given, options);
    });
    if (kernel === undefined) throw new ScenarioError("host", "has no isolator");
    const options = optionsOf(parseConfig(JSON.stringify(scenario.host.options)));
    const { host } = await Isolator.create(options, kernel);
    return await readSteering(kernel, host);
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    throw new UsageError(`${file}: ${error.message}`, { cause: error });
  }
}
