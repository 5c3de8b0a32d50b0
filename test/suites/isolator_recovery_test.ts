import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Step } from "../../sim/fault/fault.ts";
import { FaultyKernel } from "../../sim/fault/faulty_kernel.ts";
import { Isolator } from "../../src/isolator/isolator.ts";
import { IsolatorError } from "../../src/isolator/isolator_error.ts";
import type { FilterLayout, IsolatorOptions } from "../../src/isolator/options.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { createIsolator, LAYOUTS, startIsolated } from "../support/isolated.ts";
import { HOST_ADDRESS, OUTSIDE_ADDRESS, type World } from "../support/world.ts";
import { onEachKernel } from "../support/worlds.ts";

const LINKS = "/var/run/mesos/netns";

async function change(world: World, tool: "ip" | "tc", line: string): Promise<void> {
  const output = await world.kernel.execute({ tool, args: line.split(" "), effect: "change" });
  assertEquals(output.status, 0, `${tool} ${line}: ${output.stderr}`);
}

async function filters(world: World, link: string): Promise<string> {
  const args = ["filter", "show", "dev", link, "parent", "ffff:"];
  const { stdout } = await world.kernel.execute({ tool: "tc", args, effect: "read" });
  return stdout.replace(/index \d+.*/g, "").replace(/fh 80\d::\S+ order \d+/g, "");
}

async function answers(world: World, port: number): Promise<boolean> {
  const result = await world.outside.tcp({
    address: HOST_ADDRESS,
    port,
    text: "x",
    timeoutMs: 500,
  });
  return result.outcome === "answered";
}

/** Three containers and the isolator that made them. */
async function three(world: World, options: Partial<IsolatorOptions> = {}) {
  const isolator = await createIsolator(world, options);
  const stations = [];
  for (const [i, id] of ["a", "b", "c"].entries()) {
    stations.push(await startIsolated(world, isolator, id, { ports: String(31000 + i) }));
  }
  const [a, b, c] = stations;
  assert(a !== undefined && b !== undefined && c !== undefined);
  return { isolator, a, b, c };
}

function ids(isolator: Isolator): string[] {
  return isolator.containers.map(({ id }) => id).sort();
}

onEachKernel(
  "RecoverMixedContainers: known containers are rebuilt, those without a network unmanaged",
  async (world) => {
    const { a, b, c } = await three(world);
    const again = await createIsolator(world);
    const states = [{ id: "a", pid: a.pid }, { id: "b", pid: b.pid }, {
      id: "old",
      pid: world.host.pid,
    }];
    const report = await again.recover({ states, orphans: new Set(["c"]) });
    assertEquals(report.recovered, ["a", "b"]);
    assertEquals(report.unmanaged, ["old"]);
    assertEquals(report.orphans, ["c"]);
    assertEquals([report.mendedFilters, report.problems], [0, []]);
    const entry = again.containers.find(({ id }) => id === "b");
    assertEquals(entry?.ports.toString(), "31001");
    assertEquals(entry?.ephemeralPorts, { begin: 62464, end: 63487 });
    await using _server = await b.listenTcp(31001);
    assert(await answers(world, 31001));
    assertEquals(await again.cleanup("old"), true);
    assertEquals(
      (await again.prepare("d", { ports: parsePorts("31003") })).ephemeralPorts.begin,
      64512,
    );
    assert(c.pid > 0);
  },
);

onEachKernel(
  "CleanUpOrphan: a container that nobody knows is removed, and others keep talking",
  async (world) => {
    const { a, b } = await three(world);
    const again = await createIsolator(world);
    const report = await again.recover({
      states: [{ id: "a", pid: a.pid }, { id: "b", pid: b.pid }],
    });
    assertEquals(report.removed.map(({ id }) => id), ["c"]);
    assertEquals(ids(again), ["a", "b"]);
    assert(!(await filters(world, "eth0")).includes("31002"));
    assertEquals(await world.kernel.readDirectory(LINKS), ["a", "b"]);
    await using _server = await a.listenTcp(31000);
    assert(await answers(world, 31000));
  },
);

onEachKernel(
  "RecoverMixedKnownAndUnKnownOrphans: known orphans are kept for cleanup, unknown ones go",
  async (world) => {
    const { a } = await three(world);
    const again = await createIsolator(world);
    const states = [{ id: "a", pid: a.pid }];
    const report = await again.recover({ states, orphans: new Set(["b"]) });
    assertEquals([report.recovered, report.orphans], [["a"], ["b"]]);
    assertEquals(report.removed.map(({ id }) => id), ["c"]);
    assertEquals(await again.cleanup("b"), true);
    assertEquals(await world.kernel.readDirectory(LINKS), ["a"]);
  },
);

onEachKernel(
  "NetworkNamespaceHandleSymlink: each id leads to the handle of its process, and goes with it",
  async (world) => {
    const { isolator, a } = await three(world);
    assertEquals(await world.kernel.readLink(`${LINKS}/a`), `/var/run/netns/${a.pid}`);
    assert((await world.kernel.readDirectory("/var/run/netns")).includes(`${a.pid}`));
    await isolator.cleanup("a");
    assertEquals(await world.kernel.readDirectory(LINKS), ["b", "c"]);
    assert(!(await world.kernel.readDirectory("/var/run/netns")).includes(`${a.pid}`));
  },
);

onEachKernel(
  "Upgrade: a restart with other limits leaves running containers as they are",
  async (world) => {
    const before = await createIsolator(world);
    const a = await startIsolated(world, before, "a", { ports: "31000" });
    const again = await createIsolator(world, {
      egress: { minimumRateLimit: 1000, rateLimitPerContainer: 2_000_000 },
    });
    assertEquals((await again.recover()).recovered, ["a"]);
    assertEquals((await again.usage("a")).net_tx_rate_limit, undefined);
    const b = await startIsolated(world, again, "b", { ports: "31001" });
    assertEquals((await again.usage("b")).net_tx_rate_limit, 2_000_000);
    for (const [station, port] of [[a, 31000], [b, 31001]] as const) {
      await using _server = await station.listenTcp(port);
      assert(await answers(world, port));
    }
  },
);

onEachKernel(
  "ingress_isolate_existing_containers gives running containers today's ingress limit",
  async (world) => {
    await startIsolated(world, await createIsolator(world), "a", { ports: "31000" });
    const ingress = { minimumRateLimit: 1000, rateLimitPerContainer: 3_000_000 };
    const options = { ingress, ingressIsolateExistingContainers: true };
    const again = await createIsolator(world, options);
    assertEquals((await again.recover()).problems, []);
    assertEquals((await again.usage("a")).net_rx_rate_limit, 3_000_000);
  },
);

/** In each layout, a filter on lo for the UDP port 31000, and the words that make it once more. */
const ON_LO: Readonly<Record<FilterLayout, { readonly handle: string; readonly twin: string }>> = {
  linear: {
    handle: "800::1",
    twin: "u32 match ip ihl 5 0x0f match u16 0 0x1fff at 6 match ip protocol 17 0xff " +
      "match ip dport 31000 0xffff",
  },
  hashed: {
    handle: "179:1:118",
    twin: "handle 179:1:600 u32 ht 179:1: match u16 31000 0xffff at 2",
  },
};

for (const filterLayout of LAYOUTS) {
  const { handle, twin } = ON_LO[filterLayout];
  onEachKernel(
    `recover mends a ${filterLayout} filter that is gone or doubled, and nothing the second time`,
    async (world) => {
      const { a } = await three(world, { filterLayout });
      const whole = await filters(world, "lo");
      const place = "dev lo parent ffff: protocol ip prio 770";
      await change(world, "tc", `filter del ${place} handle ${handle} u32`);
      const cookie = `6265727468${"01"}${a.pid.toString(16).padStart(8, "0")}`;
      const action = `action mirred egress redirect dev mesos${a.pid} cookie ${cookie}`;
      await change(world, "tc", `filter add ${place} ${twin} ${action}`);
      const recover = async () => await (await createIsolator(world, { filterLayout })).recover();
      assertEquals((await recover()).mendedFilters, 2);
      const sorted = (text: string) => text.split("filter ").sort().join("");
      assertEquals(sorted(await filters(world, "lo")), sorted(whole));
      assertEquals((await recover()).mendedFilters, 0);
    },
  );
}

for (const filterLayout of LAYOUTS) {
  onEachKernel(
    `a container gives up inside what an update that died took away outside (${filterLayout})`,
    async (world) => {
      const { isolator, a } = await three(world, { filterLayout });
      await isolator.update("a", { ports: parsePorts("31000,31008") });
      // The inside comes last.
      const isInside = ({ effect, words }: Step) =>
        effect === "change" && words.includes(String(a.pid));
      const outcome = { kind: "crash" } as const;
      const doomed = new FaultyKernel(world.kernel, [
        { match: isInside, when: "before", outcome },
      ]);
      const { options } = isolator.host;
      const dying = await Isolator.create(options, doomed);
      await dying.adopt();
      await assertRejects(() => dying.update("a", { ports: parsePorts("31000") }));
      const again = await createIsolator(world, { filterLayout });
      assert((await again.recover()).mendedFilters > 0);
      assertEquals((await again.recover()).mendedFilters, 0);
      await using server = await world.host.listenTcp(31008);
      const request = { address: HOST_ADDRESS, port: 31008, text: "x", timeoutMs: 2000 };
      assertEquals((await a.tcp(request)).outcome, "answered");
      assertEquals((await server.peers()).length, 1);
    },
  );
}

for (const filterLayout of LAYOUTS) {
  onEachKernel(
    `recover moves running containers to the ${filterLayout} layout, and nothing is lost meanwhile`,
    async (world) => {
      const before = LAYOUTS.find((layout) => layout !== filterLayout) ?? filterLayout;
      const { a, b } = await three(world, { filterLayout: before });
      const again = await createIsolator(world, { filterLayout });
      const [bytes, port] = [20_000_000, 31000];
      const [stream, ping, report] = await Promise.all([
        world.outside.transfer({ to: a, address: HOST_ADDRESS, port, bytes }),
        b.ping(OUTSIDE_ADDRESS, 10),
        again.recover(),
      ]);
      assertEquals(stream.receivedBytes, bytes);
      assertEquals(ping.answered, 10);
      assertEquals([report.recovered, report.problems], [["a", "b", "c"], []]);
      for (const link of ["eth0", "lo", `mesos${a.pid}`]) {
        const hasTables = (await filters(world, link)).includes(" ht divisor 256");
        assertEquals(hasTables, filterLayout === "hashed", link);
      }
      const calm = await createIsolator(world, { filterLayout });
      assertEquals((await calm.recover()).mendedFilters, 0);
      await using _server = await b.listenTcp(31001);
      assert(await answers(world, 31001));
    },
  );
}

onEachKernel(
  "recover moves 200 running containers to the hashed layout, and nothing is lost meanwhile",
  async (world) => {
    const options = {
      ephemeralPorts: parsePorts("1024-17407"),
      ephemeralPortsPerContainer: 32,
    };
    const before = await createIsolator(world, { ...options, filterLayout: "linear" });
    const stations = [];
    for (let i = 0; i < 200; i++) {
      stations.push(await startIsolated(world, before, `c${i}`, { ports: String(31000 + i) }));
    }
    const [first, last] = [stations[0], stations.at(-1)];
    assert(first !== undefined && last !== undefined);
    const again = await createIsolator(world, options);
    const [bytes, port] = [20_000_000, 31000];
    const [stream, ping, report] = await Promise.all([
      world.outside.transfer({ to: first, address: HOST_ADDRESS, port, bytes }),
      last.ping(OUTSIDE_ADDRESS, 10),
      again.recover(),
    ]);
    assertEquals([stream.receivedBytes, ping.answered], [bytes, 10]);
    assertEquals([report.recovered.length, report.problems], [200, []]);
    assertEquals((await (await createIsolator(world, options)).recover()).mendedFilters, 0);
  },
  // On a real kernel this takes long: `deno task bench:move` does it there.
  { only: "sim" },
);

onEachKernel(
  "two symbolic links to one process are both removed, and so is a dangling one",
  async (world) => {
    const { a } = await three(world);
    // The veth's own mark tells whose it is, whichever name comes first.
    await world.kernel.symlink(`/var/run/netns/${a.pid}`, `${LINKS}/Twin`);
    await world.kernel.symlink("/var/run/netns/4194000", `${LINKS}/dangling`);
    const again = await createIsolator(world);
    const report = await again.recover();
    assertEquals([...report.brokenSymlinks].sort(), ["Twin", "a", "dangling"]);
    assertEquals(await world.kernel.readDirectory(LINKS), ["b", "c"]);
    assertEquals(ids(again), ["a", "b", "c"]);
  },
);

onEachKernel("what others made is never touched: filters, links, namespaces", async (world) => {
  const { isolator, c } = await three(world);
  await change(world, "ip", "link add mesos99 type veth peer name other99");
  await change(world, "ip", "netns add 4242");
  const rule = "u32 match ip dport 9 0xffff action mirred egress redirect dev mesos99";
  await change(world, "tc", `filter add dev eth0 parent ffff: protocol ip prio 770 ${rule}`);
  await c.kill();
  const again = await createIsolator(world);
  assertEquals((await again.recover()).removed.map(({ id }) => id), ["c"]);
  await again.cleanup("a");
  await again.cleanup("b");
  assert((await filters(world, "eth0")).includes("device mesos99"));
  assert((await world.kernel.readDirectory("/var/run/netns")).includes("4242"));
  const show = { tool: "ip", args: ["link", "show", "dev", "mesos99"], effect: "read" } as const;
  assertEquals((await world.kernel.execute(show)).status, 0);
  await change(world, "ip", "link del mesos99");
  assert(isolator !== again);
});

onEachKernel("filters whose link is gone are found by their mark and removed", async (world) => {
  const { a } = await three(world);
  await change(world, "ip", `link del mesos${a.pid}`);
  assert((await filters(world, "eth0")).includes("device *"));
  const again = await createIsolator(world);
  const report = await again.recover();
  assertEquals(report.staleHandles, [String(a.pid)]);
  assertEquals(ids(again), ["b", "c"]);
  assert(!(await filters(world, "eth0")).includes("device *"));
});

onEachKernel("filters of a flow whose container is gone are removed", async (world) => {
  const options = { egressUniqueFlowPerContainer: true };
  const { b } = await three(world, options);
  await change(world, "ip", `link del mesos${b.pid}`);
  const again = await createIsolator(world, options);
  await again.recover();
  const args = ["filter", "show", "dev", "eth0", "parent", "1:"];
  const { stdout } = await world.kernel.execute({ tool: "tc", args, effect: "read" });
  const flows = new Set([...stdout.matchAll(/\bflowid (\S+)/g)].map(([, flow]) => flow));
  assertEquals([...flows].sort(), ["1:1", "1:2", "1:3", "1:5"]);
}, { only: "sim" });

onEachKernel(
  "the number of a process that died is refused while a part of its network is there",
  async (world) => {
    const { isolator, a } = await three(world);
    await change(world, "ip", `netns del ${a.pid}`);
    await isolator.prepare("d", { ports: parsePorts("31009") });
    const error = await assertRejects(() => isolator.isolate("d", a.pid), IsolatorError);
    assertEquals(error.code, "pid-in-use");
    assert(error.message.includes(" of a,"), error.message);
    await isolator.cleanup("a");
    await isolator.isolate("d", a.pid);
    assertEquals(ids(isolator), ["b", "c", "d"]);
  },
);

onEachKernel(
  "a process number that now names another process does not make a container live",
  async (world) => {
    const { a } = await three(world);
    const other = await world.startContainer();
    const name = String(a.pid);
    await change(world, "ip", `netns del ${name}`);
    await change(world, "ip", `netns attach ${name} ${other.pid}`);
    const found = await (await createIsolator(world)).adopt();
    const status = Object.fromEntries(found.map(({ entry, status }) => [entry.id, status]));
    assertEquals(status, { a: "dead", b: "running", c: "running" });
  },
);
