import type { Invocation, KernelNetwork, Output } from "../../src/kernel/kernel_network.ts";

/** The process died. Nothing that it does after this has any effect. */
export class Crash extends Error {
  /** Makes a crash. */
  constructor() {
    super("the process was killed");
    this.name = "Crash";
  }
}

/**
 * A kernel whose caller is killed after a number of steps: single commands, lines of a batch, and
 * changes of files. A batch may be cut in its middle.
 */
export class CrashingKernel implements KernelNetwork {
  readonly #kernel: KernelNetwork;
  #stepsLeft: number;
  #isDead = false;

  /**
   * @param kernel Where steps take effect.
   * @param steps How many of them do; Infinity for all.
   */
  constructor(kernel: KernelNetwork, steps: number) {
    this.#kernel = kernel;
    this.#stepsLeft = steps;
  }

  /** How many more steps would take effect. */
  get stepsLeft(): number {
    return this.#stepsLeft;
  }

  async execute(invocation: Invocation): Promise<Output> {
    if (this.#isDead) throw new Crash();
    if (invocation.effect === "read") return await this.#kernel.execute(invocation);
    const lines = invocation.args.includes("-batch")
      ? (invocation.stdin ?? "").split("\n").filter((line) => line !== "")
      : undefined;
    const steps = lines?.length ?? 1;
    if (steps <= this.#stepsLeft) {
      this.#stepsLeft -= steps;
      return await this.#kernel.execute(invocation);
    }
    const stdin = lines?.slice(0, this.#stepsLeft).map((line) => line + "\n").join("") ?? "";
    if (lines !== undefined && stdin !== "") await this.#kernel.execute({ ...invocation, stdin });
    this.#isDead = true;
    throw new Crash();
  }

  async writeFile(path: string, text: string): Promise<void> {
    this.#step();
    await this.#kernel.writeFile(path, text);
  }

  async makeDirectory(path: string): Promise<void> {
    this.#step();
    await this.#kernel.makeDirectory(path);
  }

  async symlink(target: string, path: string): Promise<void> {
    this.#step();
    await this.#kernel.symlink(target, path);
  }

  async unlink(path: string): Promise<void> {
    this.#step();
    await this.#kernel.unlink(path);
  }

  async readFile(path: string): Promise<string> {
    this.#look();
    return await this.#kernel.readFile(path);
  }

  async readDirectory(path: string): Promise<string[]> {
    this.#look();
    return await this.#kernel.readDirectory(path);
  }

  async readLink(path: string): Promise<string> {
    this.#look();
    return await this.#kernel.readLink(path);
  }

  #look(): void {
    if (this.#isDead) throw new Crash();
  }

  #step(): void {
    this.#look();
    if (this.#stepsLeft > 0) {
      this.#stepsLeft--;
      return;
    }
    this.#isDead = true;
    throw new Crash();
  }
}
