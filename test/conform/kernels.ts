import { ALL_FEATURES, DEFAULT_FEATURES, type Feature } from "../../sim/model/features.ts";
import type { KernelName } from "./report.ts";

/** What a kernel has, that the simulated machine is to have too. */
export interface KernelTraits {
  readonly features: ReadonlySet<Feature>;
  readonly cpuCount: number;
}

/** The kernels that are compared with. */
const TRAITS: Readonly<Record<KernelName, KernelTraits>> = {
  /** A cloud's, which lacks fq_codel. */
  host: {
    features: new Set([...DEFAULT_FEATURES].filter((each) => each !== "sch_fq_codel")),
    cpuCount: 2,
  },
  /** That of the lab, which has everything, and one processor. */
  uml: { features: ALL_FEATURES, cpuCount: 1 },
};

let used: KernelName = "host";

/** @param name The kernel that this process compares with. */
export function useKernel(name: KernelName): void {
  used = name;
}

/** @returns The kernel that this process compares with. */
export function usedKernel(): KernelName {
  return used;
}

/** @returns What the kernel has that this process compares with. */
export function kernelTraits(): KernelTraits {
  return TRAITS[used];
}
