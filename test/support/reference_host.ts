import { runBatch } from "../../src/kernel/batch.ts";
import type { KernelNetwork } from "../../src/kernel/kernel_network.ts";
import { run } from "../../src/kernel/run.ts";
import { HOST_ADDRESS, HOST_MAC, OUTSIDE_ADDRESS, PREFIX_LENGTH } from "./world.ts";

/** A container as the reference made it. */
export interface ReferenceContainer {
  /** Its id. */
  readonly id: string;
  /** Its process. */
  readonly pid: number;
  /** Its ports: begins and masks, the ephemeral range last. */
  readonly ranges: readonly (readonly [begin: number, mask: number])[];
}

/**
 * Sets a host and containers up as the reference does, by hand: filters without marks and without a
 * look at the protocol, handles of the kernel's choice, one filter with many mirrors, no alias.
 *
 * ARP is matched by `basic`, as the reference does, where the kernel has it, and by u32 elsewhere.
 *
 * @param kernel The host's kernel.
 * @param containers The containers.
 * @returns The kind of classifier that matches ARP.
 */
export async function setUpAsReference(
  kernel: KernelNetwork,
  containers: readonly ReferenceContainer[],
): Promise<"basic" | "u32"> {
  const batch = (tool: "ip" | "tc", lines: readonly string[], namespace?: string) =>
    runBatch(kernel, {
      tool,
      lines: lines.map((line) => line.split(" ")),
      ...(namespace === undefined ? {} : { namespace }),
    });
  await kernel.makeDirectory("/var/run/mesos/netns");
  await batch("ip", [`link set dev lo address ${HOST_MAC} mtu 1500`]);
  await batch("tc", ["qdisc add dev eth0 ingress", "qdisc add dev lo ingress"]);
  const arp = await hasBasic(kernel) ? "basic" : "u32 match u32 0 0";
  for (const container of containers) {
    const { id, pid } = container;
    const end = `address ${HOST_MAC} mtu 1500`;
    await batch("ip", [
      `netns attach ${pid} ${pid}`,
      `link add name mesos${pid} ${end} type veth peer name eth0 ${end} netns ${pid}`,
    ]);
    await kernel.symlink(`/var/run/netns/${pid}`, `/var/run/mesos/netns/${id}`);
    await batch("tc", hostLines(container, arp));
    await setUpInside(kernel, container, batch);
    await batch("ip", [`link set dev mesos${pid} up`]);
  }
  const mirrors = containers.map(({ pid }) => `action mirred egress mirror dev mesos${pid}`);
  const on = "filter add dev eth0 parent ffff: protocol";
  await batch("tc", [
    `${on} ip prio 514 u32 match ip protocol 1 0xff match ip dst ${HOST_ADDRESS}/32 ${
      mirrors.join(" pipe ")
    }`,
    `${on} arp prio 258 ${arp} ${mirrors.join(" pipe ")}`,
  ]);
  return arp === "basic" ? "basic" : "u32";
}

/** Tells whether a kernel has the classifier `basic`, by making a filter of it and removing it. */
async function hasBasic(kernel: KernelNetwork): Promise<boolean> {
  const place = "dev lo parent ffff: protocol arp prio 258";
  const tc = async (line: string) =>
    (await kernel.execute({ tool: "tc", args: line.split(" "), effect: "change" })).status;
  if (await tc(`filter add ${place} basic action drop`) !== 0) return false;
  return await tc(`filter delete ${place}`) === 0;
}

/** Filters of the host that are one container's alone. */
function hostLines({ pid, ranges }: ReferenceContainer, arp: string): string[] {
  const veth = `mesos${pid}`;
  const ip = (link: string, priority: number, matches: string, to: string) =>
    `filter add dev ${link} parent ffff: protocol ip prio ${priority} u32 ${matches} ` +
    `action mirred egress redirect dev ${to}`;
  return [
    `qdisc add dev ${veth} ingress`,
    ...ranges.flatMap(([begin, mask]) => {
      const port = (side: string) =>
        `match ip ihl 5 0xf match ip ${side} ${begin} 0x${mask.toString(16)}`;
      return [
        ip(veth, 771, port("sport"), "eth0"),
        ip(veth, 770, `${port("sport")} match ip dst ${HOST_ADDRESS}/32`, "lo"),
        ip(veth, 770, `${port("sport")} match ip dst 127.0.0.1/32`, "lo"),
        ip(
          "eth0",
          770,
          `${port("dport")} match ip dst ${HOST_ADDRESS}/32 match ether dst ${HOST_MAC}`,
          veth,
        ),
        ip("lo", 770, port("dport"), veth),
      ];
    }),
    ip(veth, 514, "match ip protocol 1 0xff", "eth0"),
    `filter add dev ${veth} parent ffff: protocol arp prio 258 ${arp} ` +
    "action mirred egress redirect dev eth0",
  ];
}

async function setUpInside(
  kernel: KernelNetwork,
  { pid, ranges }: ReferenceContainer,
  batch: (tool: "ip" | "tc", lines: readonly string[], namespace: string) => Promise<string>,
): Promise<void> {
  const namespace = String(pid);
  await batch("ip", [
    `link set dev lo address ${HOST_MAC} mtu 1500 up`,
    "link set dev eth0 up",
    `addr add ${HOST_ADDRESS}/${PREFIX_LENGTH} dev eth0`,
    `route add default via ${OUTSIDE_ADDRESS}`,
  ], namespace);
  const [begin, mask] = ranges.at(-1) ?? [0, 0];
  const settings = [
    ...["eth0.accept_local=1", "lo.accept_local=1", "lo.route_localnet=1"]
      .map((setting) => `net.ipv4.conf.${setting}`),
    `net.ipv4.ip_local_port_range=${begin} ${begin + 0xffff - mask}`,
  ];
  await run(kernel, { tool: "sysctl", args: ["-w", ...settings], namespace, effect: "change" });
  const filter = (link: string, priority: number, matches: string, end: string) =>
    `filter add dev ${link} parent ffff: protocol ip prio ${priority} u32 ${matches} ${end}`;
  const redirect = (link: string) => `action mirred egress redirect dev ${link}`;
  await batch("tc", [
    "qdisc add dev eth0 ingress",
    "qdisc add dev lo ingress",
    ...[HOST_ADDRESS, "127.0.0.1"].flatMap((address) => [
      filter("lo", 770, `match ip dst ${address}/32`, redirect("eth0")),
      filter("lo", 514, `match ip protocol 1 0xff match ip dst ${address}/32`, "flowid ffff:0"),
    ]),
    ...ranges.flatMap(([begin, mask]) => {
      const port = `match ip ihl 5 0xf match ip dport ${begin} 0x${mask.toString(16)}`;
      return [
        filter("lo", 769, port, "flowid ffff:0"),
        filter("eth0", 770, `${port} match ip dst 127.0.0.1/32`, redirect("lo")),
      ];
    }),
    "qdisc add dev eth0 root handle 1: htb default 1",
    "class add dev eth0 parent 1: classid 1:1 htb rate 8mbit",
    "qdisc add dev eth0 parent 1:1 pfifo limit 1000",
  ], namespace);
}
