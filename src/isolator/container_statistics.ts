import { isNotFound } from "../kernel/kernel_error.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import type { HtbClass } from "../routing/htb_listing.ts";
import { readShaping } from "../routing/shaping.ts";
import { parseSnmp } from "../routing/snmp.ts";
import { listTcpSockets } from "../routing/socket.ts";
import { parseSockstat } from "../routing/sockstat.ts";
import { limitClass } from "./limit_plan.ts";
import type { StatisticsOptions } from "./options.ts";
import { type RttStatistics, rttStatistics } from "./rtt.ts";
import { type SnmpStatistics, snmpStatistics } from "./snmp_statistics.ts";
import { type TrafficControlStatistics, trafficControlStatistics } from "./traffic_control.ts";

/** What a container's own namespace tells, in the reference's names. */
export interface ContainerStatistics extends RttStatistics {
  /** TCP sockets that are neither closed nor waiting to be. */
  readonly net_tcp_active_connections?: bigint;
  /** TCP connections that wait for late segments. */
  readonly net_tcp_time_wait_connections?: bigint;
  /** Protocol counters. */
  readonly net_snmp_statistics?: SnmpStatistics;
  /** What the qdiscs of its limit on what it sends have carried. */
  readonly net_traffic_control_statistics?: readonly TrafficControlStatistics[];
}

/** Files of a container's process that tell of its namespace, without entering it. */
export interface ContainerFiles {
  /** `/proc/PID/net/sockstat`; undefined where it was not asked for, or the process is gone. */
  readonly sockstat: string | undefined;
  /** `/proc/PID/net/snmp`, likewise. */
  readonly snmp: string | undefined;
}

/** Statistics of a container's own namespace, and the limit found on the way. */
export interface ContainerReading {
  /** The statistics. */
  readonly statistics: ContainerStatistics;
  /** The class that limits what the container sends; undefined where there is none. */
  readonly egress?: HtbClass;
}

/**
 * Reads what a container's own namespace tells. Of a container that is gone, or goes meanwhile,
 * what could not be read is left out.
 *
 * @param kernel Where to look.
 * @param container Its end of the veth pair, and its process, after which its namespace is named.
 * @param options Which statistics to read besides those of traffic control.
 * @param files The files, where they have been read already.
 * @throws {KernelError} If the kernel refuses for another reason than that the container is gone.
 * @throws {ListingError} If a listing cannot be read.
 */
export async function readContainerStatistics(
  kernel: KernelNetwork,
  container: { readonly eth0: string; readonly pid: number },
  options: Pick<StatisticsOptions, "socketSummary" | "socketDetails" | "snmp">,
  files?: ContainerFiles,
): Promise<ContainerReading> {
  const { eth0, pid } = container;
  const namespace = String(pid);
  const [shaping, sockets, { sockstat, snmp }] = await Promise.all([
    unlessGone(() => readShaping(kernel, eth0, namespace)),
    asked(options.socketDetails, () => listTcpSockets(kernel, { namespace })),
    files ?? readContainerFiles(kernel, pid, options),
  ]);
  const egress = limitClass(shaping?.classes ?? []);
  const queues = trafficControlStatistics("egress", shaping?.qdiscs ?? []);
  return {
    statistics: {
      ...(sockstat === undefined ? {} : socketSummary(sockstat)),
      ...rttStatistics(sockets ?? []),
      ...(snmp === undefined ? {} : { net_snmp_statistics: snmpStatistics(parseSnmp(snmp)) }),
      ...(queues.length === 0 ? {} : { net_traffic_control_statistics: queues }),
    },
    ...(egress === undefined ? {} : { egress }),
  };
}

function socketSummary(text: string): ContainerStatistics {
  const { inuse, tw } = parseSockstat(text).get("TCP") ?? {};
  return {
    ...(inuse === undefined ? {} : { net_tcp_active_connections: inuse }),
    ...(tw === undefined ? {} : { net_tcp_time_wait_connections: tw }),
  };
}

/**
 * Reads the files of a container's process. Those of many containers that are asked for at once are
 * read by one process.
 *
 * @param kernel Where to look.
 * @param pid The process.
 * @param options Which of them to read.
 * @throws {KernelError} If one cannot be read for another reason than that the process is gone.
 */
export async function readContainerFiles(
  kernel: KernelNetwork,
  pid: number,
  options: Pick<StatisticsOptions, "socketSummary" | "snmp">,
): Promise<ContainerFiles> {
  const [sockstat, snmp] = await Promise.all([
    asked(options.socketSummary, () => kernel.readFile(`/proc/${pid}/net/sockstat`)),
    asked(options.snmp, () => kernel.readFile(`/proc/${pid}/net/snmp`)),
  ]);
  return { sockstat, snmp };
}

function asked<T>(isAsked: boolean, read: () => Promise<T>): Promise<T | undefined> {
  return isAsked ? unlessGone(read) : Promise.resolve(undefined);
}

async function unlessGone<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
