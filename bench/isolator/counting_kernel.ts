import type { KernelNetwork } from "../../src/kernel/kernel_network.ts";

/** A kernel that counts the processes started on it. */
export interface CountingKernel {
  /** The kernel. */
  readonly kernel: KernelNetwork;
  /** How many processes of tools it has started since this was set to 0. */
  processes: number;
}

/**
 * Counts the processes that a kernel starts for tools.
 *
 * @param kernel The kernel that does the work.
 */
export function countingKernel(kernel: KernelNetwork): CountingKernel {
  const counter: CountingKernel = {
    processes: 0,
    kernel: {
      execute: (invocation) => {
        counter.processes++;
        return kernel.execute(invocation);
      },
      readFile: (path) => kernel.readFile(path),
      writeFile: (path, text) => kernel.writeFile(path, text),
      readDirectory: (path) => kernel.readDirectory(path),
      makeDirectory: (path) => kernel.makeDirectory(path),
      symlink: (target, path) => kernel.symlink(target, path),
      readLink: (path) => kernel.readLink(path),
      unlink: (path) => kernel.unlink(path),
    },
  };
  return counter;
}
