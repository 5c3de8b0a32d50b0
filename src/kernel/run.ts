import { commandLine } from "./command_line.ts";
import { KernelError } from "./kernel_error.ts";
import type { Invocation, KernelNetwork, Output } from "./kernel_network.ts";

/** How {@linkcode run} judges an exit status. */
export interface RunOptions {
  /** Exit statuses besides 0 that are no failure. */
  readonly tolerate?: readonly number[];
  /** What the operator can do if it fails, as a sentence without a full stop. */
  readonly hint?: string;
}

/**
 * Runs one tool and takes a non-zero exit status for the kernel's refusal.
 *
 * @param kernel Where to run it.
 * @param invocation The tool, its arguments and where it works.
 * @param options Exit statuses to tolerate, and a hint for the error.
 * @returns What the tool answered.
 * @throws {KernelError} If the tool fails, is missing, or exceeds its time limit.
 */
export async function run(
  kernel: KernelNetwork,
  invocation: Invocation,
  options: RunOptions = {},
): Promise<Output> {
  const output = await kernel.execute(invocation);
  if (output.status !== 0 && !options.tolerate?.includes(output.status)) {
    throw new KernelError({
      command: commandLine(invocation),
      namespace: invocation.namespace,
      status: output.status,
      stderr: output.stderr,
      ...(options.hint === undefined ? {} : { hint: options.hint }),
    });
  }
  return output;
}
