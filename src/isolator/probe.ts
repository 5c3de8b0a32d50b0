import { runBatchForced } from "../kernel/batch.ts";
import { change, remove } from "../kernel/command.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import { deleteNamespace } from "../routing/namespace.ts";

/** A feature of the kernel that Berth uses. */
export interface KernelFeature {
  /** Its name, as the kernel calls it. */
  readonly name: string;
  /** What it is for. */
  readonly purpose: string;
  /** What to do without it; absent where there is no doing without. */
  readonly without?: string;
}

/** A feature, and the commands that work only with it, one after another in a fresh namespace. */
interface Probe extends KernelFeature {
  readonly words: readonly string[];
}

const ON_LO = ["dev", "lo"];

/** Every feature, in an order in which each command finds what it needs. */
const PROBES: readonly Probe[] = [
  {
    name: "ingress",
    purpose: "filters on what arrives at a link",
    words: ["qdisc", "add", ...ON_LO, "ingress"],
  },
  {
    name: "u32 and mirred",
    purpose: "steering packets by port",
    words: [
      ...["filter", "add", ...ON_LO, "parent", "ffff:", "protocol", "ip", "prio", "1", "u32"],
      ...["match", "u32", "0", "0", "action", "mirred", "egress", "redirect", ...ON_LO],
    ],
  },
  {
    name: "htb",
    purpose: "egress and ingress limits",
    without: "give no limits",
    words: ["qdisc", "add", ...ON_LO, "root", "handle", "1:", "htb", "default", "1"],
  },
  {
    name: "fq_codel",
    purpose: "short queues below limits, and unique flows",
    without: "give --leaf_qdisc=pfifo, and no --egress_unique_flow_per_container",
    words: ["qdisc", "replace", ...ON_LO, "root", "handle", "2:", "fq_codel"],
  },
];

/**
 * Tries what the kernel can do, in a network namespace made for that alone.
 *
 * @param kernel The kernel.
 * @param name Name for the namespace; nothing else may bear it.
 * @returns Every feature, and whether the kernel has it.
 * @throws {KernelError} If not even a namespace can be made.
 */
export async function probeKernel(
  kernel: KernelNetwork,
  name: string,
): Promise<{ readonly feature: KernelFeature; readonly present: boolean }[]> {
  await change(kernel, { tool: "ip", words: ["netns", "add", name] });
  try {
    const lines = PROBES.map(({ words }) => words);
    const failures = await runBatchForced(kernel, { tool: "tc", namespace: name, lines });
    const failed = new Set(failures.map(({ number }) => number));
    return PROBES.map(({ words: _words, ...feature }, i) => ({
      feature,
      present: !failed.has(i + 1),
    }));
  } finally {
    await remove(kernel, deleteNamespace(name));
  }
}
