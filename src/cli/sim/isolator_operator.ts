import { crashAfter, FaultyKernel, type SimKernel, SimulatedCrash } from "../../../sim/mod.ts";
import {
  type ContainerChange,
  type ContainerRequest,
  type MakeOperator,
  type Operator,
  OperatorKilled,
} from "../../../sim/scenario/operator.ts";
import { Isolator } from "../../isolator/isolator.ts";
import type { IsolatorOptions } from "../../isolator/options.ts";
import type { KernelNetwork } from "../../kernel/kernel_network.ts";
import { parsePorts } from "../../ports/mod.ts";
import { parseConfig } from "../config_file.ts";
import { optionsOf } from "../flags.ts";
import { describeRecovery } from "../recovery_text.ts";

/**
 * Makes the isolator that manages the containers of a scenario.
 *
 * @param kernel The host's kernel.
 * @param given Options by the names of berth's flags.
 * @throws {SyntaxError} If there is no such option, or a value cannot be read.
 * @throws {IsolatorError} If the host or the options will not do.
 */
export const makeIsolatorOperator: MakeOperator = async (kernel, given) => {
  const options = optionsOf(parseConfig(JSON.stringify(given)));
  const operator = new IsolatorOperator(kernel, options);
  await operator.containers();
  return operator;
};

/** An isolator that may be killed; whoever asks next gets a new one, as after a real crash. */
class IsolatorOperator implements Operator {
  readonly #kernel: SimKernel;
  readonly #options: IsolatorOptions;
  #isolator: Isolator | undefined;
  /** What the next isolator works on: one that kills it where the scenario says so. */
  #next: KernelNetwork;

  constructor(kernel: SimKernel, options: IsolatorOptions) {
    this.#kernel = kernel;
    this.#options = options;
    this.#next = kernel;
  }

  start(id: string, pid: number, { ports, cpus }: ContainerRequest): Promise<void> {
    return this.#with(async (isolator) => {
      const config = { ports: parsePorts(ports), ...(cpus === undefined ? {} : { cpus }) };
      await isolator.prepare(id, config);
      await isolator.isolate(id, pid);
    });
  }

  stop(id: string): Promise<void> {
    return this.#with(async (isolator) => {
      await isolator.cleanup(id);
    });
  }

  update(id: string, { ports, cpus }: ContainerChange): Promise<void> {
    return this.#with(async (isolator) => {
      await isolator.update(id, {
        ...(ports === undefined ? {} : { ports: parsePorts(ports) }),
        ...(cpus === undefined ? {} : { cpus }),
      });
    });
  }

  crash(afterCommands: number): void {
    this.#isolator = undefined;
    this.#next = new FaultyKernel(this.#kernel, [crashAfter(afterCommands)]);
  }

  async recover(): Promise<string> {
    this.#next = this.#kernel;
    this.#isolator = await Isolator.create(this.#options, this.#kernel);
    return describeRecovery(await this.#isolator.recover()).join("; ");
  }

  containers(): Promise<readonly string[]> {
    return this.#with((isolator) =>
      Promise.resolve(isolator.containers.map(({ id }) => id).toSorted())
    );
  }

  usage(id: string): Promise<object> {
    return this.#with((isolator) => isolator.usage(id));
  }

  async #with<T>(act: (isolator: Isolator) => Promise<T>): Promise<T> {
    try {
      if (this.#isolator === undefined) {
        this.#isolator = await Isolator.create(this.#options, this.#next);
        await this.#isolator.adopt();
      }
      return await act(this.#isolator);
    } catch (error) {
      if (!(error instanceof SimulatedCrash)) throw error;
      this.#isolator = undefined;
      this.#next = this.#kernel;
      throw new OperatorKilled();
    }
  }
}
