import type { Command } from "commander";
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
  const { isolator } = session;
  const ids = asked.length > 0 ? asked : session.found.map(({ entry }) => entry.id);
  const all = await Promise.all(
    ids.map(async (id) => ({ id, ...await isolator.usage(id) })),
  );
  if (options["json"] === true) {
    printLine(toJson(all.map(({ net_ports: _ports, ...fields }) => fields), 2));
    return;
  }
  const head = [
    "ID",
    "RX PACKETS",
    "RX BYTES",
    "RX DROPPED",
    "TX PACKETS",
    "TX BYTES",
    "TX DROPPED",
  ];
  const cell = (value: bigint | undefined) => value === undefined ? "-" : String(value);
  const rows = all.map((each) => [
    each.id,
    cell(each.net_rx_packets),
    cell(each.net_rx_bytes),
    cell(each.net_rx_dropped),
    cell(each.net_tx_packets),
    cell(each.net_tx_bytes),
    cell(each.net_tx_dropped),
  ]);
  for (const line of table(head, rows)) printLine(line);
}
