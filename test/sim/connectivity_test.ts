import { assert, assertEquals } from "@std/assert";
import type { NetworkNamespace } from "../../sim/model/namespace.ts";
import { formatIpv4 } from "../../sim/model/ipv4.ts";
import { VirtualClock } from "../../sim/time/virtual_clock.ts";
import { Isolator } from "../../src/isolator/isolator.ts";
import { DEFAULT_OPTIONS, type IsolatorOptions } from "../../src/isolator/options.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { createSimHost } from "../support/sim_host.ts";
import { SimStations } from "../support/sim_stations.ts";
import { HOST_ADDRESS, OUTSIDE_ADDRESS } from "../support/world.ts";

const OPTIONS: IsolatorOptions = {
  ...DEFAULT_OPTIONS,
  ports: parsePorts("31000-32000"),
  ephemeralPorts: parsePorts("61440-65535"),
};

const LOOPBACK = "127.0.0.1";

/** The reference's two containers on a simulated host, with an outside machine on its wire. */
async function stage() {
  const clock = new VirtualClock();
  const host = await createSimHost(clock);
  const isolator = await Isolator.create(OPTIONS, host.kernel);
  const start = async (id: string, ports: string): Promise<NetworkNamespace> => {
    const process = host.machine.startProcess({ namespace: "new" });
    await isolator.prepare(id, { ports: parsePorts(ports) });
    await isolator.isolate(id, process.pid);
    return process.namespace;
  };
  const one = await start("one", "31000-31007");
  const two = await start("two", "31008-31015");
  const outside = host.machine.home.linkByName("eth0")?.peer?.namespace;
  assert(outside !== undefined);
  const places = { host: host.machine.home, outside, one, two };
  return { ...host, isolator, stations: new SimStations(clock), places };
}

type Place = "host" | "outside" | "one" | "two";

/** Every way of the reference's connectivity tests: from, to, by which address, seen as whom. */
const PATHS: readonly (readonly [Place, Place, string, number, string])[] = [
  ["outside", "one", HOST_ADDRESS, 31000, OUTSIDE_ADDRESS],
  ["one", "outside", OUTSIDE_ADDRESS, 53, HOST_ADDRESS],
  ["host", "one", LOOPBACK, 31000, LOOPBACK],
  ["host", "one", HOST_ADDRESS, 31000, HOST_ADDRESS],
  ["one", "host", LOOPBACK, 8081, LOOPBACK],
  ["one", "host", HOST_ADDRESS, 8081, HOST_ADDRESS],
  ["one", "two", LOOPBACK, 31008, LOOPBACK],
  ["one", "two", HOST_ADDRESS, 31008, HOST_ADDRESS],
  ["two", "one", HOST_ADDRESS, 31000, HOST_ADDRESS],
  ["one", "one", LOOPBACK, 31000, LOOPBACK],
  ["one", "one", HOST_ADDRESS, 31000, HOST_ADDRESS],
];

Deno.test("UDP takes every way of the reference's tests on a simulated host, as on a real one", async () => {
  const { stations, places } = await stage();
  for (const [from, to, address, port, seen] of PATHS) {
    using server = stations.listenUdp(places[to], port);
    const { outcome, localPort } = stations.udp(places[from], [address, port]);
    const name = `${from} to ${to} by ${address}`;
    assertEquals(outcome, "answered", name);
    const clients = server.peers.map((peer) => [formatIpv4(peer.address), peer.port]);
    assertEquals(clients, [[seen, localPort]], name);
  }
});

Deno.test("a UDP port that a simulated container does not own never reaches it", async () => {
  const { stations, places } = await stage();
  for (const port of [31008, 31999]) {
    using server = stations.listenUdp(places.one, port);
    for (const from of [places.outside, places.host, places.two]) {
      assert(stations.udp(from, [HOST_ADDRESS, port]).outcome !== "answered", String(port));
    }
    assertEquals(server.peers, []);
  }
});

Deno.test("what a simulated container sends from a port that it does not own goes nowhere", async () => {
  const { stations, places } = await stage();
  using server = stations.listenUdp(places.outside, 8080);
  const { outcome } = stations.udp(places.one, [OUTSIDE_ADDRESS, 8080], 31008);
  assert(outcome !== "answered");
  assertEquals(server.peers, []);
});

Deno.test("a simulated container finds MAC addresses and pings the outside and itself", async () => {
  const { stations, places, kernel } = await stage();
  assertEquals(stations.ping(places.one, OUTSIDE_ADDRESS, 3).answered, 3);
  assertEquals(stations.ping(places.outside, HOST_ADDRESS, 3).answered, 3);
  for (const address of [LOOPBACK, HOST_ADDRESS]) {
    assertEquals(stations.ping(places.one, address, 2), { answered: 2, duplicates: 0 });
  }
  const [handle = ""] = (await kernel.readDirectory("/var/run/netns")).filter((n) =>
    n !== "outside"
  );
  const args = ["neigh", "show", "dev", "eth0"];
  const invocation = { tool: "ip", args, namespace: handle, effect: "read" } as const;
  assert((await kernel.execute(invocation)).stdout.includes(`${OUTSIDE_ADDRESS} lladdr`));
});

Deno.test("a closed port, a silent neighbour and a martian each have their reason in the trace", async () => {
  const { stations, places } = await stage();
  stations.datapath.isTracing = true;
  const reasons = () =>
    stations.datapath.traces.splice(0).flatMap(({ end }) =>
      end?.outcome === "dropped" ? [end.reason] : []
    );
  assertEquals(stations.udp(places.outside, [HOST_ADDRESS, 9]).outcome, "refused");
  assertEquals(reasons(), ["port closed"]);
  assertEquals(stations.udp(places.host, ["10.77.0.99", 9]).outcome, "timed-out");
  assertEquals(reasons(), ["neighbour unreachable"]);
  places.outside.sysctls.set("net.ipv4.conf.wire.route_localnet", "1");
  stations.udp(places.outside, [LOOPBACK, 9]);
  assertEquals(reasons().includes("port closed"), true);
  assertEquals(stations.udp(places.one, ["192.0.2.1", 9]).outcome, "timed-out");
  assertEquals(reasons(), ["no route"]);
});

Deno.test("usage() of a simulated container reports exactly what was sent", async () => {
  const { stations, places, isolator } = await stage();
  using _server = stations.listenUdp(places.outside, 53);
  stations.udp(places.one, [OUTSIDE_ADDRESS, 53]);
  const before = await isolator.usage("one");
  for (let i = 0; i < 10; i++) stations.udp(places.one, [OUTSIDE_ADDRESS, 53]);
  const after = await isolator.usage("one");
  const bytes = 10n * BigInt(14 + 20 + 8 + "hello".length);
  assertEquals((after.net_tx_packets ?? 0n) - (before.net_tx_packets ?? 0n), 10n);
  assertEquals((after.net_tx_bytes ?? 0n) - (before.net_tx_bytes ?? 0n), bytes);
  assertEquals((after.net_rx_bytes ?? 0n) - (before.net_rx_bytes ?? 0n), bytes);
});

Deno.test("the same seed gives the same traces, byte for byte", async () => {
  const run = async () => {
    const { stations, places } = await stage();
    stations.datapath.isTracing = true;
    using _server = stations.listenUdp(places.two, 31008);
    stations.udp(places.one, [LOOPBACK, 31008]);
    stations.ping(places.outside, HOST_ADDRESS, 2);
    return JSON.stringify(stations.datapath.traces.map(({ steps, end }) => ({ steps, end })));
  };
  const [first, second] = [await run(), await run()];
  assert(first.length > 1000);
  assertEquals(first, second);
});
