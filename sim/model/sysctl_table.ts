/**
 * The sysctls that the simulator knows, with the values that a fresh namespace of a recorded kernel
 * has, and what may be written to them.
 *
 * @module
 */

/** What a sysctl holds. */
export type SysctlKind =
  & {
    /** What it shows before anything is written. */
    readonly initial: string;
    /** What `lo` shows instead, of a per-link one. */
    readonly loopback?: string;
    /** What `all` shows instead, of a per-link one. */
    readonly all?: string;
  }
  & (
    | { readonly type: "number"; readonly range: Range }
    | {
      readonly type: "numbers";
      /** How many numbers. */
      readonly count: number;
      readonly range: Range;
      /** Whether the first must not be above the second. */
      readonly isAscending: boolean;
    }
    | {
      readonly type: "text";
      /** What may be written; anything where left out. */
      readonly choices?: readonly string[];
    }
    | { readonly type: "read-only" }
  );

/** Smallest and largest value. */
export type Range = readonly [number, number];

/** Who has a value of a sysctl's own. */
export type SysctlScope =
  /** Every namespace. */
  | "namespace"
  /** The machine; only the first namespace shows it. */
  | "machine"
  /** The machine; every namespace shows it, and only the first one may write it. */
  | "shown everywhere";

const INT: Range = [-0x80000000, 0x7fffffff];
const NATURAL: Range = [0, 0x7fffffff];
const POSITIVE: Range = [1, 0x7fffffff];
const BYTE: Range = [0, 255];
const SWITCH: Range = [0, 1];

function number(initial: number, range: Range = INT): SysctlKind {
  return { type: "number", initial: String(initial), range };
}

function namespaced(
  entries: readonly (readonly [string, SysctlKind])[],
): [string, { kind: SysctlKind; scope: SysctlScope }][] {
  return entries.map(([name, kind]) => [name, { kind, scope: "namespace" }]);
}

function memory(...initial: [number, number, number]): SysctlKind {
  return {
    type: "numbers",
    count: 3,
    initial: initial.join("\t"),
    range: POSITIVE,
    isAscending: false,
  };
}

/** Sysctls by dotted name, per-link ones aside. */
export const SYSCTLS: ReadonlyMap<
  string,
  { readonly kind: SysctlKind; readonly scope: SysctlScope }
> = new Map([
  ...namespaced([
    ["net.core.somaxconn", number(4096, [0, 0x7fffffff])],
    ["net.ipv4.icmp_echo_ignore_all", number(0, SWITCH)],
    ["net.ipv4.icmp_echo_ignore_broadcasts", number(1, SWITCH)],
    ["net.ipv4.icmp_msgs_burst", number(50, NATURAL)],
    ["net.ipv4.icmp_msgs_per_sec", number(1000, NATURAL)],
    ["net.ipv4.icmp_ratelimit", number(1000)],
    ["net.ipv4.icmp_ratemask", number(6168)],
    ["net.ipv4.ip_default_ttl", number(64, [1, 255])],
    ["net.ipv4.ip_forward", number(0)],
    ["net.ipv4.ip_local_port_range", {
      type: "numbers",
      count: 2,
      initial: "32768\t60999",
      range: [1, 65535],
      isAscending: true,
    }],
    ["net.ipv4.ip_no_pmtu_disc", number(0, BYTE)],
    ["net.ipv4.ip_nonlocal_bind", number(0, BYTE)],
    ["net.ipv4.ip_unprivileged_port_start", number(1024, [0, 65535])],
    ["net.ipv4.tcp_congestion_control", {
      type: "text",
      initial: "cubic",
      choices: ["reno", "cubic"],
    }],
    ["net.ipv4.tcp_ecn", number(2, [0, 2])],
    ["net.ipv4.tcp_ecn_fallback", number(1, SWITCH)],
    ["net.ipv4.tcp_fin_timeout", number(60)],
    ["net.ipv4.tcp_keepalive_intvl", number(75)],
    ["net.ipv4.tcp_keepalive_probes", number(9, BYTE)],
    ["net.ipv4.tcp_keepalive_time", number(7200)],
    ["net.ipv4.tcp_max_syn_backlog", number(2048)],
    ["net.ipv4.tcp_retries1", number(3, BYTE)],
    ["net.ipv4.tcp_retries2", number(15, BYTE)],
    ["net.ipv4.tcp_rmem", memory(4096, 131072, 33554432)],
    ["net.ipv4.tcp_sack", number(1, BYTE)],
    ["net.ipv4.tcp_syn_retries", number(6, [1, 127])],
    ["net.ipv4.tcp_synack_retries", number(5, BYTE)],
    ["net.ipv4.tcp_syncookies", number(1, BYTE)],
    ["net.ipv4.tcp_timestamps", number(1, BYTE)],
    ["net.ipv4.tcp_tw_reuse", number(2, [0, 2])],
    ["net.ipv4.tcp_wmem", memory(4096, 16384, 4194304)],
  ]),
  ["net.core.rmem_max", { kind: number(4194304, [2304, 0x7fffffff]), scope: "shown everywhere" }],
  ["net.core.wmem_max", { kind: number(4194304, [4608, 0x7fffffff]), scope: "shown everywhere" }],
  ["net.core.default_qdisc", { kind: { type: "text", initial: "pfifo_fast" }, scope: "machine" }],
  ["net.core.netdev_max_backlog", { kind: number(1000), scope: "machine" }],
  ["net.ipv4.neigh.default.gc_thresh1", { kind: number(128, NATURAL), scope: "machine" }],
  ["net.ipv4.neigh.default.gc_thresh2", { kind: number(512, NATURAL), scope: "machine" }],
  ["net.ipv4.neigh.default.gc_thresh3", { kind: number(1024, NATURAL), scope: "machine" }],
]);

/** Per-link sysctls of IPv4 by their last word. */
export const INET_CONF: ReadonlyMap<string, SysctlKind> = new Map([
  ["accept_local", number(0)],
  ["accept_redirects", number(1)],
  ["accept_source_route", { ...number(1), all: "0" }],
  ["arp_accept", number(0)],
  ["arp_announce", number(0)],
  ["arp_filter", number(0)],
  ["arp_ignore", number(0)],
  ["arp_notify", number(0)],
  ["disable_policy", { ...number(0), loopback: "1" }],
  ["disable_xfrm", { ...number(0), loopback: "1" }],
  ["forwarding", number(0)],
  ["ignore_routes_with_linkdown", number(0)],
  ["log_martians", number(0)],
  ["promote_secondaries", number(0)],
  ["proxy_arp", number(0)],
  ["route_localnet", number(0)],
  ["rp_filter", number(0)],
  ["secure_redirects", number(1)],
  ["send_redirects", number(1)],
  ["shared_media", number(1)],
  ["src_valid_mark", number(0)],
]);

/** Per-link sysctls of IPv6 by their last word. */
export const INET6_CONF: ReadonlyMap<string, SysctlKind> = new Map([
  ["accept_dad", { ...number(1), loopback: "-1", all: "0" }],
  ["accept_ra", number(1)],
  ["autoconf", number(1)],
  ["dad_transmits", number(1)],
  ["disable_ipv6", number(0)],
]);
