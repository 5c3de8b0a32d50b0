import { assertEquals } from "@std/assert";
import { Isolator } from "../../src/isolator/isolator.ts";
import type { KernelNetwork } from "../../src/kernel/kernel_network.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { LAYOUTS, OPTIONS } from "../support/isolated.ts";
import { setUpAsReference } from "../support/reference_host.ts";
import { HOST_ADDRESS, OUTSIDE_ADDRESS } from "../support/world.ts";
import { onEachKernel } from "../support/worlds.ts";

/** The ports of two containers, as begins and masks; ephemeral ranges last. */
const WEB = [[31000, 0xfff8], [61440, 0xfc00]] as const;
const DB = [[31008, 0xfffc], [31012, 0xffff], [62464, 0xfc00]] as const;

async function listed(kernel: KernelNetwork, link: string): Promise<string> {
  const args = ["filter", "show", "dev", link, "parent", "ffff:"];
  return (await kernel.execute({ tool: "tc", args, effect: "read" })).stdout;
}

for (const filterLayout of LAYOUTS) {
  const title = `containers in the reference's layout are taken over into the ${filterLayout} one`;

  /** Takes two containers over, then shows, updates and removes them. */
  const takeOver = async (kernel: KernelNetwork, pids: readonly [number, number]) => {
    const [web, db] = pids;
    const arp = await setUpAsReference(kernel, [
      { id: "web", pid: web, ranges: WEB },
      { id: "db", pid: db, ranges: DB },
    ]);
    const hasBasic = async () => / basic /.test(await listed(kernel, "eth0"));
    assertEquals(await hasBasic(), arp === "basic");
    const isolator = await Isolator.create({ ...OPTIONS, filterLayout }, kernel);
    const report = await isolator.recover();
    assertEquals([report.recovered, report.problems], [["web", "db"], []]);
    assertEquals(await hasBasic(), false);
    const again = await Isolator.create({ ...OPTIONS, filterLayout }, kernel);
    assertEquals((await again.recover()).mendedFilters, 0);
    const shown = isolator.containers.map(({ id, pid, ports, ephemeralPorts }) => ({
      ...{ id, pid, ephemeralPorts },
      ports: ports.toString(),
    }));
    assertEquals(shown, [
      { id: "web", pid: web, ephemeralPorts: { begin: 61440, end: 62463 }, ports: "31000-31007" },
      { id: "db", pid: db, ephemeralPorts: { begin: 62464, end: 63487 }, ports: "31008-31012" },
    ]);
    const usage = await isolator.usage("web");
    assertEquals(usage.net_tx_rate_limit, 1_000_000);
    const queues = usage.net_traffic_control_statistics ?? [];
    assertEquals(queues.map(({ id }) => id), ["bw_limit", "bloat_reduction"]);
    return isolator;
  };

  /** Removes both, after which nothing of theirs is left. */
  const removeAll = async (kernel: KernelNetwork, isolator: Isolator) => {
    for (const id of ["web", "db"]) assertEquals(await isolator.cleanup(id), true);
    for (const link of ["eth0", "lo"]) {
      assertEquals((await listed(kernel, link)).match(/device (mesos|\*)/g), null, link);
    }
    assertEquals(await kernel.readDirectory("/var/run/mesos/netns"), []);
    const { stdout } = await kernel.execute({ tool: "ip", args: ["-o", "link"], effect: "read" });
    assertEquals(stdout.match(/mesos/g), null);
  };

  onEachKernel(`${title}, and keep talking`, async (world) => {
    const [web, db] = [await world.startContainer(), await world.startContainer()];
    const isolator = await takeOver(world.kernel, [web.pid, db.pid]);
    await using _server = await web.listenTcp(31000);
    const request = { address: HOST_ADDRESS, port: 31000, text: "hello" };
    const clients = { outside: world.outside, host: world.host, db };
    for (const [name, client] of Object.entries(clients)) {
      assertEquals((await client.tcp(request)).outcome, "answered", name);
    }
    assertEquals((await db.ping(OUTSIDE_ADDRESS, 1)).answered, 1);
    await isolator.update("web", { ports: parsePorts("31900") });
    assertEquals((await world.outside.tcp(request)).outcome, "refused");
    await removeAll(world.kernel, isolator);
  });
}
