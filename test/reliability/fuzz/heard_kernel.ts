import { commandLine } from "../../../src/kernel/command_line.ts";
import type { Invocation, KernelNetwork, Output } from "../../../src/kernel/kernel_network.ts";

/** A kernel whose every answer passes through a listener, which may change it. */
export class HeardKernel implements KernelNetwork {
  readonly #kernel: KernelNetwork;
  readonly #hear: (asked: string, text: string) => string;

  /**
   * @param kernel The kernel that answers.
   * @param hear Takes what was asked and a text of the answer, and gives the text to pass on.
   */
  constructor(kernel: KernelNetwork, hear: (asked: string, text: string) => string) {
    this.#kernel = kernel;
    this.#hear = hear;
  }

  async execute(invocation: Invocation): Promise<Output> {
    const { status, stdout, stderr } = await this.#kernel.execute(invocation);
    const asked = [commandLine(invocation).join(" "), invocation.stdin ?? ""].join("\n");
    return {
      status,
      stdout: this.#hear(asked, stdout),
      stderr: stderr === "" ? stderr : this.#hear(`complaint of ${asked}`, stderr),
    };
  }

  async readFile(path: string): Promise<string> {
    return this.#hear(path, await this.#kernel.readFile(path));
  }

  writeFile(path: string, text: string): Promise<void> {
    return this.#kernel.writeFile(path, text);
  }

  readDirectory(path: string): Promise<string[]> {
    return this.#kernel.readDirectory(path);
  }

  makeDirectory(path: string): Promise<void> {
    return this.#kernel.makeDirectory(path);
  }

  symlink(target: string, path: string): Promise<void> {
    return this.#kernel.symlink(target, path);
  }

  async readLink(path: string): Promise<string> {
    return this.#hear(path, await this.#kernel.readLink(path));
  }

  unlink(path: string): Promise<void> {
    return this.#kernel.unlink(path);
  }
}
