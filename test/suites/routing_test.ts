import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { change, type Command, create, remove } from "../../src/kernel/command.ts";
import { isUnsupported, KernelError } from "../../src/kernel/kernel_error.ts";
import { PortRange } from "../../src/ports/mod.ts";
import { listAddresses } from "../../src/routing/address.ts";
import { type Action, addFilter, deleteFilter, type Filter } from "../../src/routing/filter.ts";
import { type ListedFilter, listedIdentity } from "../../src/routing/filter_listing.ts";
import { listFilters } from "../../src/routing/filter_read.ts";
import { filterIdentity } from "../../src/routing/filter.ts";
import {
  formatFilterHandle,
  formatHandle,
  parseHandle,
  rootHandle,
} from "../../src/routing/handle.ts";
import { addHtb, HTB_CLASS, HTB_HANDLE, htbClass } from "../../src/routing/htb.ts";
import {
  addVeth,
  deleteLink,
  findLink,
  listLinks,
  readCounters,
  setLink,
} from "../../src/routing/link.ts";
import {
  addIngress,
  addQdisc,
  deleteIngress,
  hasIngress,
  listQdiscs,
  rootQdisc,
} from "../../src/routing/qdisc.ts";
import { findDefaultRoute } from "../../src/routing/route.ts";
import { MATCH_ANY, matchAddress, matchPort, matchProtocol } from "../../src/routing/u32.ts";
import { hasFeature } from "../support/isolated.ts";
import { HOST_ADDRESS, HOST_MAC, OUTSIDE_ADDRESS, type World } from "../support/world.ts";
import { onEachKernel } from "../support/worlds.ts";

const MAC = "02:00:00:00:00:07";
const PAIR = { name: "veth7", peerName: "peer7", mac: MAC, mtu: 1400 };

onEachKernel(
  "LinkCreate, LinkExists, LinkIndex, LinkName and LinkCreateWithTargetMAC: a pair has the names, MAC address and MTU it was given",
  async ({ kernel }) => {
    assertEquals(await findLink(kernel, "veth7"), undefined);
    assertEquals(await create(kernel, addVeth(PAIR)), true);
    assertEquals(await create(kernel, addVeth(PAIR)), false);
    const links = await listLinks(kernel);
    for (const name of ["veth7", "peer7"]) {
      const link = await findLink(kernel, name);
      assertEquals([link?.name, link?.mac, link?.mtu, link?.up], [name, MAC, 1400, false]);
      assertEquals(links.find(({ index }) => index === link?.index)?.name, name);
    }
    await remove(kernel, deleteLink("veth7"));
  },
);

onEachKernel(
  "a veth reports 10 Gbit/s while it is up, whatever its peer does, and a loopback never a speed",
  async ({ kernel }) => {
    const speedOf = (name: string) =>
      kernel.readFile(`/sys/class/net/${name}/speed`).then((text) => text.trim(), () => "none");
    await change(kernel, addVeth(PAIR));
    assertEquals([await speedOf("veth7"), await speedOf("lo")], ["none", "none"]);
    await change(kernel, setLink("veth7", { up: true }));
    assertEquals([await speedOf("veth7"), await speedOf("peer7")], ["10000", "none"]);
    await remove(kernel, deleteLink("veth7"));
  },
);

onEachKernel(
  "LinkRemove and LinkWait: removing one end removes both, and then there is nothing to remove",
  async ({ kernel }) => {
    await change(kernel, addVeth(PAIR));
    assertEquals(await remove(kernel, deleteLink("peer7")), true);
    assertEquals(await findLink(kernel, "veth7"), undefined);
    assertEquals(await remove(kernel, deleteLink("veth7")), false);
  },
);

onEachKernel("LinkCreatePid: the far end is born in the namespace of a process", async (world) => {
  const { pid } = await world.startContainer();
  await change(world.kernel, addVeth({ ...PAIR, peerPid: pid }));
  assertEquals(await findLink(world.kernel, "peer7"), undefined);
  await change(world.kernel, { tool: "ip", words: ["netns", "attach", "7", String(pid)] });
  assertEquals((await listLinks(world.kernel, "7")).map(({ name }) => name), ["lo", "peer7"]);
  await remove(world.kernel, deleteLink("veth7"));
});

onEachKernel(
  "LinkSetUp, LinkSetMAC and LinkMTU: a link takes what it is told, and no multicast MAC",
  async ({ kernel }) => {
    await change(kernel, addVeth(PAIR));
    const settings = { up: true, mac: "02:00:00:00:00:08", mtu: 1300, alias: "two words" };
    await change(kernel, setLink("veth7", settings));
    const link = await findLink(kernel, "veth7");
    assertEquals({ up: link?.up, mac: link?.mac, mtu: link?.mtu, alias: link?.alias }, settings);
    assertThrows(() => setLink("veth7", { mac: "01:00:5e:00:00:01" }), RangeError, "multicast");
    const words = ["link", "set", "dev", "veth7", "address", "01:00:5e:00:00:01"];
    await assertRejects(() => change(kernel, { tool: "ip", words }), KernelError);
    await remove(kernel, deleteLink("veth7"));
  },
);

onEachKernel(
  "Eth0, Lo and RouteTable: the public link is that of the default route, the other holds 127.0.0.1",
  async ({ kernel }) => {
    assertEquals(await findDefaultRoute(kernel), { gateway: OUTSIDE_ADDRESS, link: "eth0" });
    const links = await listAddresses(kernel);
    const eth0 = links.find(({ name }) => name === "eth0");
    assertEquals([eth0?.mac, eth0?.addresses], [HOST_MAC, [{
      address: HOST_ADDRESS,
      prefixLength: 24,
    }]]);
    const lo = links.find(({ addresses }) =>
      addresses.some(({ address }) => address === "127.0.0.1")
    );
    assertEquals(lo?.name, "lo");
  },
);

onEachKernel("LinkStatistics: counters grow by what a link carries", async (world) => {
  const before = (await readCounters(world.kernel)).get("eth0");
  assertEquals((await world.host.ping(OUTSIDE_ADDRESS, 3)).answered, 3);
  const after = (await readCounters(world.kernel)).get("eth0");
  assert(before !== undefined && after !== undefined);
  assert(after.txPackets - before.txPackets >= 3n);
  assert(after.rxBytes - before.rxBytes >= 3n * 98n);
});

onEachKernel("IngressQdisc: made once, found, removed once", async ({ kernel }) => {
  assertEquals(hasIngress(await listQdiscs(kernel), "eth0"), false);
  assertEquals(await create(kernel, addIngress("eth0")), true);
  assertEquals(await create(kernel, addIngress("eth0")), false);
  assertEquals(hasIngress(await listQdiscs(kernel), "eth0"), true);
  assertEquals(await remove(kernel, deleteIngress("eth0")), true);
  assertEquals(hasIngress(await listQdiscs(kernel), "eth0"), false);
});

onEachKernel(
  "HTBQdisc and HandleGeneration: qdisc and class bear the handles that they were given",
  async ({ kernel }) => {
    assertEquals(await create(kernel, addHtb("eth0")), true);
    assertEquals(await create(kernel, addHtb("eth0")), false);
    await change(kernel, htbClass("add", "eth0", { rateBytesPerSecond: 1e6 }));
    await change(kernel, htbClass("change", "eth0", { rateBytesPerSecond: 2e6 }));
    const root = rootQdisc(await listQdiscs(kernel), "eth0");
    assertEquals([root?.kind, root?.handle], ["htb", formatHandle(HTB_HANDLE)]);
    assertEquals(parseHandle("1:1"), HTB_CLASS);
  },
);

onEachKernel(
  "FqCodelQdisc and FqCodelClassifier: a queue and its flows, or a kernel that says it has none",
  async (world) => {
    const { kernel } = world;
    const spec = {
      link: "eth0",
      parent: "root",
      handle: { major: 1, minor: 0 },
      kind: "fq_codel",
    } as const;
    if (!await hasFeature(world, "fq_codel")) {
      assert(isUnsupported(await assertRejects(() => change(kernel, addQdisc(spec)))));
      return;
    }
    assertEquals(await create(kernel, addQdisc(spec)), true);
    const action: Action = { kind: "classify", classId: "1:3" };
    const filter = { ...ipFilter(31000, action), parent: "1:" };
    await change(kernel, addFilter(filter, rootHandle(1)));
    const [listed] = (await listFilters(kernel, [{ link: "eth0", parent: "1:" }])).flat();
    assertEquals(listed && listedIdentity(listed), filterIdentity(filter));
  },
);

function ipFilter(port: number, action: Action): Filter {
  const range = PortRange.fromBeginEnd(port, port + 7);
  const matches = [matchAddress("dst", HOST_ADDRESS), matchPort("dport", range)];
  return { link: "eth0", parent: "ffff:", protocol: "ip", priority: 770, matches, action };
}

const to = (kind: "redirect" | "mirror"): Action => ({ kind, to: "lo", cookie: "62" });

/** One filter of each classifier, as the reference's tests have them. */
const CLASSIFIERS: Readonly<Record<string, Filter>> = {
  ARPFilter: {
    link: "eth0",
    parent: "ffff:",
    protocol: "arp",
    priority: 258,
    matches: [MATCH_ANY],
    action: to("mirror"),
  },
  ICMPFilter: {
    link: "eth0",
    parent: "ffff:",
    protocol: "ip",
    priority: 514,
    matches: [matchProtocol("icmp"), matchAddress("dst", HOST_ADDRESS)],
    action: to("mirror"),
  },
  IPFilter: ipFilter(31000, to("redirect")),
  "IPFilter (2, terminal)": ipFilter(31008, { kind: "stop" }),
};

async function listed(world: World): Promise<ListedFilter[]> {
  return (await listFilters(world.kernel, [{ link: "eth0", parent: "ffff:" }])).flat();
}

async function run(world: World, ...commands: readonly Command[]): Promise<void> {
  for (const command of commands) await change(world.kernel, command);
}

for (const [name, filter] of Object.entries(CLASSIFIERS)) {
  onEachKernel(
    `${name}Create, CreateDuplicated, CreateMultiple, Update and Remove: listed as told, once a number, gone when removed`,
    async (world) => {
      await run(world, addIngress("eth0"), addFilter(filter, rootHandle(1)));
      const identities = async () => (await listed(world)).map(listedIdentity);
      assertEquals(await identities(), [filterIdentity(filter)]);
      await assertRejects(
        () => change(world.kernel, addFilter(filter, rootHandle(1))),
        KernelError,
      );
      assertEquals((await listed(world)).length, 1);

      const other: Filter = { ...filter, action: { kind: "redirect", to: "eth0", cookie: "ff" } };
      await run(world, addFilter(other, rootHandle(2)));
      assertEquals(await identities(), [filter, other].map(filterIdentity));

      const [first] = await listed(world);
      assert(first?.handle !== undefined);
      assertEquals(formatFilterHandle(first.handle), "800::1");
      assertEquals(await remove(world.kernel, deleteFilter(filter, first.handle)), true);
      assertEquals(await identities(), [filterIdentity(other)]);
      assertEquals(await remove(world.kernel, deleteFilter(filter, first.handle)), false);
    },
  );
}

onEachKernel("PortRange: one filter takes exactly the ports of its range", async (world) => {
  await run(
    world,
    addIngress("eth0"),
    addFilter(ipFilter(31000, { ...to("redirect") }), rootHandle(1)),
  );
  for (const port of [30999, 31000, 31007, 31008]) {
    await using _server = await world.host.listenUdp(port);
    const before = (await readCounters(world.kernel)).get("lo")?.rxPackets;
    const request = { address: HOST_ADDRESS, port, text: "x", timeoutMs: 300 };
    await world.outside.udp(request);
    const after = (await readCounters(world.kernel)).get("lo")?.rxPackets;
    const inRange = port >= 31000 && port <= 31007;
    assertEquals((after ?? 0n) > (before ?? 0n), inRange, `port ${port} on lo`);
  }
});
