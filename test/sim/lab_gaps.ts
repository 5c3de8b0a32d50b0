import { gaps, type KnownGap } from "./gap.ts";

const BASIC = "filters of kind basic are not modelled";
const POLICE = "police and basic are not modelled, and what they do is missing";
const ACTIONS = "actions that are made, changed or removed by themselves are not modelled";
const WORDING = "Linux 6.1 refuses it in other words than 6.18";
const DUMMY = "Linux 6.1 counts dummy links among those without multicast";
const IFB = "links of kind ifb are not modelled";
const FQ_CODEL = "the limits of fq_codel's times and quantum are not modelled";
const MEMORY = "the memory of a packet depends on how its sender allocated it";
const FLOW = "a flow's number has a random key, and on a real kernel a packet waits microseconds";
const OVERLIMITS = "how often a timer finds nothing to send depends on its grain of 10 ms";

/** What the simulator is known to answer in another way than the kernel of the lab. */
export const LAB_GAPS: readonly KnownGap[] = [
  ...gaps("lab/basic", BASIC, [
    "tc filter add dev v0 parent ffff: protocol arp prio 1 basic",
    "tc filter add dev v0 parent ffff: protocol ip prio 2 u32 match u32 0 0 action ok",
    "tc filter show dev v0 parent ffff:",
    "tc -s filter show dev v0 parent ffff:",
    "tc filter show dev v0 parent ffff: prio 2",
    "tc filter del dev v0 parent ffff: protocol ip prio 2 handle 7 basic",
    "tc filter del dev v0 parent ffff: protocol arp prio 1",
  ]),
  ...gaps("lab/default_qdisc", WORDING, [
    "tc qdisc del dev v0 ingress",
    "tc qdisc replace dev v0 clsact",
  ]),
  ...gaps("lab/default_qdisc", DUMMY, [
    "ip link show d0",
  ]),
  ...gaps("lab/default_qdisc", IFB, [
    "ip link set i0 up",
    "ip link show i0",
    "tc qdisc show dev i0",
    "tc -s qdisc show dev i0",
    "ip link set i0 down",
  ]),
  ...gaps("lab/fq_codel", FQ_CODEL, [
    "tc qdisc show dev v0",
    "tc -j qdisc show dev v0",
    "tc qdisc replace dev v0 root handle 4: fq_codel quantum 2000000",
  ]),
  ...gaps("lab/gact", ACTIONS, [
    "tc filter show dev v0 parent ffff:",
    "tc -s filter show dev v0 parent ffff: prio 2",
    "tc actions list action gact",
    "tc actions show action gact",
  ]),
  ...gaps("lab/police", POLICE, [
    "tc filter show dev v0 parent ffff:",
    "tc -s filter show dev v0 parent ffff:",
  ]),
  ...gaps("lab/traffic_actions", POLICE, [
    "tc -s filter show dev v1 parent ffff:",
    "tc -s qdisc show dev v1",
    "tc -s actions list action gact",
    "tc -s filter show dev v0 egress",
  ]),
  ...gaps("lab/traffic_codel_law", OVERLIMITS, [
    "tc -s qdisc show dev v0",
  ]),
  ...gaps("lab/traffic_fq_codel", FLOW, ["tc -s class show dev v0"]),
  ...gaps("lab/traffic_fq_codel", MEMORY, [
    "tc -s qdisc show dev v0",
    "tc -s -j qdisc show dev v0",
    "tc -d -s qdisc show dev v0",
    "tc -s qdisc show dev v0 parent 1:1",
  ]),
];
