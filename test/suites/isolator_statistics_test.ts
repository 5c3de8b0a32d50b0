import { assert, assertEquals, assertGreater } from "@std/assert";
import { run } from "../../src/kernel/run.ts";
import { MINIMUM_RATE_BYTES_PER_SECOND } from "../../src/isolator/options.ts";
import type { StatisticsOptions } from "../../src/isolator/options.ts";
import type { Usage } from "../../src/isolator/usage.ts";
import { IntervalSet } from "../../src/ports/mod.ts";
import { listTcpSockets } from "../../src/routing/socket.ts";
import { createIsolator, startIsolated } from "../support/isolated.ts";
import { HOST_ADDRESS, OUTSIDE_ADDRESS, type World } from "../support/world.ts";
import { onEachKernel, untilIn } from "../support/worlds.ts";

const minimum = { minimumRateLimit: MINIMUM_RATE_BYTES_PER_SECOND };

/** A limit that makes a transfer wait. */
const SLOW = { ...minimum, rateLimitPerContainer: 500_000 };

/** What the flags of PortMappingStatistics ask for. */
type Flags = Pick<StatisticsOptions, "socketSummary" | "socketDetails" | "snmp">;

/** The four combinations of the reference's test. */
const COMBINATIONS: readonly Flags[] = [
  { socketSummary: true, socketDetails: true, snmp: true },
  { socketSummary: true, socketDetails: false, snmp: false },
  { socketSummary: false, socketDetails: true, snmp: true },
  { socketSummary: false, socketDetails: false, snmp: false },
];

async function usageWith(world: World, flags: Flags, id: string): Promise<Usage> {
  const statistics = { ...flags, rates: false };
  const isolator = await createIsolator(world, { egress: SLOW, statistics });
  await isolator.adopt();
  return await isolator.usage(id);
}

onEachKernel(
  "PortMappingStatistics: each flag brings its statistics and no others, during a transfer that loses packets",
  async (world) => {
    const all = { socketSummary: true, socketDetails: true, snmp: true, rates: false };
    const isolator = await createIsolator(world, { egress: SLOW, statistics: all });
    const container = await startIsolated(world, isolator, "web", { ports: "31000" });
    await narrowUplink(world);
    const transfer = container.transfer({
      to: world.outside,
      address: OUTSIDE_ADDRESS,
      port: 8080,
      bytes: 1_000_000,
    });
    await untilIn(world, "a transfer with a round-trip time", async () => {
      const usage = await isolator.usage("web");
      return usage.net_tcp_rtt_microsecs_p50 !== undefined &&
        (usage.net_snmp_statistics?.tcp_stats?.["RetransSegs"] ?? 0n) > 0n;
    });
    for (const flags of COMBINATIONS) {
      const usage = await usageWith(world, flags, "web");
      const has = (field: keyof Usage) => usage[field] !== undefined;
      assertEquals(has("net_tcp_active_connections"), flags.socketSummary);
      assertEquals(has("net_tcp_time_wait_connections"), flags.socketSummary);
      for (const percentile of [50, 90, 95, 99] as const) {
        assertEquals(has(`net_tcp_rtt_microsecs_p${percentile}`), flags.socketDetails);
      }
      assertEquals(has("net_snmp_statistics"), flags.snmp);
      if (flags.socketSummary) assertEquals(usage.net_tcp_active_connections, 1n);
      if (flags.socketDetails) assertGreater(usage.net_tcp_rtt_microsecs_p99, 0);
      const { net_traffic_control_statistics: queues = [] } = usage;
      assertEquals(queues.map(({ id }) => id), ["bw_limit", "bloat_reduction"]);
      assertGreater(queues[0]?.overlimits, 0n);
      assertGreater(queues[1]?.bytes, 0n);
    }
    const { net_snmp_statistics: snmp } = await isolator.usage("web");
    const sizes = [snmp?.ip_stats, snmp?.icmp_stats, snmp?.tcp_stats, snmp?.udp_stats]
      .map((group = {}) => Object.keys(group).length);
    assertEquals(sizes, [19, 27, 15, 8]);
    assertEquals((await transfer).receivedBytes, 1_000_000);
  },
);

/** Makes the host's way out slow, with so short a queue that packets are lost. */
async function narrowUplink(world: World): Promise<void> {
  const lines = [
    "qdisc add dev eth0 root handle 1: htb default 1",
    "class add dev eth0 parent 1: classid 1:1 htb rate 200000bps burst 70000 cburst 70000 quantum 2000",
    "qdisc add dev eth0 parent 1:1 handle 2: pfifo limit 2",
  ];
  for (const line of lines) {
    await run(world.kernel, { tool: "tc", args: line.split(" "), effect: "change" });
  }
}

onEachKernel(
  "usage() reports exactly the packets and bytes that went either way, and their queues",
  async (world) => {
    await withoutIpv6(world);
    const limit = { ...minimum, rateLimitPerContainer: 10_000_000 };
    const isolator = await createIsolator(world, { egress: limit, ingress: limit });
    const container = await startIsolated(world, isolator, "web", { ports: "31000" });
    await using _server = await world.outside.listenUdp(53);
    const exchange = (text: string) =>
      container.udp({ address: OUTSIDE_ADDRESS, port: 53, text, sourcePort: 31000 });
    await exchange("makes neighbours known");
    const before = await isolator.usage("web");
    const [packets, payload] = [20, 333];
    for (let i = 0; i < packets; i++) {
      assertEquals((await exchange("x".repeat(payload))).outcome, "answered");
    }
    const after = await isolator.usage("web");
    const grown = (field: "net_rx_packets" | "net_tx_packets" | "net_rx_bytes" | "net_tx_bytes") =>
      Number((after[field] ?? 0n) - (before[field] ?? 0n));
    const frame = payload + 8 + 20 + 14;
    assertEquals([grown("net_tx_packets"), grown("net_tx_bytes")], [packets, packets * frame]);
    assertEquals([grown("net_rx_packets"), grown("net_rx_bytes")], [packets, packets * frame]);
    for (const id of ["bw_limit", "bloat_reduction"]) {
      for (const each of [id, `ingress_${id}`]) {
        assertEquals(queueGrowth(before, after, each), [packets, packets * frame], each);
      }
    }
  },
);

onEachKernel(
  "PortMappingRateStatistics: percentiles of every rate over the window, as many samples as fit",
  async (world) => {
    const statistics = {
      ...{ socketSummary: false, socketDetails: false, snmp: false, rates: true },
      ...{ rateWindowMs: 5000, rateIntervalMs: 100 },
    };
    const isolator = await createIsolator(world, { ingress: SLOW, statistics });
    const container = await startIsolated(world, isolator, "web", { ports: "31000" });
    using _sampling = isolator.sampleRates(world.clock);
    const { receivedBytes } = await world.outside.transfer({
      to: container,
      address: HOST_ADDRESS,
      port: 31000,
      bytes: 1_000_000,
    });
    assertEquals(receivedBytes, 1_000_000);
    const rates = (await isolator.usage("web")).net_rate_statistics;
    assertEquals([rates?.sampling_window_secs, rates?.sampling_interval_secs], [5, 0.1]);
    for (const way of ["rx", "tx"] as const) {
      for (const rate of ["rate", "packet_rate", "drop_rate", "error_rate"] as const) {
        const found = rates?.[`${way}_${rate}`];
        assert(found !== undefined && found.samples <= 50 && found.p90 >= found.min);
      }
    }
    assertGreater(rates?.rx_rate?.max, 100_000);
  },
);

/** Keeps a kernel from sending neighbour discovery of its own, which would be counted too. */
async function withoutIpv6(world: World): Promise<void> {
  const args = ["-w", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1"];
  await run(world.kernel, { tool: "sysctl", args, effect: "change" });
}

function queueGrowth(before: Usage, after: Usage, id: string): number[] {
  const of = (usage: Usage, field: "packets" | "bytes") =>
    usage.net_traffic_control_statistics?.find((queue) => queue.id === id)?.[field] ?? 0n;
  return (["packets", "bytes"] as const).map((field) =>
    Number(of(after, field) - of(before, field))
  );
}

onEachKernel(
  "usages() of many tells of each what usage() does, and leaves out what a dead one cannot tell",
  async (world) => {
    await withoutIpv6(world);
    const statistics = { socketSummary: true, socketDetails: true, snmp: true, rates: false };
    const isolator = await createIsolator(world, { egress: SLOW, ingress: SLOW, statistics });
    const stations = [];
    for (const [i, id] of ["a", "b", "c"].entries()) {
      const station = await startIsolated(world, isolator, id, { ports: String(31000 + i) });
      const flow = { address: OUTSIDE_ADDRESS, port: 53, sourcePort: 31000 + i };
      await station.udp({ ...flow, text: "x".repeat(100 * i) });
      stations.push(station);
    }
    await isolator.prepare("unborn", { ports: IntervalSet.of() });
    const all = await isolator.usages();
    assertEquals([...all.keys()], ["a", "b", "c"]);
    for (const [id, usage] of all) assertEquals(usage, await isolator.usage(id));
    assertGreater(all.get("b")?.net_traffic_control_statistics?.[0]?.bytes, 100n);
    assertEquals(all.get("b")?.net_tx_rate_limit, 500_000);
    const { pid = 0 } = stations[1] ?? {};
    await stations[1]?.kill();
    await world.kernel.execute({
      tool: "ip",
      args: ["netns", "delete", String(pid)],
      effect: "change",
    });
    await untilIn(world, "the end of a namespace", async () => {
      return (await isolator.usage("b")).net_rx_packets === undefined;
    });
    const left = await isolator.usages(["b", "a"]);
    assertEquals(Object.keys(left.get("b") ?? {}), ["net_ephemeral_ports", "net_ports"]);
    assertEquals(left.get("a")?.net_tx_rate_limit, 500_000);
  },
);

onEachKernel(
  "INETSockets: a listening socket and both ends of a connection are listed with their states",
  async (world) => {
    await using server = await world.host.listenTcp(8080);
    const result = await world.host.tcp({ address: "127.0.0.1", port: 8080, text: "x" });
    assertEquals(result.outcome, "answered");
    assertEquals((await server.peers()).length, 1);
    const sockets = await listTcpSockets(world.kernel, { all: true });
    const listening = sockets.filter(({ state }) => state === "LISTEN");
    assertEquals(listening.map(({ local, peer }) => [local, peer]), [
      [{ address: "0.0.0.0", port: 8080 }, { address: "0.0.0.0" }],
    ]);
    const connected = await listTcpSockets(world.kernel);
    assert(connected.every(({ state }) => state !== "LISTEN" && state !== "TIME-WAIT"));
    const waiting = sockets.find(({ state }) => state === "TIME-WAIT");
    assertEquals(waiting?.peer.address, "127.0.0.1");
  },
);
