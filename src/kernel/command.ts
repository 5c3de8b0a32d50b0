import type { Invocation, KernelNetwork, Output, Tool } from "./kernel_network.ts";
import { isExists, isNotFound } from "./kernel_error.ts";
import { run } from "./run.ts";

/** One command as a value: what a plan is made of. */
export interface Command {
  /** The tool that carries it out. */
  readonly tool: Tool;
  /** Its arguments, one word each. */
  readonly words: readonly string[];
  /** Name of the network namespace to work in; the kernel's own when left out. */
  readonly namespace?: string;
}

/**
 * Makes the invocation that carries a command out.
 *
 * @param command The command.
 * @param effect Whether it may alter the kernel.
 */
export function toInvocation(command: Command, effect: Invocation["effect"]): Invocation {
  const { tool, words, namespace } = command;
  return { tool, args: words, ...(namespace === undefined ? {} : { namespace }), effect };
}

/**
 * Runs a command that only looks.
 *
 * @param kernel Where to look.
 * @param command The command.
 * @returns What the tool answered.
 * @throws {KernelError} If the kernel refuses.
 */
export function look(kernel: KernelNetwork, command: Command): Promise<Output> {
  return run(kernel, toInvocation(command, "read"));
}

/**
 * Runs a command that changes what is there.
 *
 * @param kernel Where to change it.
 * @param command The command.
 * @throws {KernelError} If the kernel refuses.
 */
export async function change(kernel: KernelNetwork, command: Command): Promise<void> {
  await run(kernel, toInvocation(command, "change"));
}

/**
 * Makes an object, unless there is one already.
 *
 * @param kernel Where to make it.
 * @param command The command that makes it.
 * @returns Whether it was made; false if it was there.
 * @throws {KernelError} If the kernel refuses for any other reason.
 */
export async function create(kernel: KernelNetwork, command: Command): Promise<boolean> {
  try {
    await change(kernel, command);
    return true;
  } catch (error) {
    if (isExists(error)) return false;
    throw error;
  }
}

/**
 * Removes an object, unless it is gone already.
 *
 * @param kernel Where to remove it.
 * @param command The command that removes it.
 * @returns Whether it was removed; false if it was not there.
 * @throws {KernelError} If the kernel refuses for any other reason.
 */
export async function remove(kernel: KernelNetwork, command: Command): Promise<boolean> {
  try {
    await change(kernel, command);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
