/**
 * Isolates a container and is killed by SIGKILL in the middle. Arguments: the container's id, its
 * process, its ports, and the point: how many steps that change the kernel are let through, and
 * whether the step after those takes effect first.
 *
 * @module
 */

import { Isolator } from "../../src/isolator/isolator.ts";
import { optionsOf } from "../../src/cli/flags.ts";
import { HostKernel } from "../../src/kernel/host_kernel.ts";
import type { Invocation, Output } from "../../src/kernel/kernel_network.ts";
import { parsePorts } from "../../src/ports/mod.ts";

/** The real kernel, up to a point. */
class CrashingKernel extends HostKernel {
  armed = false;
  #stepsLeft: number;
  readonly #after: boolean;

  constructor(steps: number, after: boolean) {
    super();
    this.#stepsLeft = steps;
    this.#after = after;
  }

  override async execute(invocation: Invocation): Promise<Output> {
    if (invocation.effect === "read" || !this.armed) return await super.execute(invocation);
    return await this.#crashAround(() => super.execute(invocation));
  }

  override async symlink(target: string, path: string): Promise<void> {
    await this.#crashAround(() => super.symlink(target, path));
  }

  async #crashAround<T>(step: () => Promise<T>): Promise<T> {
    const isHere = this.#stepsLeft-- === 0;
    if (isHere && !this.#after) Deno.kill(Deno.pid, "SIGKILL");
    const result = await step();
    if (isHere) Deno.kill(Deno.pid, "SIGKILL");
    return result;
  }
}

const [id = "", pid = "", ports = "", steps = "", when = ""] = Deno.args;
const kernel = new CrashingKernel(Number(steps), when === "after");
const isolator = await Isolator.create(optionsOf(new Map()), kernel);
await isolator.adopt();
await isolator.prepare(id, { ports: parsePorts(ports) });
kernel.armed = true;
await isolator.isolate(id, Number(pid));
