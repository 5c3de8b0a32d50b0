import { ALL_FEATURES, DEFAULT_FEATURES, type Feature } from "../../sim/model/features.ts";

/** What a kernel says instead of what the simulator says, which talks as Linux 6.18 does. */
export type Wording = readonly [said: RegExp, instead: string];

/** What sets a real kernel apart, so that a simulated machine can be like it. */
export interface KernelTraits {
  /** What it was built with. */
  readonly features: ReadonlySet<Feature>;
  /** Its processors. */
  readonly cpuCount: number;
  /** Errors and warnings that it words in its own way. */
  readonly wordings: readonly Wording[];
}

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

/** A cloud's, Linux 6.18, which lacks fq_codel. */
export const CLOUD_KERNEL: KernelTraits = {
  features: new Set([...DEFAULT_FEATURES].filter((each) => each !== "sch_fq_codel")),
  cpuCount: 2,
  wordings: [],
};

/** That of the lab, Linux 6.1, which has every qdisc, classifier and action, and one processor. */
export const LAB_KERNEL: KernelTraits = {
  features: new Set([...ALL_FEATURES].filter((each) => each !== "act_hw_state")),
  cpuCount: 1,
  wordings: WORDINGS_OF_6_1,
};

/**
 * Puts what the simulator says into the words of a kernel.
 *
 * @param text Standard error of a tool on the simulator.
 * @param kernel The kernel.
 */
export function inWordsOf(text: string, { wordings }: KernelTraits): string {
  return wordings.reduce((said, [from, to]) => said.replace(from, to), text);
}
