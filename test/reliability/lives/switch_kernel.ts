import { type Fault, SimulatedCrash } from "../../../sim/fault/fault.ts";
import { FaultyKernel } from "../../../sim/fault/faulty_kernel.ts";
import type { Invocation, KernelNetwork, Output } from "../../../src/kernel/kernel_network.ts";

/** A kernel at which something goes wrong now and then, and all is as fast as ever in between. */
export class SwitchKernel implements KernelNetwork {
  readonly #sound: KernelNetwork;
  #current: KernelNetwork;

  /** @param sound The kernel. */
  constructor(sound: KernelNetwork) {
    this.#sound = sound;
    this.#current = sound;
  }

  /**
   * Does something while a rule holds.
   *
   * @param fault What goes wrong.
   * @param act What is done.
   * @returns How it ended: whether it is done, failed, or its process died.
   */
  async during(
    fault: Fault,
    act: () => Promise<unknown>,
  ): Promise<{ readonly end: "done" | "failed" | "died"; readonly error?: unknown }> {
    const faulty = new FaultyKernel(this.#sound, [fault]);
    this.#current = faulty;
    try {
      await act();
      return { end: faulty.isDead ? "died" : "done" };
    } catch (error) {
      const isDeath = faulty.isDead || error instanceof SimulatedCrash;
      return { end: isDeath ? "died" : "failed", error };
    } finally {
      this.#current = this.#sound;
    }
  }

  /** {@inheritDoc KernelNetwork.execute} */
  execute(invocation: Invocation): Promise<Output> {
    return this.#current.execute(invocation);
  }

  /** {@inheritDoc KernelNetwork.readFile} */
  readFile(path: string): Promise<string> {
    return this.#current.readFile(path);
  }

  /** {@inheritDoc KernelNetwork.writeFile} */
  writeFile(path: string, text: string): Promise<void> {
    return this.#current.writeFile(path, text);
  }

  /** {@inheritDoc KernelNetwork.readDirectory} */
  readDirectory(path: string): Promise<string[]> {
    return this.#current.readDirectory(path);
  }

  /** {@inheritDoc KernelNetwork.makeDirectory} */
  makeDirectory(path: string): Promise<void> {
    return this.#current.makeDirectory(path);
  }

  /** {@inheritDoc KernelNetwork.symlink} */
  symlink(target: string, path: string): Promise<void> {
    return this.#current.symlink(target, path);
  }

  /** {@inheritDoc KernelNetwork.readLink} */
  readLink(path: string): Promise<string> {
    return this.#current.readLink(path);
  }

  /** {@inheritDoc KernelNetwork.unlink} */
  unlink(path: string): Promise<void> {
    return this.#current.unlink(path);
  }
}
