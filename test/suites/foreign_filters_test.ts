import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { IsolatorError, type IsolatorErrorCode } from "../../src/isolator/isolator_error.ts";
import { runBatch } from "../../src/kernel/batch.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { createIsolator, LAYOUTS, startIsolated } from "../support/isolated.ts";
import { HOST_ADDRESS, type World } from "../support/world.ts";
import { onEachKernel } from "../support/worlds.ts";

/** Words of `tc` that put something of somebody else's where the isolator works. */
async function strange(world: World, ...lines: readonly string[]): Promise<void> {
  const words = lines.map((line) => line.split(" "));
  await runBatch(world.kernel, { tool: "tc", lines: words });
}

/** All that there is at the host: links, qdiscs, filters, handles and symbolic links. */
async function everything(world: World): Promise<string> {
  const { kernel } = world;
  const show = async (tool: "ip" | "tc", line: string) =>
    (await kernel.execute({ tool, args: line.split(" "), effect: "read" })).stdout;
  const texts = await Promise.all([
    show("ip", "-o link show"),
    show("tc", "qdisc show"),
    ...["eth0", "lo"].map((link) => show("tc", `filter show dev ${link} parent ffff:`)),
  ]);
  const folders = ["/var/run/netns", "/var/run/mesos/netns"];
  const names = await Promise.all(
    // The folders come to be with the first isolator.
    folders.map((folder) => kernel.readDirectory(folder).catch(() => [])),
  );
  // A packet may pass meanwhile.
  return [...texts, ...names.flat()].join("\n").replace(/direct_packets_stat \d+/g, "");
}

async function refusal(promise: Promise<unknown>): Promise<IsolatorError> {
  const error = await assertRejects(() => promise, IsolatorError);
  assertMatch(error.message, /^[^\n]+[^.\n]$/);
  return error;
}

/** What keeps an isolator from being made, and what its refusal must say. */
const OBSTACLES: readonly {
  readonly name: string;
  readonly lines: readonly string[];
  readonly code: IsolatorErrorCode;
  readonly says: RegExp;
}[] = [
  {
    name: "a filter of another protocol at a priority of ours",
    lines: [
      "qdisc add dev eth0 ingress",
      "filter add dev eth0 parent ffff: protocol ipv6 prio 770 u32 match u32 0 0 flowid 1:1",
    ],
    code: "priority-taken",
    says: /tc filter delete dev eth0 parent ffff: protocol ipv6 prio 770"$/,
  },
  {
    name: "a hash table of a number of ours",
    lines: [
      "qdisc add dev lo ingress",
      "filter add dev lo parent ffff: protocol ip prio 770 handle 601: u32 divisor 1",
    ],
    code: "table-taken",
    says: /lo ffff: table 601, bucket 0, number 0, where hash tables go.*--filter_layout=linear$/,
  },
  {
    name: "a hash table of a number of ours at another priority",
    lines: [
      "qdisc add dev eth0 ingress",
      "filter add dev eth0 parent ffff: protocol ip prio 9 handle 179: u32 divisor 16",
    ],
    code: "table-taken",
    says: /eth0 ffff: table 179, bucket 0, number 0/,
  },
  {
    name: "clsact where ingress goes",
    lines: ["qdisc add dev eth0 clsact"],
    code: "foreign-qdisc",
    says: /tc qdisc delete dev eth0 clsact"$/,
  },
  {
    name: "a queue at the root where flows are to be kept apart",
    lines: ["qdisc add dev eth0 root handle 1: htb"],
    code: "foreign-qdisc",
    says: /eth0 has a qdisc htb 1: at root that is not ours; delete it, or hang the flows below/,
  },
];

for (const { name, lines, code, says } of OBSTACLES) {
  onEachKernel(`${name} is refused, said plainly, and stays as it was`, async (world) => {
    await strange(world, ...lines);
    const options = { egressUniqueFlowPerContainer: name.includes("flows") };
    // What is prepared before the filters, such as the ingress qdisc, stays.
    await assertRejects(() => createIsolator(world, options));
    const before = await everything(world);
    const error = await refusal(createIsolator(world, options));
    assertEquals(error.code, code);
    assertMatch(error.message, says);
    assertEquals(await everything(world), before);
  });
}

onEachKernel("a taken table number stands in the way of hash tables alone", async (world) => {
  await strange(
    world,
    "qdisc add dev eth0 ingress",
    "filter add dev eth0 parent ffff: protocol ip prio 9 handle 179: u32 divisor 16",
  );
  const isolator = await createIsolator(world, { filterLayout: "linear" });
  const one = await startIsolated(world, isolator, "one", { ports: "31000" });
  await using _server = await one.listenTcp(31000);
  const request = { address: HOST_ADDRESS, port: 31000, text: "x" };
  assertEquals((await world.outside.tcp(request)).outcome, "answered");
});

onEachKernel(
  "a filter in a bucket of ours fails one isolate with a plain word, and nothing of it is left",
  async (world) => {
    const isolator = await createIsolator(world);
    const other = await startIsolated(world, isolator, "other", { ports: "31008" });
    await strange(
      world,
      "filter add dev eth0 parent ffff: protocol ip prio 770 handle 179:1:118 u32 ht 179:1: " +
        "match u32 0 0 flowid 1:1",
    );
    const { pid } = await world.startContainer();
    await isolator.prepare("one", { ports: parsePorts("31000") });
    const before = await everything(world);
    const error = await refusal(isolator.isolate("one", pid));
    assertEquals(error.code, "table-taken");
    assertMatch(error.message, /handle 179:1:118 .*; remove it$/);
    assertEquals(await everything(world), before);
    await strange(
      world,
      "filter delete dev eth0 parent ffff: protocol ip prio 770 handle 179:1:118 u32",
    );
    await isolator.isolate("one", pid);
    await using _server = await other.listenTcp(31008);
    const request = { address: HOST_ADDRESS, port: 31008, text: "x" };
    assertEquals((await world.outside.tcp(request)).outcome, "answered");
  },
);

for (const layout of LAYOUTS) {
  onEachKernel(
    `filters of others at a priority of ours are numbered around, and stay (${layout})`,
    async (world) => {
      await strange(
        world,
        ...["eth0", "lo"].flatMap((link) => [
          `qdisc add dev ${link} ingress`,
          `filter add dev ${link} parent ffff: protocol ip prio 770 u32 match ip dport 9 0xffff ` +
          "flowid 1:1",
        ]),
      );
      const before = await everything(world);
      const isolator = await createIsolator(world, { filterLayout: layout });
      const one = await startIsolated(world, isolator, "one", { ports: "31000" });
      await using _server = await one.listenTcp(31000);
      const request = { address: HOST_ADDRESS, port: 31000, text: "x" };
      for (const station of [world.outside, world.host]) {
        assertEquals((await station.tcp(request)).outcome, "answered");
      }
      await isolator.cleanup("one");
      const left = new Set((await everything(world)).split("\n"));
      const gone = before.split("\n").filter((line) => line.includes("u32") && !left.has(line));
      assertEquals(gone, []);
    },
  );
}

onEachKernel(
  "a full table refuses those containers that find no room in it, and leaves nothing of them",
  async (world) => {
    await createIsolator(world, { filterLayout: "linear" });
    const free = 6;
    await strange(
      world,
      ...Array.from(
        { length: 4095 - free },
        (_, i) =>
          `filter add dev lo parent ffff: protocol ip prio 770 handle ::${(i + 1).toString(16)} ` +
          "u32 match ip dport 9 0xffff flowid 1:1",
      ),
    );
    const again = await createIsolator(world, { filterLayout: "linear" });
    const ports = { fits: "31000", scattered: "31001,31003,31005", waits: "31008" };
    const pids = new Map<string, number>();
    for (const [id, text] of Object.entries(ports)) {
      await again.prepare(id, { ports: parsePorts(text) });
      pids.set(id, (await world.startContainer()).pid);
    }
    const ids = ["fits", "scattered"];
    const results = await Promise.allSettled(ids.map((id) => again.isolate(id, pids.get(id) ?? 0)));
    const [fits, scattered] = results;
    assertEquals(fits?.status, "fulfilled");
    assert(scattered?.status === "rejected" && scattered.reason instanceof IsolatorError);
    assertEquals(scattered.reason.code, "table-full");
    assertMatch(scattered.reason.message, /^lo holds 4095 filters of priority 770, which is all/);
    const links = await everything(world);
    assert(!links.includes(`mesos${pids.get("scattered")}`) && !links.includes("scattered"));
    await again.cleanup("fits");
    await again.isolate("waits", pids.get("waits") ?? 0);
  },
);
