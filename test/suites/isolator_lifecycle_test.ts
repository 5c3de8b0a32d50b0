import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import type { Isolator } from "../../src/isolator/isolator.ts";
import { IsolatorError } from "../../src/isolator/isolator_error.ts";
import { EphemeralPortsExhaustedError, IntervalSet, parsePorts } from "../../src/ports/mod.ts";
import { createIsolator, startIsolated } from "../support/isolated.ts";
import { HOST_ADDRESS, type World } from "../support/world.ts";
import { onEachKernel } from "../support/worlds.ts";

async function refused(promise: Promise<unknown>): Promise<string> {
  const error = await assertRejects(() => promise, IsolatorError);
  return error.code;
}

onEachKernel(
  "TooManyContainers: a 25th container on 24 ranges finds ephemeral ports exhausted",
  async (world) => {
    const isolator = await createIsolator(world, {
      ephemeralPorts: parsePorts("61440-61823"),
      ephemeralPortsPerContainer: 16,
    });
    for (let i = 0; i < 24; i++) await isolator.prepare(`c${i}`, { ports: IntervalSet.of() });
    const error = await assertRejects(
      () => isolator.prepare("c24", { ports: parsePorts("31000") }),
      EphemeralPortsExhaustedError,
      "ephemeral ports exhausted",
    );
    assertInstanceOf(error, Error);
    assertEquals(await isolator.cleanup("c7"), true);
    const { ephemeralPorts } = await isolator.prepare("c24", { ports: parsePorts("31000") });
    assertEquals(ephemeralPorts, { begin: 61552, end: 61567 });
  },
);

onEachKernel("more than 32 containers answer ARP, ICMP and TCP", async (world) => {
  const isolator = await createIsolator(world, {
    ephemeralPorts: parsePorts("61440-65535"),
    ephemeralPortsPerContainer: 16,
  });
  const stations = [];
  for (let i = 0; i < 34; i++) {
    stations.push(await startIsolated(world, isolator, `c${i}`, { ports: String(31000 + i) }));
  }
  for (const i of [0, 31, 32, 33]) {
    const station = stations[i];
    assert(station !== undefined);
    assertEquals((await station.ping("10.77.0.1", 1)).answered, 1, `c${i} has no ICMP`);
    await using _server = await station.listenTcp(31000 + i);
    const result = await world.outside.tcp({ address: HOST_ADDRESS, port: 31000 + i, text: "x" });
    assertEquals(result.outcome, "answered");
  }
});

onEachKernel(
  "CleanupNotIsolated: a container that was only prepared gives its ports back",
  async (world) => {
    const isolator = await createIsolator(world);
    await isolator.prepare("early", { ports: parsePorts("31000-31007") });
    assertEquals(await isolator.cleanup("early"), true);
    assertEquals(await isolator.cleanup("early"), false);
    const again = await isolator.prepare("late", { ports: parsePorts("31000-31007") });
    assertEquals(again.ephemeralPorts.begin, 61440);
  },
);

onEachKernel(
  "every call in the wrong order fails with its own code and changes nothing",
  async (world) => {
    const isolator = await createIsolator(world);
    const ports = parsePorts("31000-31007");
    assertEquals(await refused(isolator.isolate("x", 1)), "unknown-container");
    assertEquals(await refused(isolator.update("x", { ports })), "unknown-container");
    assertEquals(await refused(isolator.usage("x")), "unknown-container");
    assertEquals(await refused(isolator.watch("x")), "unknown-container");
    await isolator.prepare("x", { ports });
    assertEquals(await refused(isolator.prepare("x", { ports })), "already-prepared");
    assertEquals(
      await refused(isolator.prepare("y", { ports: parsePorts("31007") })),
      "ports-taken",
    );
    assertEquals(await refused(isolator.prepare("y", { ports: parsePorts("80") })), "bad-ports");
    assertEquals(await refused(isolator.update("x", { ports })), "not-isolated");
    const { pid } = await world.startContainer();
    await isolator.isolate("x", pid);
    assertEquals(await refused(isolator.isolate("x", pid)), "already-isolated");
    await isolator.prepare("y", { ports: parsePorts("31008") });
    assertEquals(await refused(isolator.isolate("y", pid)), "pid-in-use");
    assertEquals(await linkNames(world), ["lo", "eth0", `mesos${pid}`]);
  },
);

onEachKernel(
  "isolating a process that is gone, or the host's own, is refused and leaves nothing",
  async (world) => {
    const isolator = await createIsolator(world);
    await isolator.prepare("x", { ports: parsePorts("31000") });
    assertEquals(await refused(isolator.isolate("x", 4_194_303)), "no-such-process");
    assertEquals(await refused(isolator.isolate("x", world.host.pid)), "bad-namespace");
    assertEquals(await linkNames(world), ["lo", "eth0"]);
    assertEquals(
      (await world.kernel.readDirectory("/var/run/netns")).filter((n) => n !== "outside"),
      [],
    );
    const { pid } = await world.startContainer();
    await isolator.isolate("x", pid);
  },
);

onEachKernel(
  "an update moves ports, touches nothing else, and is nothing the second time",
  async (world) => {
    const isolator = await createIsolator(world);
    const station = await startIsolated(world, isolator, "x", { ports: "31000-31007" });
    await startIsolated(world, isolator, "y", { ports: "31008-31015" });
    const neighbour = await filtersTo(world, "y", isolator);
    const request = { ports: parsePorts("31004-31007,31900") };
    assertEquals(await isolator.update("x", request), true);
    assertEquals(await isolator.update("x", request), false);
    assertEquals(await filtersTo(world, "y", isolator), neighbour);
    for (
      const [port, outcome] of [[31900, "answered"], [31004, "answered"], [
        31000,
        "refused",
      ]] as const
    ) {
      await using _server = await station.listenTcp(port);
      const result = await world.outside.tcp({ address: HOST_ADDRESS, port, text: "x" });
      assertEquals(result.outcome, outcome, `${port}`);
    }
    assertEquals(
      await refused(isolator.update("x", { ports: parsePorts("31010") })),
      "ports-taken",
    );
  },
);

onEachKernel("cleanup leaves no filter, link, handle or symbolic link", async (world) => {
  const isolator = await createIsolator(world);
  await startIsolated(world, isolator, "x", { ports: "31000-31007,31020" });
  await startIsolated(world, isolator, "y", { ports: "31008" });
  await isolator.cleanup("y");
  const before = await linkNames(world);
  await startIsolated(world, isolator, "z", { ports: "31008" });
  await isolator.cleanup("z");
  assertEquals(await linkNames(world), before);
  await isolator.cleanup("x");
  assertEquals(await linkNames(world), ["lo", "eth0"]);
  assertEquals(await world.kernel.readDirectory("/var/run/mesos/netns"), []);
  for (const link of ["eth0", "lo"]) {
    assertEquals((await filters(world, link)).match(/mirred|flowid ffff/g), null, link);
  }
});

onEachKernel("a container has the host's MAC address, MTU and settings", async (world) => {
  await world.kernel.execute({
    tool: "ip",
    args: ["link", "set", "dev", "eth0", "mtu", "1400"],
    effect: "change",
  });
  const isolator = await createIsolator(world);
  const { pid } = await startIsolated(world, isolator, "x", { ports: "31000" });
  const namespace = String(pid);
  const { stdout } = await world.kernel.execute({
    tool: "ip",
    args: ["-o", "link"],
    namespace,
    effect: "read",
  });
  for (const link of ["lo", "eth0"]) {
    const line = stdout.split("\n").find((each) => each.includes(`: ${link}`)) ?? "";
    assert(line.includes("mtu 1400") && line.includes("02:00:0a:4d:00:02"), line);
  }
  const args = ["net.ipv4.ip_local_port_range", "net.ipv4.conf.lo.route_localnet"];
  const settings = await world.kernel.execute({ tool: "sysctl", args, namespace, effect: "read" });
  assert(/61440\s62463/.test(settings.stdout) && /route_localnet = 1/.test(settings.stdout));
});

async function linkNames(world: World): Promise<string[]> {
  const { stdout } = await world.kernel.execute({
    tool: "ip",
    args: ["-o", "link"],
    effect: "read",
  });
  return [...stdout.matchAll(/^\d+: ([^:@]+)/gm)].map(([, name = ""]) => name);
}

async function filters(world: World, link: string): Promise<string> {
  const args = ["filter", "show", "dev", link, "parent", "ffff:"];
  return (await world.kernel.execute({ tool: "tc", args, effect: "read" })).stdout;
}

async function filtersTo(world: World, id: string, isolator: Isolator): Promise<string[]> {
  const pid = isolator.containers.find((each) => each.id === id)?.pid;
  const text = await filters(world, "eth0") + await filters(world, "lo");
  return text.split("filter ").filter((filter) => filter.includes(`device mesos${pid})`))
    .map((filter) => filter.replace(/index \d+.*/, ""));
}

onEachKernel(
  "a process whose network was taken away can be given one again",
  async (world) => {
    const isolator = await createIsolator(world);
    const station = await startIsolated(world, isolator, "x", { ports: "31000-31007" });
    await isolator.cleanup("x");
    await isolator.prepare("x", { ports: parsePorts("31000-31007") });
    await isolator.isolate("x", station.pid);
    await using _server = await station.listenTcp(31000);
    const reply = await world.outside.tcp({ address: HOST_ADDRESS, port: 31000, text: "again" });
    assertEquals(reply.outcome, "answered");
  },
);
