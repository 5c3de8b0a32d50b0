import type { Command } from "commander";
import { idArgument } from "../arguments.ts";
import { withDryRun, withIsolatorOptions } from "../command_options.ts";
import { remark } from "../print.ts";
import { openSession, type SessionOptions } from "../session.ts";

/**
 * Adds `berth cleanup`.
 *
 * @param program The program.
 */
export function addCleanup(program: Command): void {
  const command = program.command("cleanup")
    .description("take a container's network away; its processes are left alone")
    .argument("<id>", "the container's id")
    .action((id: string, options: SessionOptions) => cleanup(id, options));
  withDryRun(withIsolatorOptions(command));
}

async function cleanup(idText: string, options: SessionOptions): Promise<void> {
  const id = idArgument(idText);
  using session = await openSession(options, "change");
  if (await session.isolator.cleanup(id)) return;
  remark(`berth: warning: there is no container "${id}", so nothing was done`);
}
