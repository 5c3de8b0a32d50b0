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
interface ContainerFiles {
  /** `/proc/PID/net/sockstat`; undefined where nobody asks for sockets, or the process is gone. */
  readonly sockstat: string | undefined;
  /** `/proc/PID/net/sockstat6`, likewise; a kernel without IPv6 has none. */
  readonly sockstat6: string | undefined;
  /** `/proc/PID/net/snmp`, likewise. */
  readonly snmp: string | undefined;
}

/** Which statistics to read besides those of traffic control. */
type SocketsAndSnmp = Pick<StatisticsOptions, "socketSummary" | "socketDetails" | "snmp">;

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
 * @throws {KernelError} If the kernel refuses for another reason than that the container is gone.
 * @throws {ListingError} If a listing cannot be read.
 */
export async function readContainerStatistics(
  kernel: KernelNetwork,
  container: { readonly eth0: string; readonly pid: number },
  options: SocketsAndSnmp,
): Promise<ContainerReading> {
  const { eth0, pid } = container;
  const namespace = String(pid);
  const filesRead = readContainerFiles(kernel, pid, options);
  const [shaping, sockets, { sockstat, snmp }] = await Promise.all([
    unlessGone(() => readShaping(kernel, eth0, namespace)),
    asked(options.socketDetails, async () => {
      return hasTcpSockets(await filesRead) ? await listTcpSockets(kernel, { namespace }) : [];
    }),
    filesRead,
  ]);
  const egress = limitClass(shaping?.classes ?? []);
  const queues = trafficControlStatistics("egress", shaping?.qdiscs ?? []);
  return {
    statistics: {
      ...(options.socketSummary && sockstat !== undefined ? socketSummary(sockstat) : {}),
      ...rttStatistics(sockets ?? []),
      ...(snmp === undefined ? {} : { net_snmp_statistics: snmpStatistics(parseSnmp(snmp)) }),
      ...(queues.length === 0 ? {} : { net_traffic_control_statistics: queues }),
    },
    ...(egress === undefined ? {} : { egress }),
  };
}

/** Tells whether there is a socket to list; an IPv6 one may speak IPv4. */
function hasTcpSockets({ sockstat = "", sockstat6 = "" }: ContainerFiles): boolean {
  const inuse = parseSockstat(sockstat).get("TCP")?.["inuse"] ?? 0n;
  return inuse + (parseSockstat(sockstat6).get("TCP6")?.["inuse"] ?? 0n) > 0n;
}

function socketSummary(text: string): ContainerStatistics {
  const { inuse, tw } = parseSockstat(text).get("TCP") ?? {};
  return {
    ...(inuse === undefined ? {} : { net_tcp_active_connections: inuse }),
    ...(tw === undefined ? {} : { net_tcp_time_wait_connections: tw }),
  };
}

/** Reads the files of a container's process; the kernel reads those of many with one process. */
async function readContainerFiles(
  kernel: KernelNetwork,
  pid: number,
  { socketSummary, socketDetails, snmp }: SocketsAndSnmp,
): Promise<ContainerFiles> {
  const read = (isAsked: boolean, name: string) =>
    asked(isAsked, () => kernel.readFile(`/proc/${pid}/net/${name}`));
  const [sockstatText, sockstat6Text, snmpText] = await Promise.all([
    read(socketSummary || socketDetails, "sockstat"),
    read(socketDetails, "sockstat6"),
    read(snmp, "snmp"),
  ]);
  return { sockstat: sockstatText, sockstat6: sockstat6Text, snmp: snmpText };
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
