import type { KernelNetwork } from "../kernel/kernel_network.ts";
import { type Interval, PORT_MAX } from "../ports/mod.ts";
import { type AddressedLink, listAddresses } from "../routing/address.ts";
import { ListingError } from "../routing/json.ts";
import { listQdiscs, type Qdisc } from "../routing/qdisc.ts";
import { type DefaultRoute, findDefaultRoute } from "../routing/route.ts";
import { readSysctls, sysctlLink, type Sysctls } from "../routing/sysctl.ts";
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
  /** Those of its settings that matter, as far as this kernel has them. */
  readonly settings: Sysctls;
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

/** The ephemeral ports of a namespace. */
const LOCAL_PORT_RANGE = "net.ipv4.ip_local_port_range";

/**
 * Picks those settings of the host that a container is given as well.
 *
 * @param settings The host's settings.
 */
export function inheritedSettings(settings: Sysctls): Sysctls {
  return new Map([...settings].filter(([key]) => INHERITED_SETTINGS.includes(key)));
}

/**
 * Lists the settings that a host needs.
 *
 * @param lo Name of its loopback link.
 * @returns Values by dotted key.
 */
export function hostSettings(lo: string): Sysctls {
  const onLo = `net.ipv4.conf.${sysctlLink(lo)}`;
  return new Map([
    // Containers answer from 127.0.0.1 and from the host's own address, which arrive by lo.
    [`${onLo}.route_localnet`, "1"],
    [`${onLo}.accept_local`, "1"],
    ["net.ipv4.conf.all.rp_filter", "0"],
    [`${onLo}.rp_filter`, "0"],
    // A gateway that shares its clients' address must not tell them of a better way.
    ["net.ipv4.conf.all.send_redirects", "0"],
    [`${onLo}.send_redirects`, "0"],
  ]);
}

/** One megabit per second, in which `/sys/class/net/LINK/speed` counts, in bytes per second. */
const MEGABIT_BYTES_PER_SECOND = 125_000;

/**
 * Reads what the isolator must know of a host. Nothing is judged here, and nothing changed.
 *
 * @param kernel The host's kernel.
 * @param options Names of links that the operator chose.
 * @throws {KernelError} If a tool is missing or the kernel refuses to tell.
 * @throws {ListingError} If a tool tells something else.
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
  const [speed, settings] = await Promise.all([
    eth0 && readLinkSpeed(kernel, eth0.name),
    readSysctls(kernel, [
      ...INHERITED_SETTINGS,
      LOCAL_PORT_RANGE,
      ...hostSettings(lo?.name ?? "lo").keys(),
    ]),
  ]);
  const localPortRange = localPortRangeOf(settings);
  return {
    links,
    qdiscs,
    ...(defaultRoute === undefined ? {} : { defaultRoute }),
    ...(eth0 === undefined ? {} : { eth0 }),
    ...(lo === undefined ? {} : { lo }),
    ...(speed === undefined ? {} : { linkSpeedBytesPerSecond: speed }),
    ...(localPortRange === undefined ? {} : { localPortRange }),
    settings,
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

function localPortRangeOf(settings: Sysctls): Interval | undefined {
  const text = settings.get(LOCAL_PORT_RANGE);
  if (text === undefined) return undefined;
  const [begin, end] = /^(\d{1,5}) (\d{1,5})$/.exec(text)?.slice(1).map(Number) ?? [];
  if (begin !== undefined && end !== undefined && begin <= end && end <= PORT_MAX) {
    return { begin, end };
  }
  throw new ListingError(`ports as ${LOCAL_PORT_RANGE}`, text);
}
