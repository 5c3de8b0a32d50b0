import { assert, assertEquals } from "@std/assert";
import { KernelApplier } from "../../src/isolator/apply.ts";
import { auditHost } from "../../src/isolator/audit/audit.ts";
import type { Finding } from "../../src/isolator/audit/finding.ts";
import { repairHost } from "../../src/isolator/audit/repair.ts";
import { Metrics } from "../../src/isolator/metrics.ts";
import type { FilterLayout, IsolatorOptions } from "../../src/isolator/options.ts";
import type { KernelNetwork } from "../../src/kernel/kernel_network.ts";
import { createIsolator, LAYOUTS, startIsolated } from "../support/isolated.ts";
import { DAMAGES, ORPHANING } from "../support/damages.ts";
import { foreignObjects, makeForeignObjects } from "../support/foreign_objects.ts";
import { type ContainerStation, HOST_ADDRESS, type World } from "../support/world.ts";
import { onEachKernel } from "../support/worlds.ts";

const LIMIT = { minimumRateLimit: 1000, rateLimitPerContainer: 5_000_000 };

/** Containers with limits both ways, beside things that others made. */
async function damagedHost(world: World, filterLayout: FilterLayout, ids: readonly string[]) {
  const isolator = await createIsolator(world, { filterLayout, egress: LIMIT, ingress: LIMIT });
  const stations: ContainerStation[] = [];
  for (const [i, id] of ids.entries()) {
    stations.push(await startIsolated(world, isolator, id, { ports: `3100${i}` }));
  }
  const [a, b = a, c = a] = stations;
  assert(a !== undefined && b !== undefined && c !== undefined);
  await makeForeignObjects(world.kernel, a.pid);
  return { a, b, c, options: isolator.host.options };
}

function repair(kernel: KernelNetwork, options: IsolatorOptions, scope?: "left-over") {
  return repairHost(kernel, options, new KernelApplier(kernel, new Metrics()), scope);
}

function kindsOf(findings: readonly Finding[]): string[] {
  return [...new Set(findings.map(({ kind }) => kind))].sort();
}

for (const filterLayout of LAYOUTS) {
  onEachKernel(
    `audit finds every damage, repair mends it, and others' things stay (${filterLayout})`,
    async (world, test) => {
      const { kernel } = world;
      const { a, b, options } = await damagedHost(world, filterLayout, ["a", "b"]);
      const foreign = await foreignObjects(kernel, a.pid);
      assertEquals(await auditHost(kernel, options), []);
      await using _server = await a.listenTcp(31000);
      for (const { name, kinds, lines } of DAMAGES) {
        await test.step(name, async () => {
          const damages = lines({ pid: a.pid, other: b.pid, filterLayout });
          for (const line of damages) await run(kernel, line);
          // A repair audits before and after.
          const { mended, left, problems } = await repair(kernel, options);
          assertEquals([left.map(saysOf), problems], [[], []]);
          assertEquals(kindsOf(mended), [...kinds].sort(), JSON.stringify(mended.map(saysOf)));
          assertEquals(await foreignObjects(kernel, a.pid), foreign);
        });
      }
      assertEquals(await auditHost(kernel, options), []);
      const request = { address: HOST_ADDRESS, port: 31000, text: "hello" };
      assertEquals((await world.outside.tcp(request)).outcome, "answered");
      assertEquals((await b.tcp(request)).outcome, "answered");
    },
  );

  onEachKernel(
    `what is left over of a container goes, by gc as by repair, and nothing else (${filterLayout})`,
    async (world) => {
      const { kernel } = world;
      const { a, b, c, options } = await damagedHost(world, filterLayout, ["a", "b", "c"]);
      const foreign = await foreignObjects(kernel, a.pid);
      await b.kill();
      for (const line of ORPHANING(c.pid)) await run(kernel, line);
      await kernel.symlink("/var/run/netns/4194000", "/var/run/mesos/netns/dangling");
      await run(kernel, `ip link set mesos${a.pid} mtu 1400`);
      const found = await auditHost(kernel, options);
      assertEquals(kindsOf(found), [
        ...["left-filters", "left-handle", "left-symlink", "left-veth", "link"],
      ]);
      const names = ["b", "c", "dangling"];
      const left = found.filter(({ isLeft }) => isLeft);
      assertEquals([...new Set(left.map(({ container }) => container))].sort(), names);
      const report = await repair(kernel, options, "left-over");
      assertEquals([report.left, report.problems], [[], []]);
      assertEquals(kindsOf(await auditHost(kernel, options)), ["link"]);
      assertEquals(await kernel.readDirectory("/var/run/mesos/netns"), ["a"]);
      assertEquals((await repair(kernel, options)).left, []);
      assertEquals(await auditHost(kernel, options), []);
      assertEquals(await foreignObjects(kernel, a.pid), foreign);
    },
  );

  onEachKernel(
    `a flow runs on while its host is repaired, and loses nothing (${filterLayout})`,
    async (world) => {
      const { kernel } = world;
      const { a, options } = await damagedHost(world, filterLayout, ["a"]);
      const quiet = DAMAGES.filter(({ isQuiet }) => isQuiet);
      assert(quiet.length > 5);
      const bytes = 20_000_000;
      const damageAndRepair = async () => {
        for (const { name, lines } of quiet) {
          const damages = lines({ pid: a.pid, other: a.pid, filterLayout });
          for (const line of damages) await run(kernel, line);
          const { mended, left } = await repair(kernel, options);
          assert(mended.length > 0, name);
          assertEquals(left, [], name);
        }
      };
      const [stream] = await Promise.all([
        world.outside.transfer({ to: a, address: HOST_ADDRESS, port: 31000, bytes }),
        damageAndRepair(),
      ]);
      assertEquals(stream.receivedBytes, bytes);
    },
  );
}

onEachKernel("a container that lost its flow gets one again, and stray flows go", async (world) => {
  const { kernel } = world;
  const isolator = await createIsolator(world, { egressUniqueFlowPerContainer: true });
  await startIsolated(world, isolator, "a", { ports: "31000" });
  const b = await startIsolated(world, isolator, "b", { ports: "31001" });
  const { options } = isolator.host;
  assertEquals(await auditHost(kernel, options), []);
  await run(kernel, "tc filter del dev eth0 parent 1: protocol ip prio 771");
  assertEquals(kindsOf((await repair(kernel, options)).mended), ["filter-missing"]);
  await run(kernel, `ip link del mesos${b.pid}`);
  const { mended, left } = await repair(kernel, options, "left-over");
  assert(mended.some(({ object }) => object === "filters of flow 4 on eth0"));
  assertEquals(left, []);
  assertEquals(await auditHost(kernel, options), []);
}, { only: "sim" });

onEachKernel("what only an operator can mend is said, and left alone", async (world) => {
  const { kernel } = world;
  const { a, options } = await damagedHost(world, "hashed", ["a"]);
  await run(kernel, `ip netns del ${a.pid}`);
  await run(kernel, `tc qdisc del dev mesos${a.pid} root`);
  const { left } = await repair(kernel, options);
  assertEquals(left.map(({ kind, container }) => [kind, container]), [["handle", "a"]]);
  await run(kernel, `ip netns attach ${a.pid} ${a.pid}`);
  await run(kernel, `tc qdisc add dev mesos${a.pid} root handle 9: pfifo limit 10`);
  const again = await repair(kernel, options);
  assertEquals(again.left.map(({ kind, object }) => [kind, object]), [
    ["foreign-qdisc", `mesos${a.pid} pfifo 9:`],
  ]);
  await run(kernel, `tc qdisc del dev mesos${a.pid} root`);
  assertEquals((await repair(kernel, options)).left, []);
});

function saysOf({ says }: Finding): string {
  return says;
}

async function run(kernel: KernelNetwork, line: string): Promise<void> {
  const [tool = "", ...args] = line.split(" ");
  if (tool === "rm") return await kernel.unlink(args.join(" "));
  assert(tool === "ip" || tool === "tc" || tool === "sysctl", line);
  const [option, namespace = ""] = args;
  const isInside = tool === "sysctl" && option === "-n";
  const words = tool === "sysctl" ? [args.slice(isInside ? 2 : 1).join(" ")] : args;
  const output = await kernel.execute({
    tool,
    args: words.map((word) => word === '""' ? "" : word),
    ...(isInside ? { namespace } : {}),
    effect: "change",
  });
  assertEquals(output.status, 0, `${line}: ${output.stderr}`);
}
