import {
  DEFAULT_OPTIONS,
  type IsolatorOptions,
  type LimitOptions,
  type StatisticsOptions,
} from "../isolator/options.ts";
import { parseResources } from "../ports/mod.ts";

/** One option of the isolator, as a flag and as a key of the config file. */
export interface Flag {
  /** The reference's name. */
  readonly name: string;
  /** What stands for its value in the help; absent for flags that are true or false. */
  readonly value?: string;
  /** What it decides, in one line. */
  readonly help: string;
  /** Puts a value into the options. */
  readonly apply: (options: IsolatorOptions, text: string) => IsolatorOptions;
}

/** Ports of a host whose operator names none; below and above Linux's own ephemeral range. */
export const DEFAULT_RESOURCES = "ports:[31000-32000];ephemeral_ports:[61440-65535]";

/** Every option of the isolator. */
export const FLAGS: readonly Flag[] = [
  {
    name: "resources",
    value: "TEXT",
    help: `ports and CPUs to share out (default "${DEFAULT_RESOURCES}")`,
    apply: (options, text) => ({ ...options, ...parseResources(text) }),
  },
  {
    name: "ephemeral_ports_per_container",
    value: "N",
    help: "size of a container's ephemeral range, a power of two (default 1024)",
    apply: (options, text) => ({ ...options, ephemeralPortsPerContainer: count(text) }),
  },
  {
    name: "eth0_name",
    value: "LINK",
    help: "the public link (default: that of the default route)",
    apply: (options, text) => ({ ...options, eth0Name: text }),
  },
  {
    name: "lo_name",
    value: "LINK",
    help: "the loopback link (default: that of 127.0.0.1)",
    apply: (options, text) => ({ ...options, loName: text }),
  },
  ...limitFlags("egress"),
  ...limitFlags("ingress"),
  {
    name: "ingress_isolate_existing_containers",
    help: "recovery gives running containers today's ingress limit",
    apply: (options, text) => ({ ...options, ingressIsolateExistingContainers: truth(text) }),
  },
  {
    name: "egress_unique_flow_per_container",
    help: "each container is a flow of its own on the host's way out (fq_codel)",
    apply: (options, text) => ({ ...options, egressUniqueFlowPerContainer: truth(text) }),
  },
  {
    name: "egress_flow_classifier_parent",
    value: "HANDLE",
    help: 'class below which the flows hang (default "root")',
    apply: (options, text) => ({ ...options, egressFlowClassifierParent: text }),
  },
  {
    name: "network_link_speed",
    value: "RATE",
    help: "speed of the public link in bytes/s (default: what the kernel says)",
    apply: (options, text) => ({ ...options, networkLinkSpeed: bytes(text) }),
  },
  ...statisticsFlags(),
  {
    name: "veth_prefix",
    value: "TEXT",
    help: 'what names of host-side links begin with (default "mesos")',
    apply: (options, text) => ({ ...options, vethPrefix: prefix(text) }),
  },
  {
    name: "leaf_qdisc",
    value: "KIND",
    help: "queue below a rate limit: fq_codel or pfifo (default fq_codel)",
    apply: (options, text) => ({ ...options, leafQdisc: leaf(text) }),
  },
  {
    name: "filter_layout",
    value: "KIND",
    help: "how ports are found: hashed, or linear as in the reference (default hashed)",
    apply: (options, text) => ({ ...options, filterLayout: layout(text) }),
  },
];

/** The six limit options of one direction. */
function limitFlags(direction: "egress" | "ingress"): Flag[] {
  const verb = direction === "egress" ? "send" : "receive";
  const flag = (
    name: string,
    help: string,
    read: (text: string) => Partial<LimitOptions>,
    value = "RATE",
  ): Flag => ({
    name,
    value,
    help,
    apply: (options, text) => ({
      ...options,
      [direction]: { ...options[direction], ...read(text) },
    }),
  });
  return [
    flag(
      `${direction}_rate_limit_per_container`,
      `what every container may ${verb}, in bytes/s, such as 1000000 or 10MB`,
      (text) => ({ rateLimitPerContainer: bytes(text) }),
    ),
    flag(
      `${direction}_rate_per_cpu`,
      `what a container may ${verb} per CPU, in bytes/s, or "auto" for its share of the link`,
      (text) => ({ ratePerCpu: text === "auto" ? text : bytes(text) }),
    ),
    flag(
      `${direction}_ceil_limit`,
      `what it may ${verb} while a burst lasts, in bytes/s`,
      (text) => ({ ceilLimit: bytes(text) }),
    ),
    flag(
      `${direction}_burst`,
      "size of such a burst in bytes",
      (text) => ({ burst: bytes(text) }),
      "SIZE",
    ),
    flag(
      `minimum_${direction}_rate_limit`,
      `least that a container may ${verb}, in bytes/s (default 125000)`,
      (text) => ({ minimumRateLimit: bytes(text) }),
    ),
    flag(
      `maximum_${direction}_rate_limit`,
      `most that a container may ${verb}, in bytes/s`,
      (text) => ({ maximumRateLimit: bytes(text) }),
    ),
  ];
}

/** Which statistics are read. */
function statisticsFlags(): Flag[] {
  const flag = (
    name: string,
    help: string,
    read: (text: string) => Partial<StatisticsOptions>,
    value?: string,
  ): Flag => ({
    name,
    help,
    ...(value === undefined ? {} : { value }),
    apply: (options, text) => ({
      ...options,
      statistics: { ...options.statistics, ...read(text) },
    }),
  });
  return [
    flag(
      "network_enable_socket_statistics_summary",
      "usage tells how many TCP connections a container has",
      (text) => ({ socketSummary: truth(text) }),
    ),
    flag(
      "network_enable_socket_statistics_details",
      "usage tells round-trip times of a container's TCP connections",
      (text) => ({ socketDetails: truth(text) }),
    ),
    flag(
      "network_enable_snmp_statistics",
      "usage tells a container's protocol counters",
      (text) => ({ snmp: truth(text) }),
    ),
    flag(
      "network_enable_rate_statistics",
      "usage tells percentiles of rates, where berth keeps running (serve, top)",
      (text) => ({ rates: truth(text) }),
    ),
    flag(
      "network_rate_statistics_window",
      "length of the window of those rates, such as 5secs or 1mins",
      (text) => ({ rateWindowMs: duration(text) }),
      "TIME",
    ),
    flag(
      "network_rate_statistics_interval",
      "time between two samples, such as 50ms; 20ms at least",
      (text) => ({ rateIntervalMs: duration(text) }),
      "TIME",
    ),
  ];
}

/**
 * Makes the isolator's options of what was given.
 *
 * @param given Texts by flag name.
 * @returns The options, with defaults for what was not given.
 * @throws {SyntaxError} If a text cannot be read; the message names the flag.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const options = optionsOf(new Map([["egress_rate_limit_per_container", "10MB"]]));
 * assertEquals(options.egress.rateLimitPerContainer, 10_000_000);
 * ```
 */
export function optionsOf(given: ReadonlyMap<string, string>): IsolatorOptions {
  const texts = new Map([["resources", DEFAULT_RESOURCES], ...given]);
  return FLAGS.reduce((options, flag) => {
    const text = texts.get(flag.name);
    if (text === undefined) return options;
    try {
      return flag.apply(options, text);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new SyntaxError(`--${flag.name}: ${reason}`, { cause: error });
    }
  }, DEFAULT_OPTIONS);
}

function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new SyntaxError(`"${text}" is no whole number`);
  return Number(text);
}

/** Decimal units of a size or a rate, in bytes. */
const UNITS: Readonly<Record<string, number>> = { "": 1, K: 1e3, M: 1e6, G: 1e9 };

function bytes(text: string): number {
  const [, digits, unit = ""] = /^(\d{1,15}(?:\.\d{1,6})?)([KMG]?)B?$/i.exec(text) ?? [];
  const scale = UNITS[unit.toUpperCase()];
  if (digits === undefined || scale === undefined) {
    throw new SyntaxError(`"${text}" is no number of bytes; write it like 1000000, 500KB or 10MB`);
  }
  return Number(digits) * scale;
}

/** Units of a time, as the reference writes them, in milliseconds. */
const TIMES: Readonly<Record<string, number>> = { ms: 1, secs: 1e3, mins: 60e3, hrs: 3600e3 };

function duration(text: string): number {
  const [, digits, unit = ""] = /^(\d{1,9}(?:\.\d{1,6})?)([a-z]+)$/.exec(text) ?? [];
  const scale = TIMES[unit];
  if (digits === undefined || scale === undefined) {
    throw new SyntaxError(`"${text}" is no time; write it like 50ms, 5secs or 1mins`);
  }
  return Number(digits) * scale;
}

function truth(text: string): boolean {
  if (text !== "true" && text !== "false") {
    throw new SyntaxError(`"${text}" is neither true nor false`);
  }
  return text === "true";
}

/** Process ids have at most 7 digits, and a link's name at most 15 bytes. */
function prefix(text: string): string {
  if (!/^[a-z][a-z_-]{0,7}$/i.test(text)) {
    throw new SyntaxError(`"${text}" is no prefix; use 1 to 8 letters, and no digits`);
  }
  return text;
}

function leaf(text: string): IsolatorOptions["leafQdisc"] {
  if (text !== "fq_codel" && text !== "pfifo") {
    throw new SyntaxError(`"${text}" is no queue for a limit; use fq_codel or pfifo`);
  }
  return text;
}

function layout(text: string): IsolatorOptions["filterLayout"] {
  if (text !== "hashed" && text !== "linear") {
    throw new SyntaxError(`"${text}" is no layout of filters; use hashed or linear`);
  }
  return text;
}
