/**
 * Keeps the kernel from sending packets of its own accord, whose time nobody knows, and sets what
 * depends on its version and memory. Every namespace needs it.
 */
export const QUIET =
  "sysctl -q -w net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1 " +
  'net.ipv4.tcp_max_syn_backlog=2048 "net.ipv4.tcp_rmem=4096 131072 33554432"';

const PAIR = ["ip link add v0 type veth peer name v1", "ip link set v0 up", "ip link set v1 up"];

const NAMESPACES = [
  "ip netns add a",
  "ip netns add b",
  "ip netns exec a " + QUIET,
  "ip netns exec b " + QUIET,
  "ip link add w0 type veth peer name w1 netns a",
  "ip link set w0 up",
  "ip -n a link set w1 up",
  "ip -n a link set lo up",
];

const ROUTED = [
  "ip addr add 10.0.0.1/24 dev v0",
  "ip addr add 10.0.1.1/24 dev w0",
  "ip -n a addr add 10.0.1.2/24 dev w1",
  "ip route add default via 10.0.0.2",
  "ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0",
];

const INGRESS = [
  "tc qdisc add dev v0 ingress",
  "tc filter add dev v0 parent ffff: protocol ip prio 1 u32 match ip dport 31000 0xfff8 " +
  "action mirred egress redirect dev v1",
  "tc filter add dev v0 parent ffff: protocol ip prio 770 handle 1: u32 divisor 256",
];

const HTB = [
  "tc qdisc add dev v0 root handle 1: htb default 1",
  "tc class add dev v0 parent 1: classid 1:1 htb rate 1mbit",
];

/** What stands before a sequence's commands begin. */
export const SCENES: readonly (readonly string[])[] = [
  [QUIET],
  [QUIET, ...PAIR],
  [QUIET, ...NAMESPACES],
  [QUIET, ...PAIR, ...NAMESPACES, ...ROUTED],
  [QUIET, ...PAIR, ...INGRESS],
  [QUIET, ...PAIR, ...HTB],
  [QUIET, ...PAIR, ...NAMESPACES, ...INGRESS, ...HTB],
];
