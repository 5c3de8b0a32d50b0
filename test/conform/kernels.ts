import { ALL_FEATURES, DEFAULT_FEATURES, type Feature } from "../../sim/model/features.ts";
import type { KernelName } from "./report.ts";

/** What a kernel has, that the simulated machine is to have too. */
export interface KernelTraits {
  readonly features: ReadonlySet<Feature>;
  readonly cpuCount: number;
}

/** What the simulator says, as Linux 6.18 does, and what an older kernel says instead. */
type Wording = readonly [RegExp, string];

/** Linux 6.1 says less: these came later. */
const WORDINGS_OF_6_1: readonly Wording[] = [
  [/^Error: ipv4: Address not found\.$/gm, "RTNETLINK answers: Cannot assign requested address"],
  [/^Error: ipv4: Address already assigned\.$/gm, "RTNETLINK answers: File exists"],
  [/^Error: ipv4: Invalid scope value\.$/gm, "RTNETLINK answers: Invalid argument"],
  [/^Error: An interface with the same name .*\.$/gm, "RTNETLINK answers: File exists"],
  [/^Error: The interface netns is immutable\.$/gm, "RTNETLINK answers: Invalid argument"],
  [/^Error: HTB class in use\.$/gm, "RTNETLINK answers: Device or resource busy"],
  [/^Error: Cannot create traffic .*\.$/gm, "RTNETLINK answers: Operation not supported"],
  [/^Warning: sch_htb: quantum .*\n/gm, ""],
];

const WORDINGS: Readonly<Record<KernelName, readonly Wording[]>> = {
  host: [],
  uml: WORDINGS_OF_6_1,
};

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

/**
 * Puts what the simulator says into the words of the kernel that this process compares with.
 *
 * @param text Standard error of a tool on the simulator.
 */
export function inKernelWords(text: string): string {
  return WORDINGS[used].reduce((said, [from, to]) => said.replace(from, to), text);
}

/** @returns What the kernel has that this process compares with. */
export function kernelTraits(): KernelTraits {
  return TRAITS[used];
}
