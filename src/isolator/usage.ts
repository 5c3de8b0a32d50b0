import { isNotFound } from "../kernel/kernel_error.ts";
import { type LinkCounters, readCounters } from "../routing/link.ts";
import type { RateLimit } from "../routing/htb.ts";
import type { IntervalSet } from "../ports/mod.ts";
import { vethName } from "./container.ts";
import type { Context } from "./context.ts";
import { limitOfClass } from "./limit_plan.ts";
import { type LimitClasses, readLimits } from "./limits_in_force.ts";
import type { Entry } from "./registry.ts";

/** What a container has used, in the reference's names. Fields that cannot be told are left out. */
export interface Usage {
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
  /** Its other ports. */
  readonly net_ports: IntervalSet;
}

/**
 * Reads what a container has used.
 *
 * @param context What to work with.
 * @param id The container's id.
 * @throws {IsolatorError} If there is no such container with a network.
 * @throws {KernelError} If the kernel refuses for another reason than that the container is gone.
 */
export async function usageOf(context: Context, id: string): Promise<Usage> {
  const { kernel, host, registry } = context;
  const entry = registry.isolated(id);
  const counters = (await readCounters(kernel)).get(vethName(host.options.vethPrefix, entry.pid));
  return {
    ...(counters === undefined ? {} : swapped(counters)),
    ...limitFields(await limitsOrNone(context, entry.pid)),
    ...portFields(entry),
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

async function limitsOrNone(context: Context, pid: number): Promise<LimitClasses> {
  try {
    return await readLimits(context.kernel, context.host, pid);
  } catch (error) {
    if (isNotFound(error)) return {}; // It exited a moment ago.
    throw error;
  }
}

function limitFields(limits: LimitClasses): Partial<Usage> {
  const tx: Partial<RateLimit> = limits.egress === undefined ? {} : limitOfClass(limits.egress);
  const rx: Partial<RateLimit> = limits.ingress === undefined ? {} : limitOfClass(limits.ingress);
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
