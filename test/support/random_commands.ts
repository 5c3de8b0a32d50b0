import type { SimKernel } from "../../sim/sim_kernel.ts";
import { isTool } from "../../sim/tools/run_tool.ts";
import type { Random } from "./random.ts";

const LINKS = ["v0", "v1", "v2", "w0", "w1", "lo"];
const NAMESPACES = ["4711", "web"];
const NETWORKS = ["10.0.0", "10.0.1", "192.168.7"];
const HANDLES = ["1:", "2:", "3:", "8005:"];
const CLASSES = ["1:1", "1:2", "1:10", "2:1"];
const QDISCS = [
  "htb default 1",
  "htb default 10 r2q 5 direct_qlen 32",
  "tbf rate 1mbit burst 10kb limit 20kb",
  "tbf rate 123456bps burst 4567 latency 50ms",
  "fq_codel",
  "fq_codel limit 100 target 7ms interval 60ms noecn ce_threshold 3ms drop_batch 9",
  "pfifo limit 7",
  "bfifo",
];
const PARENTS = ["root", "parent 1:1", "parent 1:2", "parent 1:10", "parent 2:1"];
const RATES = ["1mbit", "250kbit", "10gbit", "99999bps"];
const ACTIONS = [
  "flowid 1:1",
  "action mirred egress redirect dev v1",
  "action mirred egress mirror dev v0 continue",
  "action mirred egress mirror dev v2 action mirred egress redirect dev lo cookie abcdef",
  "action mirred egress redirect dev w0 index 9",
  "action drop",
];
const MATCHES = [
  "match ip dport 31000 0xfff8",
  "match u32 0 0",
  "match ip dst 10.0.0.0/24 match ip protocol 6 0xff",
  "match u16 0x1234 0xffff at nexthdr+2",
];

/** Templates of commands, right ones for the most part; a word in brackets is drawn. */
const TEMPLATES: readonly (readonly [times: number, text: string])[] = [
  [4, "ip link add [link] type veth peer name [link]"],
  [2, "ip link add [link] mtu 1400 type veth peer name [link] netns [namespace]"],
  [1, "ip link add [link] type dummy"],
  [1, "ip link del [link]"],
  [1, "ip link set [link] netns [namespace]"],
  [6, "ip link set [link] up"],
  [2, "ip link set [link] down"],
  [1, "ip link set [link] mtu 1200 txqueuelen 77"],
  [1, "ip link set [link] address 02:00:00:00:00:0[digit] group 3"],
  [1, "ip link set [link] alias a-[digit] promisc on"],
  [1, "ip link set [link] arp off multicast off"],
  [1, "ip link set [link] name v[digit]"],
  [1, "ethtool -K [link] rx off tso off"],
  [6, "ip addr add [network].[digit]/24 dev [link]"],
  [2, "ip addr add [network].[digit]/24 brd + dev [link] label [link]:x"],
  [1, "ip addr add [network].[digit] peer [network].20/32 dev [link] scope link"],
  [1, "ip addr del [network].[digit]/24 dev [link]"],
  [1, "ip addr del 127.0.0.1/8 dev lo"],
  [3, "ip route add [network].0/24 dev [link]"],
  [3, "ip route add 172.16.[digit].0/24 via [network].[digit]"],
  [2, "ip route append default via [network].[digit] metric [digit]"],
  [1, "ip route add blackhole 172.17.[digit].0/24 table 10[digit]"],
  [2, "ip route del [network].0/24"],
  [1, "ip route del 172.16.[digit].0/24"],
  [3, "ip neigh add [network].[digit] lladdr 02:00:00:00:01:0[digit] dev [link]"],
  [2, "sysctl -w net.ipv4.conf.[link].rp_filter=[digit]"],
  [2, "sysctl -w net.ipv4.conf.default.accept_local=1"],
  [1, "sysctl -w net.ipv4.conf.all.send_redirects=0"],
  [1, "sysctl -w net.ipv4.ip_forward=[digit]"],
  [1, "sysctl -w net.ipv6.conf.[link].disable_ipv6=1"],
  [1, "sysctl -w net.ipv4.tcp_retries2=[digit]"],
  [6, "tc qdisc add dev [link] [parent] handle [handle] [qdisc]"],
  [2, "tc qdisc del dev [link] root"],
  [4, "tc qdisc add dev [link] ingress"],
  [1, "tc qdisc add dev [link] clsact"],
  [1, "tc qdisc del dev [link] ingress"],
  [5, "tc class add dev [link] parent 1: classid [class] htb rate [rate]"],
  [3, "tc class add dev [link] parent 1:1 classid [class] htb rate [rate] ceil [rate] prio 3"],
  [1, "tc class del dev [link] classid [class]"],
  [8, "tc filter add dev [link] parent ffff: protocol ip prio [digit] u32 [match] [action]"],
  [2, "tc filter add dev [link] parent 1: protocol ip prio [digit] u32 [match] flowid [class]"],
  [2, "tc filter add dev [link] parent 1:1 protocol arp prio [digit] u32 [match] [action]"],
  [2, "tc filter add dev [link] egress protocol all prio [digit] u32 [match] [action]"],
  [3, "tc filter add dev [link] parent ffff: protocol ip prio 2 handle [digit]: u32 divisor 4"],
  [1, "tc filter add dev [link] parent ffff: protocol ip prio 2 u32 divisor 16"],
  [
    3,
    "tc filter add dev [link] parent ffff: protocol ip prio 2 u32 ht [digit]:1: [match] [action]",
  ],
  [
    2,
    "tc filter add dev [link] parent ffff: protocol ip prio 2 u32 [match] link [digit]: " +
    "hashkey mask 0x0000ff00 at 20 offset at 0 mask 0x0f00 shift 6 eat",
  ],
  [2, "tc filter del dev [link] parent ffff: protocol ip prio [digit]"],
  [1, "tc filter del dev [link] parent ffff: protocol ip prio 2 handle 800::80[digit] u32"],
];

const WEIGHTED = TEMPLATES.flatMap(([times, text]) => Array.from({ length: times }, () => text));

/** Draws commands that lead a machine to some state. */
export class RandomCommands {
  readonly #random: Random;

  /** @param random Where chance comes from. */
  constructor(random: Random) {
    this.#random = random;
  }

  /** @returns A command line. */
  next(): string {
    const choices: Readonly<Record<string, () => string | number>> = {
      link: () => this.#random.pick(LINKS),
      namespace: () => this.#random.pick(NAMESPACES),
      network: () => this.#random.pick(NETWORKS),
      digit: () => this.#random.between(1, 4),
      handle: () => this.#random.pick(HANDLES),
      class: () => this.#random.pick(CLASSES),
      qdisc: () => this.#random.pick(QDISCS),
      parent: () => this.#random.pick(PARENTS),
      rate: () => this.#random.pick(RATES),
      match: () => this.#random.pick(MATCHES),
      action: () => this.#random.pick(ACTIONS),
    };
    const template = this.#random.pick(WEIGHTED);
    return template.replace(/\[(\w+)\]/g, (_, name) => String(choices[name]?.()));
  }

  /**
   * Runs commands, in one namespace or another; many of them are refused.
   *
   * @param kernel Where.
   * @param count How many.
   * @returns Those that were not refused, as one reads them.
   */
  async run(kernel: SimKernel, count: number): Promise<string[]> {
    const done: string[] = [];
    for (let i = 0; i < count; i++) {
      const line = this.next();
      const [tool = "", ...args] = line.split(" ");
      if (!isTool(tool)) throw new TypeError(`"${line}" begins with no tool`);
      const namespace = this.#random.pick([undefined, undefined, ...NAMESPACES]);
      const where = namespace === undefined ? {} : { namespace };
      const { status } = await kernel.execute({ tool, args, effect: "change", ...where });
      if (status === 0) done.push(`${namespace ?? "home"}: ${line}`);
    }
    return done;
  }
}
