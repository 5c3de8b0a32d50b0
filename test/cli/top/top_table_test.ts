import { assertEquals, assertMatch } from "@std/assert";
import type { TrafficControlStatistics } from "../../../src/isolator/traffic_control.ts";
import type { Usage } from "../../../src/isolator/usage.ts";
import { topRows, type TopSample } from "../../../src/cli/top/top_row.ts";
import { keysLine, topTable } from "../../../src/cli/top/top_table.ts";
import { parsePorts } from "../../../src/ports/mod.ts";

const PORTS: Readonly<Record<string, string>> = {
  web: "31000-31007",
  db: "31008",
  many: "31100,31102,31104,31106,31108",
};

function sample(atMs: number, usages: Readonly<Record<string, Partial<Usage>>>): TopSample {
  const ids = Object.keys(usages);
  return {
    atMs,
    found: ids.map((id, i) => ({
      entry: { id, pid: 100 + i, ports: parsePorts(PORTS[id] ?? "1") },
      status: "running",
    })),
    usages: new Map(
      Object.entries(usages).map(([id, usage]) => [id, { ...usage, net_ports: parsePorts("1") }]),
    ),
  };
}

function traffic(rx: bigint, tx: bigint, drops: bigint): Partial<Usage> {
  const queue: TrafficControlStatistics = { id: "bloat_reduction", drops };
  return {
    ...{ net_rx_bytes: rx, net_tx_bytes: tx, net_rx_dropped: 0n, net_tx_dropped: 0n },
    net_tx_rate_limit: 1_000_000,
    net_traffic_control_statistics: [{ id: "bw_limit", drops: 99n }, queue],
    ...{ net_tcp_rtt_microsecs_p50: 250, net_tcp_rtt_microsecs_p99: 86_564 },
    net_snmp_statistics: { tcp_stats: { RetransSegs: drops * 2n } },
  };
}

const BEFORE = sample(1000, { web: traffic(0n, 1_000_000n, 1n), db: traffic(500n, 7n, 0n) });
const NOW = sample(3000, {
  web: traffic(3_000_000n, 2_400_000n, 21n),
  db: traffic(100n, 7n, 0n),
  many: {},
});

Deno.test("topRows() gives rates per second, and none where a counter went back or is new", () => {
  const [web, db, many] = topRows(BEFORE, NOW);
  assertEquals([web?.rxBytesPerSecond, web?.txBytesPerSecond], [1_500_000, 700_000]);
  assertEquals([web?.dropsPerSecond, web?.retransmitsPerSecond, web?.limitShare], [10, 20, 0.7]);
  assertEquals([db?.rxBytesPerSecond, db?.txBytesPerSecond], [undefined, 0]);
  assertEquals([many?.rxBytesPerSecond, many?.limitShare], [undefined, undefined]);
});

Deno.test("topTable() shows units, bars and times, sorted with what is unknown last", () => {
  const rows = topRows(BEFORE, NOW);
  assertEquals(topTable(rows, "t"), [
    "ID    STATUS   PORTS                         RX/s      TX/s  LIMIT             DROPS/s   RTT P50   RTT P99   AGAIN/s",
    "web   running  31000-31007                 1.5 MB    700 kB  ███████░░░  70%        10    250 µs   86.6 ms        20",
    "db    running  31008                            -       0 B  ░░░░░░░░░░   0%         0    250 µs   86.6 ms         0",
    "many  running  31100,31102,31104,31106…         -         -  -                       -         -         -         -",
  ]);
  const ids = (key: string) => topTable(rows, key).slice(1).map((line) => line.split(" ")[0]);
  assertEquals(ids("i"), ["db", "many", "web"]);
  assertEquals(ids("r"), ["web", "db", "many"]);
  assertEquals(ids("p"), ["many", "db", "web"]);
});

Deno.test("topTable() sorts ids by the numbers in them, and its columns do not move with figures", () => {
  const rows = topRows(BEFORE, sample(3000, { "db-10": {}, "db-9": traffic(0n, 0n, 0n) }));
  const lines = topTable(rows, "i");
  assertEquals(lines.map((line) => line.split(" ")[0]), ["ID", "db-9", "db-10"]);
  const idle = sample(3000, { web: traffic(0n, 1_000_000n, 1n), db: traffic(500n, 7n, 0n) });
  const busy = sample(3000, { web: traffic(9n ** 9n, 3_000_000n, 99n), db: traffic(500n, 7n, 0n) });
  const [idleHead, busyHead] = [idle, busy].map((now) => topTable(topRows(BEFORE, now), "i")[0]);
  assertEquals(idleHead, busyHead);
});

Deno.test("keysLine() names every column's key, the one in use in brackets", () => {
  assertMatch(keysLine("t"), /^sort: i ID, .*, r RX\/s, \[t TX\/s\], l LIMIT, .*; quit: q$/);
});
