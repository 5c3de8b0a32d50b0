import { assert, assertEquals } from "@std/assert";
import { NamespaceHolder } from "../../src/cli/demo/namespace_holder.ts";
import { networkNamespace, output } from "../../src/cli/demo/sandbox.ts";
import { KernelApplier } from "../../src/isolator/apply.ts";
import { auditHost } from "../../src/isolator/audit/audit.ts";
import { repairHost } from "../../src/isolator/audit/repair.ts";
import { Metrics } from "../../src/isolator/metrics.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { createIsolator, startIsolated } from "../support/isolated.ts";
import { HOST_ADDRESS, OUTSIDE_ADDRESS, type World } from "../support/world.ts";
import { onEachKernel } from "../support/worlds.ts";

/**
 * How a container runtime starts a container whose root is nobody outside it. Where the tests
 * themselves run as an ordinary user's root, that one's root inside is nobody as well.
 */
async function asRootOfItsOwn(): Promise<string[]> {
  const { stdout } = await output(["/usr/bin/cat", "/proc/self/uid_map"]);
  const isWholeMachine = stdout.trim().endsWith("4294967295");
  const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  const own = ["unshare", "--user", "--map-root-user", "--net", "--mount"];
  return [...(isWholeMachine ? nobody : []), ...own];
}

/** Something that root inside a container does to harm others. */
interface Attack {
  readonly name: string;
  /** What is run inside, one command a line. */
  readonly commands: readonly string[];
  /** Whether the kernel lets it: it is then the container's own loss. */
  readonly succeeds: boolean;
}

const ATTACKS: readonly Attack[] = [
  {
    name: "it takes an address that nobody gave it, and asks by it",
    commands: [
      "ip addr add 10.77.0.99/24 dev eth0",
      `ping -c 2 -W 1 -I 10.77.0.99 ${OUTSIDE_ADDRESS}`,
    ],
    succeeds: false,
  },
  {
    name: "it lets itself send from every port",
    commands: ["sysctl -w net.ipv4.ip_local_port_range=1024\t65535"],
    succeeds: true,
  },
  {
    name: "it puts a queue of its own on its way out",
    commands: ["tc qdisc replace dev eth0 root pfifo limit 100000"],
    succeeds: true,
  },
  {
    name: "it steers everything to itself",
    commands: [
      "tc filter add dev eth0 parent ffff: protocol all prio 1 u32 match u32 0 0 " +
      "action mirred egress redirect dev lo",
    ],
    succeeds: true,
  },
  {
    name: "it takes its own filters away",
    commands: ["tc qdisc del dev eth0 ingress", "tc qdisc del dev lo ingress"],
    succeeds: true,
  },
  {
    name: "it takes another MAC address",
    commands: ["ip link set eth0 address 02:00:00:00:00:66"],
    succeeds: true,
  },
  {
    name: "it takes the gateway's address",
    commands: [`ip addr add ${OUTSIDE_ADDRESS}/24 dev eth0`],
    succeeds: true,
  },
  {
    name: "it forwards, and believes every redirect",
    commands: ["sysctl -w net.ipv4.ip_forward=1 net.ipv4.conf.all.accept_redirects=1"],
    succeeds: true,
  },
  {
    name: "it changes a setting of the whole machine",
    commands: ["sysctl -w net.core.netdev_budget=300"],
    succeeds: false,
  },
  {
    name: "it enters the host's network by /proc",
    commands: ["nsenter --net=/proc/HOST/ns/net true"],
    succeeds: false,
  },
  {
    name: "it moves its link into the host's network",
    commands: ["ip link set eth0 netns HOST"],
    succeeds: false,
  },
  {
    name: "it deletes its link, and the host's end of it",
    commands: ["ip link del eth0"],
    succeeds: true,
  },
];

onEachKernel("root inside a container harms nobody but itself", async (world, test) => {
  const isolator = await createIsolator(world);
  const good = await startIsolated(world, isolator, "good", { ports: "31001" });
  const holder = await NamespaceHolder.start(await asRootOfItsOwn());
  await isolator.prepare("evil", { ports: parsePorts("31000") });
  await isolator.isolate("evil", holder.pid);
  await using server = await good.listenTcp(31001);
  const namespace = await networkNamespace();
  assertEquals(await auditHost(world.kernel, isolator.host.options), []);
  for (const { name, commands, succeeds } of ATTACKS) {
    await test.step(name, async () => {
      const statuses = await attack(holder.pid, commands, String(Deno.pid));
      assertEquals(statuses.every((status) => status === 0), succeeds, statuses.join(", "));
      const request = { address: HOST_ADDRESS, port: 31001, text: "hello" };
      assertEquals((await world.outside.tcp(request)).outcome, "answered");
      assertEquals((await world.host.tcp(request)).outcome, "answered");
      assertEquals(await networkNamespace(), namespace);
      const found = await auditHost(world.kernel, isolator.host.options);
      assertEquals(
        found.filter(({ container }) => container !== "evil").map(({ says }) => says),
        [],
      );
    });
  }
  assert((await server.peers()).every(({ address }) => address !== "10.77.0.99"));
  await mendAll(world, isolator.host.options);
  await holder.kill();
}, { only: "host" });

onEachKernel(
  "root inside a container cannot answer or ask by a port of another's",
  async (world) => {
    const isolator = await createIsolator(world);
    const good = await startIsolated(world, isolator, "good", { ports: "31001" });
    const evil = await startIsolated(world, isolator, "evil", { ports: "31000" });
    await using server = await good.listenTcp(31001);
    await using _trap = await evil.listenTcp(31001);
    const request = { address: HOST_ADDRESS, port: 31001, text: "hello" };
    assertEquals((await world.outside.tcp(request)).outcome, "answered");
    assertEquals((await server.peers()).length, 1);
    await using _echo = await world.outside.listenUdp(7000);
    const ask = (sourcePort: number) =>
      evil.udp({ address: OUTSIDE_ADDRESS, port: 7000, text: "hello", sourcePort });
    assertEquals((await ask(31000)).outcome, "answered");
    assertEquals((await ask(31001)).outcome, "timed-out");
    assertEquals((await ask(22)).outcome, "timed-out");
  },
);

/** What is left of the attacker's network is removed, and nobody else's. */
async function mendAll(world: World, options: Parameters<typeof auditHost>[1]): Promise<void> {
  const applier = new KernelApplier(world.kernel, new Metrics());
  const { mended, left } = await repairHost(world.kernel, options, applier);
  assert(mended.every(({ container }) => container === "evil"));
  assertEquals(left, []);
}

async function attack(
  pid: number,
  commands: readonly string[],
  host: string,
): Promise<number[]> {
  const enter = ["nsenter", `--target=${pid}`, "--user", "--net", "--mount"];
  const statuses: number[] = [];
  for (const command of commands) {
    const words = command.split(" ").map((word) => word.replace("HOST", host).replace("\t", " "));
    statuses.push((await output([...enter, ...words])).status);
  }
  return statuses;
}
