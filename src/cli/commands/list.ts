import type { Command } from "commander";
import type { FoundContainer } from "../../isolator/adopt.ts";
import type { Usage } from "../../isolator/usage.ts";
import { withIsolatorOptions, withJson } from "../command_options.ts";
import { printLine, table, toJson } from "../print.ts";
import { openSession, type SessionOptions } from "../session.ts";

/**
 * Adds `berth list`.
 *
 * @param program The program.
 */
export function addList(program: Command): void {
  const command = program.command("list")
    .description("list the containers of this host")
    .action((options: SessionOptions) => list(options));
  withIsolatorOptions(withJson(command));
}

async function list(options: SessionOptions): Promise<void> {
  using session = await openSession(options, "look");
  const usages = await session.isolator.usages();
  const rows = session.found.map((found) => ({ found, usage: usages.get(found.entry.id) }));
  if (options["json"] === true) {
    printLine(toJson(rows.map(({ found, usage }) => listed(found, usage)), 2));
    return;
  }
  const head = ["ID", "PID", "STATUS", "PORTS", "EPHEMERAL", "FLOW", "SEND LIMIT", "RECEIVE LIMIT"];
  const cells = rows.map(({ found: { entry, status }, usage }) => [
    entry.id,
    String(entry.pid),
    status,
    entry.ports.toString() || "-",
    entry.ephemeralPorts ? `${entry.ephemeralPorts.begin}-${entry.ephemeralPorts.end}` : "-",
    String(entry.flow ?? "-"),
    rate(usage?.net_tx_rate_limit),
    rate(usage?.net_rx_rate_limit),
  ]);
  for (const line of table(head, cells)) printLine(line);
}

function rate(bytesPerSecond: number | undefined): string {
  return bytesPerSecond === undefined ? "-" : `${bytesPerSecond} B/s`;
}

function listed({ entry, status }: FoundContainer, usage: Usage | undefined) {
  return {
    id: entry.id,
    pid: entry.pid,
    status,
    ports: entry.ports.intervals,
    ephemeral_ports: entry.ephemeralPorts,
    flow: entry.flow,
    egress_rate_limit: usage?.net_tx_rate_limit,
    ingress_rate_limit: usage?.net_rx_rate_limit,
  };
}
