import type { SimKernel } from "../sim_kernel.ts";

/** What a container asks for. */
export interface ContainerRequest {
  /** Its ports, as text. */
  readonly ports: string;
  /** Its CPUs; undefined where limits do not follow them. */
  readonly cpus: number | undefined;
}

/** What a container is told anew; what is left out stays. */
export interface ContainerChange {
  /** Its ports, as text. */
  readonly ports?: string;
  /** Its CPUs. */
  readonly cpus?: number;
}

/**
 * Whoever manages the containers of a scenario's host. The simulator knows nothing of isolators;
 * a scenario is run with one of these.
 */
export interface Operator {
  /**
   * Gives a process's namespace its network.
   *
   * @param id The container's id.
   * @param pid The process.
   * @param request What it asks for.
   */
  start(id: string, pid: number, request: ContainerRequest): Promise<void>;
  /** Takes a container's network away. @param id The container's id. */
  stop(id: string): Promise<void>;
  /** Changes a container. @param id The container's id. @param change What changes. */
  update(id: string, change: ContainerChange): Promise<void>;
  /**
   * Is killed once it has given the kernel that many more commands; what it was doing stays half
   * done, and whoever is asked for something afterwards is a new process.
   *
   * @param afterCommands How many more commands take effect.
   */
  crash(afterCommands: number): void;
  /** Reconciles what the last process left. @returns What it found, in one sentence. */
  recover(): Promise<string>;
  /** Ids of the containers that the kernel holds, sorted. */
  containers(): Promise<readonly string[]>;
  /** Reads a container's statistics. @param id The container's id. */
  usage(id: string): Promise<object>;
}

/**
 * Makes the operator of a scenario's host.
 *
 * @param kernel The host's kernel.
 * @param options Options of the isolator, by the names of berth's flags.
 * @throws {RangeError | SyntaxError | TypeError} If the options will not do.
 */
export type MakeOperator = (
  kernel: SimKernel,
  options: Readonly<Record<string, string | number | boolean>>,
) => Promise<Operator>;

/** The operator was killed as the scenario asked; not an error of the scenario. */
export class OperatorKilled extends Error {
  /** Says so. */
  constructor() {
    super("the isolator is killed in the middle of it");
    this.name = "OperatorKilled";
  }
}
