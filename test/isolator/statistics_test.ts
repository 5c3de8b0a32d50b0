import { assertEquals } from "@std/assert";
import { rttStatistics } from "../../src/isolator/rtt.ts";
import { snmpStatistics } from "../../src/isolator/snmp_statistics.ts";
import { trafficControlStatistics } from "../../src/isolator/traffic_control.ts";
import { mapBounded } from "../../src/isolator/bounded.ts";
import { parseMeasuredQdiscs } from "../../src/routing/queue_statistics.ts";
import { parseSnmp } from "../../src/routing/snmp.ts";
import type { TcpSocket } from "../../src/routing/socket.ts";
import { fixture } from "../support/fixture.ts";

function socket(rttMicroseconds: number, address = "10.0.0.1"): TcpSocket {
  const ends = { local: { address, port: 1 }, peer: { address: "10.0.0.2", port: 2 } };
  return { state: "ESTAB", ...ends, rttMicroseconds };
}

Deno.test("rttStatistics() takes the time at index ⌊n·p/100⌋ of those that are not 0", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => socket(100 - i));
  assertEquals(rttStatistics([...hundred, socket(0), socket(7, "fe80::1")]), {
    net_tcp_rtt_microsecs_p50: 51,
    net_tcp_rtt_microsecs_p90: 91,
    net_tcp_rtt_microsecs_p95: 96,
    net_tcp_rtt_microsecs_p99: 100,
  });
  assertEquals(rttStatistics([socket(5), socket(9)]), {
    net_tcp_rtt_microsecs_p50: 9,
    net_tcp_rtt_microsecs_p90: 9,
    net_tcp_rtt_microsecs_p95: 9,
    net_tcp_rtt_microsecs_p99: 9,
  });
  assertEquals(rttStatistics([socket(0)]), {});
  assertEquals(rttStatistics([]), {});
});

Deno.test("snmpStatistics() has the reference's fields, and not what kernels gained since", async () => {
  const statistics = snmpStatistics(parseSnmp(await fixture("routing/fixtures/snmp.txt")));
  const sizes = Object.values(statistics).map((group) => Object.keys(group ?? {}).length);
  assertEquals(Object.keys(statistics), ["ip_stats", "icmp_stats", "tcp_stats", "udp_stats"]);
  assertEquals(sizes, [19, 27, 15, 8]);
  assertEquals(statistics.tcp_stats?.["MaxConn"], -1n);
  assertEquals(statistics.ip_stats?.["OutTransmits"], undefined);
  const old = snmpStatistics(parseSnmp("Tcp: InSegs OutSegs\nTcp: 1 2\n"));
  assertEquals(old, { tcp_stats: { InSegs: 1n, OutSegs: 2n } });
});

Deno.test("trafficControlStatistics() names the limit and the queue below it", async () => {
  const qdiscs = parseMeasuredQdiscs(await fixture("routing/fixtures/measured_qdiscs.txt"));
  const egress = trafficControlStatistics("egress", qdiscs);
  assertEquals(egress.map(({ id }) => id), ["bw_limit", "bloat_reduction"]);
  assertEquals(egress.map(({ overlimits }) => overlimits), [2n, 0n]);
  const ingress = trafficControlStatistics("ingress", qdiscs);
  assertEquals(ingress.map(({ id }) => id), ["ingress_bw_limit", "ingress_bloat_reduction"]);
  const foreign = qdiscs.filter(({ kind }) => kind !== "htb");
  assertEquals(trafficControlStatistics("egress", foreign), []);
});

Deno.test("mapBounded() keeps the order and never does more at once than it may", async () => {
  let running = 0;
  let most = 0;
  const results = await mapBounded([30, 0, 20, 10, 0], 2, async (waitMs) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    running--;
    return waitMs;
  });
  assertEquals(results, [30, 0, 20, 10, 0]);
  assertEquals(most, 2);
  assertEquals(await mapBounded([], 4, () => Promise.resolve(1)), []);
});
