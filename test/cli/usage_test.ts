import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { MINIMUM_RATE_BYTES_PER_SECOND } from "../../src/isolator/options.ts";
import { berth } from "../support/berth.ts";
import { createIsolator, startIsolated } from "../support/isolated.ts";
import { OUTSIDE_ADDRESS, type World } from "../support/world.ts";
import { onEachKernel } from "../support/worlds.ts";

const EGRESS = {
  minimumRateLimit: MINIMUM_RATE_BYTES_PER_SECOND,
  rateLimitPerContainer: 10_000_000,
};

/** A container that has asked the outside something. */
async function stage(world: World): Promise<number> {
  const isolator = await createIsolator(world, { egress: EGRESS });
  const container = await startIsolated(world, isolator, "web", { ports: "31000" });
  await using _server = await world.outside.listenTcp(8080);
  const result = await container.tcp({ address: OUTSIDE_ADDRESS, port: 8080, text: "hello" });
  assertEquals(result.outcome, "answered");
  return container.pid;
}

onEachKernel(
  "berth helper statistics prints what its flags ask for, as one JSON object",
  async (world) => {
    const pid = await stage(world);
    const words = ["helper", "statistics", "--eth0_name=eth0", `--pid=${pid}`];
    const plain = JSON.parse((await berth(...words)).stdout);
    assertEquals(Object.keys(plain), ["timestamp", "net_traffic_control_statistics"]);
    const [limit] = plain.net_traffic_control_statistics;
    assertEquals(limit.id, "bw_limit");
    assertGreater(limit.packets, 3);
    const all = await berth(
      ...words,
      "--enable_socket_statistics_summary",
      "--enable_socket_statistics_details=true",
      "--enable_snmp_statistics",
    );
    assertEquals(all.stderr, "");
    const full = JSON.parse(all.stdout);
    assertEquals(full.net_tcp_active_connections, 0);
    assertEquals(full.net_tcp_time_wait_connections, 1);
    assertEquals(full.net_snmp_statistics.tcp_stats.ActiveOpens, 1);
  },
  { only: "host" },
);

onEachKernel("berth usage shows TCP and limits where there is something to show", async (world) => {
  await stage(world);
  const { stdout } = await berth(
    "usage",
    "--network_enable_snmp_statistics",
    "--network_enable_socket_statistics_summary",
  );
  assertMatch(stdout, /^ID +RX PACKETS .*\nweb +\d+/);
  assertMatch(
    stdout,
    /^ID +CONNECTIONS +TIME WAIT +SEGMENTS SENT +SENT AGAIN\nweb +0 +1 +\d+ +0$/m,
  );
  assertMatch(stdout, /^web +bw_limit +\d+/m);
  assertMatch(stdout, /^web +bloat_reduction +\d+/m);
  const [only] = JSON.parse((await berth("usage", "--json", "web")).stdout);
  assertEquals([only.id, only.net_tx_rate_limit], ["web", 10_000_000]);
  assert(only.net_snmp_statistics === undefined);
}, { only: "host" });
