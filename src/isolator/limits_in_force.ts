import { look } from "../kernel/command.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import { type HtbClass, parseHtbClasses } from "../routing/htb_listing.ts";
import { vethName } from "./container.ts";
import type { HostConfig } from "./host_config.ts";
import { limitClass } from "./limit_plan.ts";

/** Limits in force on both ways of a container. */
export interface LimitClasses {
  /** The class that limits what it sends. */
  readonly egress?: HtbClass;
  /** The class that limits what it receives. */
  readonly ingress?: HtbClass;
}

/**
 * Reads the limits in force on a container.
 *
 * @param kernel Where to look.
 * @param host The host.
 * @param pid The container's process.
 * @throws {KernelError} If the kernel refuses, as it does where the container is gone.
 */
export async function readLimits(
  kernel: KernelNetwork,
  host: HostConfig,
  pid: number,
): Promise<LimitClasses> {
  const show = async (link: string, namespace?: string) => {
    const words = ["class", "show", "dev", link];
    const where = namespace === undefined ? {} : { namespace };
    return limitClass(
      parseHtbClasses((await look(kernel, { tool: "tc", words, ...where })).stdout),
    );
  };
  const [egress, ingress] = await Promise.all([
    show(host.eth0, String(pid)),
    show(vethName(host.options.vethPrefix, pid)),
  ]);
  return {
    ...(egress === undefined ? {} : { egress }),
    ...(ingress === undefined ? {} : { ingress }),
  };
}

/**
 * Reads the class that limits a link's way out.
 *
 * @param kernel Where to look.
 * @param link Name of the link.
 * @param namespace Name of its namespace; the kernel's own when left out.
 * @returns The class, or undefined where there is no limit of ours.
 * @throws {KernelError} If the kernel refuses.
 */
export async function readLimitClass(
  kernel: KernelNetwork,
  link: string,
  namespace?: string,
): Promise<HtbClass | undefined> {
  const words = ["class", "show", "dev", link];
  const where = namespace === undefined ? {} : { namespace };
  const { stdout } = await look(kernel, { tool: "tc", words, ...where });
  return limitClass(parseHtbClasses(stdout));
}
