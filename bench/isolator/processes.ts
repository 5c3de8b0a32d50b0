import { mapBounded } from "../../src/isolator/bounded.ts";
import { namespaceOfProcess } from "../../src/isolator/container_handle.ts";
import type { KernelNetwork } from "../../src/kernel/kernel_network.ts";

/** How many processes are waited for at a time. */
const AT_ONCE = 4;

/**
 * Starts processes that do nothing, each in a network namespace of its own.
 *
 * @param kernel Where to see that each has entered its namespace.
 * @param count How many.
 * @returns The processes, for whom the caller is to end them.
 */
export async function startProcesses(
  kernel: KernelNetwork,
  count: number,
): Promise<Deno.ChildProcess[]> {
  const processes = Array.from({ length: count }, startProcess);
  const own = await namespaceOfProcess(kernel, "self");
  await mapBounded(processes, AT_ONCE, ({ pid }) => hasNamespace(kernel, pid, own));
  return processes;
}

function startProcess(): Deno.ChildProcess {
  return new Deno.Command("unshare", { args: ["--net", "sleep", "900"], stdin: "null" }).spawn();
}

async function hasNamespace(kernel: KernelNetwork, pid: number, own?: string): Promise<void> {
  while (await namespaceOfProcess(kernel, pid) === own) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
