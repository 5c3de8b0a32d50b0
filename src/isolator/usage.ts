import { isNotFound } from "../kernel/kernel_error.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import type { IntervalSet } from "../ports/mod.ts";
import type { RateLimit } from "../routing/htb.ts";
import type { HtbClass } from "../routing/htb_listing.ts";
import { type LinkCounters, readCounters } from "../routing/link.ts";
import { readShapings, type Shaping } from "../routing/shaping.ts";
import { vethName } from "./container.ts";
import {
  type ContainerReading,
  type ContainerStatistics,
  readContainerStatistics,
} from "./container_statistics.ts";
import type { Context } from "./context.ts";
import { limitClass, limitOfClass } from "./limit_plan.ts";
import type { Entry } from "./registry.ts";
import type { RateStatistics } from "./rates/rates_collector.ts";
import { trafficControlStatistics } from "./traffic_control.ts";

/** What a container has used, in the reference's names. Fields that cannot be told are left out. */
export interface Usage extends ContainerStatistics {
  /** Packets that the container received. */
  readonly net_rx_packets?: bigint;
  /** Bytes that it received. */
  readonly net_rx_bytes?: bigint;
  /** Packets that reached it damaged. */
  readonly net_rx_errors?: bigint;
  /** Packets for it that were dropped. */
  readonly net_rx_dropped?: bigint;
  /** Packets that it sent. */
  readonly net_tx_packets?: bigint;
  /** Bytes that it sent. */
  readonly net_tx_bytes?: bigint;
  /** Packets of it that were damaged. */
  readonly net_tx_errors?: bigint;
  /** Packets of it that were dropped. */
  readonly net_tx_dropped?: bigint;
  /** What it may send, in bytes per second. */
  readonly net_tx_rate_limit?: number;
  /** What it may send while a burst lasts, in bytes per second. */
  readonly net_tx_burst_rate_limit?: number;
  /** Size of such a burst in bytes. */
  readonly net_tx_burst_size?: number;
  /** What it may receive, in bytes per second. */
  readonly net_rx_rate_limit?: number;
  /** What it may receive while a burst lasts, in bytes per second. */
  readonly net_rx_burst_rate_limit?: number;
  /** Size of such a burst in bytes. */
  readonly net_rx_burst_size?: number;
  /** Its ephemeral ports. */
  readonly net_ephemeral_ports?: { readonly begin: number; readonly end: number };
  /** Percentiles of its rates, where they are sampled. */
  readonly net_rate_statistics?: RateStatistics;
  /** Its other ports. */
  readonly net_ports: IntervalSet;
}

/**
 * Reads what containers have used. What the host tells of all of them is read once.
 *
 * @param context What to work with.
 * @param ids The containers' ids.
 * @returns What each has used, in the order of the ids.
 * @throws {IsolatorError} If one of them is no container with a network.
 * @throws {KernelError} If the kernel refuses for another reason than that a container is gone.
 */
export async function usageOf(
  context: Context,
  ids: readonly string[],
): Promise<Map<string, Usage>> {
  const { kernel, host, registry } = context;
  const entries = ids.map((id) => registry.isolated(id));
  const { vethPrefix } = host.options;
  const veths = new Set(entries.map(({ pid }) => vethName(vethPrefix, pid)));
  const { statistics } = host.options;
  // All containers are looked into at once, so that the kernel can do it with few processes.
  const [counters, shapings, insides] = await Promise.all([
    readCounters(kernel),
    readShapingsOnceMore(kernel, veths),
    Promise.all(
      entries.map(({ pid }) =>
        readContainerStatistics(kernel, { eth0: host.eth0, pid }, statistics)
      ),
    ),
  ]);
  return new Map(entries.map((entry, i) => {
    const veth = vethName(vethPrefix, entry.pid);
    const rates = context.rates?.statisticsOf({ id: entry.id, link: veth });
    const usage: Usage = {
      ...assemble(entry, counters.get(veth), shapings.get(veth), insides[i]),
      ...(rates === undefined ? {} : { net_rate_statistics: rates }),
    };
    return [entry.id, usage];
  }));
}

/** A link may vanish between the listing of all and that of its classes; then all begins again. */
async function readShapingsOnceMore(
  kernel: KernelNetwork,
  veths: ReadonlySet<string>,
): Promise<Map<string, Shaping>> {
  try {
    return await readShapings(kernel, veths);
  } catch (error) {
    if (isNotFound(error)) return await readShapings(kernel, veths);
    throw error;
  }
}

function assemble(
  entry: Entry,
  counters: LinkCounters | undefined,
  shaping: Shaping | undefined,
  inside: ContainerReading | undefined,
): Usage {
  const ingress = limitClass(shaping?.classes ?? []);
  const { net_traffic_control_statistics: egressQueues = [], ...statistics } = inside?.statistics ??
    {};
  const ingressQueues = trafficControlStatistics("ingress", shaping?.qdiscs ?? []);
  const queues = [...egressQueues, ...ingressQueues];
  return {
    ...(counters === undefined ? {} : swapped(counters)),
    ...limitFields(inside?.egress, ingress),
    ...portFields(entry),
    ...statistics,
    ...(queues.length === 0 ? {} : { net_traffic_control_statistics: queues }),
  };
}

/** The host's end of a veth receives what the container sends, and the other way round. */
function swapped(counters: LinkCounters): Partial<Usage> {
  return {
    net_rx_packets: counters.txPackets,
    net_rx_bytes: counters.txBytes,
    net_rx_errors: counters.txErrors,
    net_rx_dropped: counters.txDropped,
    net_tx_packets: counters.rxPackets,
    net_tx_bytes: counters.rxBytes,
    net_tx_errors: counters.rxErrors,
    net_tx_dropped: counters.rxDropped,
  };
}

function limitFields(egress: HtbClass | undefined, ingress: HtbClass | undefined): Partial<Usage> {
  const tx: Partial<RateLimit> = egress === undefined ? {} : limitOfClass(egress);
  const rx: Partial<RateLimit> = ingress === undefined ? {} : limitOfClass(ingress);
  const given = {
    net_tx_rate_limit: tx.rateBytesPerSecond,
    net_tx_burst_rate_limit: tx.ceilBytesPerSecond,
    net_tx_burst_size: tx.burstBytes,
    net_rx_rate_limit: rx.rateBytesPerSecond,
    net_rx_burst_rate_limit: rx.ceilBytesPerSecond,
    net_rx_burst_size: rx.burstBytes,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function portFields(entry: Entry): Pick<Usage, "net_ephemeral_ports" | "net_ports"> {
  return {
    ...(entry.ephemeralPorts === undefined ? {} : { net_ephemeral_ports: entry.ephemeralPorts }),
    net_ports: entry.ports,
  };
}
