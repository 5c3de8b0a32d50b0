import type { Command } from "commander";
import type { Usage } from "../../isolator/usage.ts";
import { idArgument } from "../arguments.ts";
import { withIsolatorOptions, withJson } from "../command_options.ts";
import { printLine, table, toJson } from "../print.ts";
import { openSession, type SessionOptions } from "../session.ts";

/**
 * Adds `berth usage`.
 *
 * @param program The program.
 */
export function addUsage(program: Command): void {
  const command = program.command("usage")
    .description("show what containers have sent and received, and their limits")
    .argument("[id...]", "the containers' ids (default: all)")
    .action((ids: string[], options: SessionOptions) => usage(ids, options));
  withIsolatorOptions(withJson(command));
}

async function usage(texts: readonly string[], options: SessionOptions): Promise<void> {
  const asked = texts.map(idArgument);
  using session = await openSession(options, "look");
  const all = await session.isolator.usages(asked.length > 0 ? asked : undefined);
  if (options["json"] === true) {
    const rows = [...all].map(([id, { net_ports: _ports, ...fields }]) => ({ id, ...fields }));
    printLine(toJson(rows, 2));
    return;
  }
  for (const lines of usageTables(all)) lines.forEach(printLine);
}

/** A column of a table: its head, and the cell of one container. */
type Column = readonly [head: string, cell: (usage: Usage) => number | bigint | undefined];

/** Columns that every container has. */
const TRAFFIC: readonly Column[] = [
  ["RX PACKETS", (usage) => usage.net_rx_packets],
  ["RX BYTES", (usage) => usage.net_rx_bytes],
  ["RX DROPPED", (usage) => usage.net_rx_dropped],
  ["TX PACKETS", (usage) => usage.net_tx_packets],
  ["TX BYTES", (usage) => usage.net_tx_bytes],
  ["TX DROPPED", (usage) => usage.net_tx_dropped],
];

/** Columns of TCP, shown where the operator has it read. */
const TCP: readonly Column[] = [
  ["CONNECTIONS", (usage) => usage.net_tcp_active_connections],
  ["TIME WAIT", (usage) => usage.net_tcp_time_wait_connections],
  ["RTT P50 µs", (usage) => usage.net_tcp_rtt_microsecs_p50],
  ["P90", (usage) => usage.net_tcp_rtt_microsecs_p90],
  ["P95", (usage) => usage.net_tcp_rtt_microsecs_p95],
  ["P99", (usage) => usage.net_tcp_rtt_microsecs_p99],
  ["SEGMENTS SENT", (usage) => usage.net_snmp_statistics?.tcp_stats?.["OutSegs"]],
  ["SENT AGAIN", (usage) => usage.net_snmp_statistics?.tcp_stats?.["RetransSegs"]],
];

/** Lays usage out as tables: traffic, then TCP and limits, as far as there is anything to show. */
function usageTables(all: ReadonlyMap<string, Usage>): string[][] {
  const usages = [...all.values()];
  const tcp = TCP.filter(([, cell]) => usages.some((usage) => cell(usage) !== undefined));
  const limits = limitRows(all);
  return [
    columns(all, TRAFFIC),
    ...(tcp.length === 0 ? [] : [["", ...columns(all, tcp)]]),
    ...(limits.length === 0 ? [] : [["", ...table(LIMIT_HEAD, limits)]]),
  ];
}

function columns(all: ReadonlyMap<string, Usage>, wanted: readonly Column[]): string[] {
  const rows = [...all].map(([id, usage]) => [id, ...wanted.map(([, cell]) => text(cell(usage)))]);
  return table(["ID", ...wanted.map(([head]) => head)], rows);
}

const LIMIT_HEAD = [
  ...["ID", "QUEUE", "PACKETS", "BYTES", "DROPS", "OVERLIMITS", "WAITING"],
];

/** One row for each queue of a limit. */
function limitRows(all: ReadonlyMap<string, Usage>): string[][] {
  return [...all].flatMap(([id, { net_traffic_control_statistics: queues = [] }]) =>
    queues.map((queue) => [
      ...[id, queue.id],
      ...[queue.packets, queue.bytes, queue.drops, queue.overlimits, queue.qlen].map(text),
    ])
  );
}

function text(value: number | bigint | undefined): string {
  return value === undefined ? "-" : String(value);
}
