import { SimKernel } from "../../../sim/mod.ts";
import type { KernelNetwork } from "../../kernel/kernel_network.ts";
import { HostSession } from "./host_session.ts";

/**
 * Works with the kernel of a host that a folder keeps.
 *
 * @param folder The folder.
 * @param work What to do.
 * @returns What it returns.
 * @throws {ExitWith} If another command has the folder, or it holds something else.
 */
export async function withKeptKernel<T>(
  folder: string,
  work: (kernel: KernelNetwork) => Promise<T>,
): Promise<T> {
  using session = await HostSession.open(folder);
  return await work(new SimKernel(session.machine));
}
