import { look } from "../kernel/command.ts";
import { isNotFound } from "../kernel/kernel_error.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import type { Interval } from "../ports/mod.ts";
import { type AddressedLink, listAddresses } from "../routing/address.ts";
import { listQdiscs, type Qdisc } from "../routing/qdisc.ts";
import { type DefaultRoute, findDefaultRoute } from "../routing/route.ts";
import { readSysctl, sysctlLink, type Sysctls } from "../routing/sysctl.ts";
import type { IsolatorOptions } from "./options.ts";

/** What the host is like, whether or not that will do. */
export interface HostFacts {
  /** All its links with their addresses. */
  readonly links: readonly AddressedLink[];
  /** All its qdiscs. */
  readonly qdiscs: readonly Qdisc[];
  /** Its preferred default route. */
  readonly defaultRoute?: DefaultRoute;
  /** The public link: the one that was named, or that of the default route. */
  readonly eth0?: AddressedLink;
  /** The loopback link: the one that was named, or that of 127.0.0.1. */
  readonly lo?: AddressedLink;
  /** Speed of the public link in bytes per second, where the kernel knows it. */
  readonly linkSpeedBytesPerSecond?: number;
  /** The ephemeral ports of the host itself. */
  readonly localPortRange?: Interval;
  /** Whether this kernel can route 127.0.0.1 between links. */
  readonly hasRouteLocalnet: boolean;
  /** Settings that every container is given as well, as far as this kernel has them. */
  readonly containerSettings: Sysctls;
}

/** The host's settings that a container would otherwise start without. */
const INHERITED_SETTINGS: readonly string[] = [
  ...["somaxconn", "netdev_max_backlog", "rmem_max", "wmem_max"].map((name) => `net.core.${name}`),
  ...[
    "tcp_ecn",
    "tcp_ecn_fallback",
    "tcp_keepalive_time",
    "tcp_keepalive_intvl",
    "tcp_keepalive_probes",
    "tcp_max_syn_backlog",
    "tcp_rmem",
    "tcp_wmem",
    "tcp_retries2",
    "tcp_synack_retries",
    "neigh.default.gc_thresh1",
    "neigh.default.gc_thresh2",
    "neigh.default.gc_thresh3",
  ].map((name) => `net.ipv4.${name}`),
];

/** One megabit per second, in which `/sys/class/net/LINK/speed` counts, in bytes per second. */
const MEGABIT_BYTES_PER_SECOND = 125_000;

/**
 * Reads what the isolator must know of a host. Nothing is judged here, and nothing changed.
 *
 * @param kernel The host's kernel.
 * @param options Names of links that the operator chose.
 * @throws {KernelError} If a tool is missing or the kernel refuses to tell.
 */
export async function readHost(
  kernel: KernelNetwork,
  options: Pick<IsolatorOptions, "eth0Name" | "loName">,
): Promise<HostFacts> {
  const [links, qdiscs, defaultRoute] = await Promise.all([
    listAddresses(kernel),
    listQdiscs(kernel),
    findDefaultRoute(kernel),
  ]);
  const eth0Name = options.eth0Name ?? defaultRoute?.link;
  const eth0 = links.find((link) => link.name === eth0Name);
  const lo = links.find((link) =>
    options.loName === undefined
      ? link.addresses.some(({ address }) => address === "127.0.0.1")
      : link.name === options.loName
  );
  const speed = eth0 && await readLinkSpeed(kernel, eth0.name);
  const localPortRange = await readLocalPortRange(kernel);
  const routeLocalnet = `net.ipv4.conf.${sysctlLink(lo?.name ?? "lo")}.route_localnet`;
  return {
    links,
    qdiscs,
    ...(defaultRoute === undefined ? {} : { defaultRoute }),
    ...(eth0 === undefined ? {} : { eth0 }),
    ...(lo === undefined ? {} : { lo }),
    ...(speed === undefined ? {} : { linkSpeedBytesPerSecond: speed }),
    ...(localPortRange === undefined ? {} : { localPortRange }),
    hasRouteLocalnet: (await readSysctl(kernel, routeLocalnet)) !== undefined,
    containerSettings: await readSettings(kernel, INHERITED_SETTINGS),
  };
}

/**
 * Reads a link's speed.
 *
 * @param kernel Where to look.
 * @param link Name of the link.
 * @returns Bytes per second, or undefined where the kernel does not know, as in most clouds.
 */
export async function readLinkSpeed(
  kernel: KernelNetwork,
  link: string,
): Promise<number | undefined> {
  try {
    const megabits = Number(await kernel.readFile(`/sys/class/net/${link}/speed`));
    return megabits > 0 ? megabits * MEGABIT_BYTES_PER_SECOND : undefined;
  } catch {
    // A virtual link answers EINVAL and a bare namespace has no /sys; neither knows a speed.
    return undefined;
  }
}

async function readLocalPortRange(kernel: KernelNetwork): Promise<Interval | undefined> {
  const value = await readSysctl(kernel, "net.ipv4.ip_local_port_range");
  const [begin, end] = value?.split(" ").map(Number) ?? [];
  return begin === undefined || end === undefined ? undefined : { begin, end };
}

async function readSettings(kernel: KernelNetwork, keys: readonly string[]): Promise<Sysctls> {
  const values = await Promise.all(
    keys.map(async (key) => [key, await readSysctl(kernel, key)] as const),
  );
  return new Map(values.flatMap(([key, value]) => value === undefined ? [] : [[key, value]]));
}

/**
 * Tells whether the host has a tool.
 *
 * @param kernel The host's kernel.
 * @param tool The tool and words that make it answer at once.
 */
export async function hasTool(
  kernel: KernelNetwork,
  tool: { readonly tool: "ip" | "tc" | "ss" | "sysctl"; readonly words: readonly string[] },
): Promise<boolean> {
  try {
    await look(kernel, tool);
    return true;
  } catch (error) {
    if (isNotFound(error) && error.status === undefined) return false;
    throw error;
  }
}
