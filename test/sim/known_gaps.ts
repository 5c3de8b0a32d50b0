import { gaps, type KnownGap } from "./gap.ts";
import { LAB_GAPS } from "./lab_gaps.ts";

const NEIGHBOURS =
  "the kernel lists neighbours in the order of a hash that differs from boot to boot";
const ASYNC = "the real kernel takes a namespace apart a moment later, the simulator at once";
const ACTION_INDEX =
  "the real kernel frees the numbers of a deleted filter's actions a moment later";
const IN_USE = "the kernel still counts a use of a table whose last linking rule is gone";

/** Every known gap. A line here that no longer differs fails the test, until it is removed. */
export const KNOWN_GAPS: readonly KnownGap[] = [
  ...LAB_GAPS,
  ...gaps("neighbour", NEIGHBOURS, [
    "ip neigh",
    "ip neigh show dev v0",
    "ip neigh show nud permanent",
    "ip neigh show nud all",
    "ip -j neigh",
    "ip n",
  ]),
  ...gaps("netns", ASYNC, ["ip link", "ip netns", "ip link show p0", "ip -br link"]),
  ...gaps("filter", ACTION_INDEX, [
    "tc filter show dev v0 parent ffff:",
    "tc -s filter show dev v0 parent ffff:",
    "tc actions list action mirred",
    "tc action show action mirred",
    "tc filter show dev v0 parent ffff: prio 1",
    "tc filter show dev v0 ingress",
    "tc filter show dev v0 egress",
    "tc filter show dev v0 parent ffff:fff2",
  ]),
  ...gaps("qdisc", "an earlier change of the default qdisc is not modelled", [
    "tc qdisc add dev v0 root pfifo",
    "tc qdisc show dev v0",
  ]),
  ...gaps(
    "sysctl",
    "the recorded machine's operator chose another congestion control than the kernel's own",
    [
      "sysctl net.ipv4.tcp_fin_timeout net.ipv4.tcp_tw_reuse net.ipv4.tcp_syncookies " +
      "net.ipv4.tcp_timestamps net.ipv4.tcp_sack net.ipv4.icmp_ratelimit " +
      "net.ipv4.icmp_ratemask net.ipv4.icmp_echo_ignore_all " +
      "net.ipv4.ip_unprivileged_port_start net.ipv4.ip_nonlocal_bind " +
      "net.ipv4.tcp_congestion_control",
    ],
  ),
  ...gaps("u32_table", IN_USE, [
    "tc -s filter show dev v0 parent ffff:",
    "tc filter del dev v0 parent ffff: protocol ip prio 770 handle 1: u32",
    "tc filter show dev v0 parent ffff:",
    "tc filter add dev v0 parent ffff: protocol ip prio 770 handle 1: u32 divisor 4",
  ]),
  ...gaps("class", "rates beyond 32 bits a second are not modelled", ["tc class show dev v0"]),
  ...gaps("address", "multicast addresses on links are not modelled", [
    "ip -4 addr show v0",
    "ip route show table local dev v0",
  ]),
];
