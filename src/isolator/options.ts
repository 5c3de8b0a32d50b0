import { IntervalSet } from "../ports/mod.ts";

/** Limits on what containers send, or on what they receive. */
export interface LimitOptions {
  /** Rate of every container in bytes per second. */
  readonly rateLimitPerContainer?: number;
  /** Rate per CPU of a container in bytes per second, or its share of the link's speed. */
  readonly ratePerCpu?: number | "auto";
  /** Rate while a burst lasts, in bytes per second; counts only above the rate. */
  readonly ceilLimit?: number;
  /** Size of a burst in bytes; counts only with a ceil. */
  readonly burst?: number;
  /** Least rate of a container in bytes per second. */
  readonly minimumRateLimit: number;
  /** Greatest rate of a container in bytes per second. */
  readonly maximumRateLimit?: number;
}

/** The queue below a rate limit. */
export type LeafQdisc = "fq_codel" | "pfifo";

/** Which statistics of a container are read besides the counters of its link and its limits. */
export interface StatisticsOptions {
  /** How many TCP connections it has. */
  readonly socketSummary: boolean;
  /** Round-trip times of its TCP connections, which takes a listing of all of them. */
  readonly socketDetails: boolean;
  /** Its protocol counters. */
  readonly snmp: boolean;
  /** Percentiles of its rates over a sliding window. */
  readonly rates: boolean;
  /** Length of that window in milliseconds; above the interval. */
  readonly rateWindowMs?: number;
  /** Time between two samples in milliseconds; 20 at least. */
  readonly rateIntervalMs?: number;
}

/** How filters find a packet's container: in hash tables, or one after another. */
export type FilterLayout = "hashed" | "linear";

/** Everything that an operator decides. */
export interface IsolatorOptions {
  /** Ports that containers may ask for. */
  readonly ports: IntervalSet;
  /** Ports that containers' ephemeral ranges are cut from. */
  readonly ephemeralPorts: IntervalSet;
  /** CPUs of the host that containers share. */
  readonly cpus?: number;
  /** Size of a container's ephemeral range; a power of two. */
  readonly ephemeralPortsPerContainer: number;
  /** Name of the public link; the link of the default route when left out. */
  readonly eth0Name?: string;
  /** Name of the loopback link; the link that holds 127.0.0.1 when left out. */
  readonly loName?: string;
  /** Limits on what containers send. */
  readonly egress: LimitOptions;
  /** Limits on what containers receive. */
  readonly ingress: LimitOptions;
  /** Whether a recovered container is given today's ingress limit. */
  readonly ingressIsolateExistingContainers: boolean;
  /** Whether each container's packets are a flow of their own on the host's way out. */
  readonly egressUniqueFlowPerContainer: boolean;
  /** Where the queue of unique flows goes: the root of the public link, or below a class of it. */
  readonly egressFlowClassifierParent: "root" | string;
  /** Speed of the public link in bytes per second; what the kernel says when left out. */
  readonly networkLinkSpeed?: number;
  /** What the name of the host's end of a container's veth pair begins with. */
  readonly vethPrefix: string;
  /** The queue below a rate limit. */
  readonly leafQdisc: LeafQdisc;
  /** Which statistics are read. */
  readonly statistics: StatisticsOptions;
  /** How filters find a packet's container. */
  readonly filterLayout: FilterLayout;
}

/** Least rate of a container unless the operator says otherwise: 1 Mbit/s, in bytes per second. */
export const MINIMUM_RATE_BYTES_PER_SECOND = 125_000;

/** The options of an operator who decides nothing but the ports. */
export const DEFAULT_OPTIONS: IsolatorOptions = {
  ports: IntervalSet.of(),
  ephemeralPorts: IntervalSet.of(),
  ephemeralPortsPerContainer: 1024,
  egress: { minimumRateLimit: MINIMUM_RATE_BYTES_PER_SECOND },
  ingress: { minimumRateLimit: MINIMUM_RATE_BYTES_PER_SECOND },
  ingressIsolateExistingContainers: false,
  egressUniqueFlowPerContainer: false,
  egressFlowClassifierParent: "root",
  vethPrefix: "mesos",
  leafQdisc: "fq_codel",
  statistics: { socketSummary: false, socketDetails: false, snmp: false, rates: false },
  filterLayout: "hashed",
};
