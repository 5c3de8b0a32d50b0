import { CLOUD_KERNEL, type KernelTraits, LAB_KERNEL } from "../support/kernel_traits.ts";
import type { KernelName } from "./report.ts";

/** The kernels that are compared with. */
const TRAITS: Readonly<Record<KernelName, KernelTraits>> = { host: CLOUD_KERNEL, uml: LAB_KERNEL };

let used: KernelName = "host";

/** @param name The kernel that this process compares with. */
export function useKernel(name: KernelName): void {
  used = name;
}

/** @returns What sets the kernel apart that this process compares with. */
export function kernelTraits(): KernelTraits {
  return TRAITS[used];
}
