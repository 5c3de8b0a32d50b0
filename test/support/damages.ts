import type { FindingKind } from "../../src/isolator/audit/finding.ts";
import { cookieOf } from "../../src/isolator/mark.ts";
import type { FilterLayout } from "../../src/isolator/options.ts";

/** What a damage is done to. */
export interface Victim {
  /** Process of the container whose one port is 31000. */
  readonly pid: number;
  /** Process of another container. */
  readonly other: number;
  /** The layout of their filters. */
  readonly filterLayout: FilterLayout;
}

/** Something that somebody does to a host behind Berth's back. */
export interface Damage {
  /** What is done. */
  readonly name: string;
  /** What an audit must find, and nothing besides. */
  readonly kinds: readonly FindingKind[];
  /** The command lines that do it; `sysctl -n NAME` works in a namespace, `rm` unlinks. */
  readonly lines: (victim: Victim) => readonly string[];
  /** Whether a flow from outside to the container runs on meanwhile. */
  readonly isQuiet?: true;
}

/** A filter for the container's TCP port on lo: its place, its number, and what it asks for. */
const ON_LO: Readonly<Record<FilterLayout, { readonly handle: string; readonly twin: string }>> = {
  linear: {
    handle: "800::1",
    twin: "u32 match ip ihl 5 0x0f match u16 0 0x1fff at 6 match ip protocol 6 0xff " +
      "match ip dport 31000 0xffff",
  },
  hashed: {
    handle: "179:1:118",
    twin: "u32 ht 179:1: match u16 31000 0xffff at 2",
  },
};

const PLACE = "dev lo parent ffff: protocol ip prio 770";

function redirect(to: number, cookie = to): string {
  return `action mirred egress redirect dev mesos${to} cookie ${cookieOf(cookie)}`;
}

/** Every kind of damage that leaves the container alive. */
export const DAMAGES: readonly Damage[] = [
  {
    name: "a setting of the host is reset",
    kinds: ["setting"],
    lines: () => ["sysctl -w net.ipv4.conf.lo.route_localnet=0"],
    isQuiet: true,
  },
  {
    name: "lo gets its MTU back",
    kinds: ["link"],
    lines: () => ["ip link set lo mtu 65536"],
    isQuiet: true,
  },
  {
    name: "lo gets another MAC address",
    kinds: ["link"],
    lines: () => ["ip link set lo address 02:00:00:00:00:99"],
    isQuiet: true,
  },
  {
    name: "lo loses its ingress qdisc",
    kinds: ["qdisc", "filter-missing"],
    lines: () => ["tc qdisc del dev lo ingress"],
    isQuiet: true,
  },
  {
    name: "eth0 loses its ingress filters",
    kinds: ["filter-missing"],
    lines: () => ["tc filter del dev eth0 parent ffff: protocol ip prio 770"],
  },
  {
    name: "a veth loses its ingress qdisc with all its filters",
    kinds: ["qdisc", "filter-missing"],
    lines: ({ other }) => [`tc qdisc del dev mesos${other} ingress`],
  },
  {
    name: "a veth gets another MAC address",
    kinds: ["link"],
    lines: ({ pid }) => [`ip link set mesos${pid} address 02:00:00:00:00:98`],
  },
  {
    name: "a veth goes down",
    kinds: ["link"],
    lines: ({ pid }) => [`ip link set mesos${pid} down`],
  },
  {
    name: "a veth loses its alias",
    kinds: ["alias"],
    lines: ({ pid }) => [`ip link set mesos${pid} alias ""`],
    isQuiet: true,
  },
  {
    name: "a container's ephemeral ports are reset",
    kinds: ["setting"],
    lines: ({ pid }) => [`sysctl -n ${pid} net.ipv4.ip_local_port_range=32768 60999`],
    isQuiet: true,
  },
  {
    name: "a container's eth0 accepts local addresses no more",
    kinds: ["setting"],
    lines: ({ pid }) => [`sysctl -n ${pid} net.ipv4.conf.eth0.accept_local=0`],
    isQuiet: true,
  },
  {
    name: "a container loses its address, and its route with it",
    kinds: ["address", "route"],
    lines: ({ pid }) => [`ip -n ${pid} addr flush dev eth0`],
  },
  {
    name: "a container loses its default route",
    kinds: ["route"],
    lines: ({ pid }) => [`ip -n ${pid} route del default`],
  },
  {
    name: "a container's eth0 gets another MAC address",
    kinds: ["link"],
    lines: ({ pid }) => [`ip -n ${pid} link set eth0 address 02:00:00:00:00:97`],
  },
  {
    name: "a container's lo goes down",
    kinds: ["link"],
    lines: ({ pid }) => [`ip -n ${pid} link set lo down`],
    isQuiet: true,
  },
  {
    name: "a container's lo loses its ingress qdisc",
    kinds: ["qdisc", "filter-missing"],
    lines: ({ pid }) => [`tc -n ${pid} qdisc del dev lo ingress`],
    isQuiet: true,
  },
  {
    name: "a limit on what a container receives is raised",
    kinds: ["limit"],
    lines: ({ pid }) => [`tc class change dev mesos${pid} parent 1: classid 1:1 htb rate 900mbit`],
    isQuiet: true,
  },
  {
    name: "a limit on what a container sends is taken away",
    kinds: ["limit"],
    lines: ({ pid }) => [`tc -n ${pid} qdisc del dev eth0 root`],
    isQuiet: true,
  },
  {
    name: "a limit loses the queue below it",
    kinds: ["limit"],
    lines: ({ pid }) => [`tc qdisc del dev mesos${pid} parent 1:1`],
    isQuiet: true,
  },
  {
    name: "a filter on lo is deleted",
    kinds: ["filter-missing"],
    lines: (
      { filterLayout },
    ) => [`tc filter del ${PLACE} handle ${ON_LO[filterLayout].handle} u32`],
    isQuiet: true,
  },
  {
    name: "a filter on lo is there twice",
    kinds: ["filter-double"],
    lines: ({ pid, filterLayout }) => {
      const number = filterLayout === "hashed" ? "handle 179:1:600 " : "";
      return [`tc filter add ${PLACE} ${number}${ON_LO[filterLayout].twin} ${redirect(pid)}`];
    },
    isQuiet: true,
  },
  {
    name: "a filter on lo leads to another container",
    kinds: ["filter-missing", "filter-obsolete"],
    lines: ({ pid, other, filterLayout }) => {
      const { handle, twin } = ON_LO[filterLayout];
      const number = filterLayout === "hashed" ? "handle 179:1:600 " : "";
      return [
        `tc filter del ${PLACE} handle ${handle} u32`,
        `tc filter add ${PLACE} ${number}${twin} ${redirect(other, pid)}`,
      ];
    },
  },
  {
    name: "the symbolic link to a container is removed",
    kinds: ["symlink"],
    lines: () => ["rm /var/run/mesos/netns/a"],
    isQuiet: true,
  },
];

/** Takes a container's veth away, so that its filters lead to a link that is gone. */
export function ORPHANING(pid: number): readonly string[] {
  return [`ip link del mesos${pid}`];
}
