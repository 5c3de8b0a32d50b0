import type { Command } from "commander";
import { cpusArgument, idArgument, portsArgument } from "../arguments.ts";
import { withDryRun, withIsolatorOptions } from "../command_options.ts";
import { UsageError } from "../exit.ts";
import { openSession, type SessionOptions } from "../session.ts";

interface UpdateOptions extends SessionOptions {
  readonly ports?: string;
  readonly cpus?: string;
}

/**
 * Adds `berth update`.
 *
 * @param program The program.
 */
export function addUpdate(program: Command): void {
  const command = program.command("update")
    .description("change the ports and limits of a running container")
    .argument("<id>", "the container's id")
    .option("--ports <ports>", "all the ports that it should have, such as 31000-31007")
    .option("--cpus <n>", "its CPUs, from which limits per CPU follow")
    .action((id: string, options: UpdateOptions) => update(id, options));
  withDryRun(withIsolatorOptions(command));
}

async function update(idText: string, options: UpdateOptions): Promise<void> {
  const id = idArgument(idText);
  const cpus = cpusArgument(options.cpus);
  if (options.ports === undefined && cpus === undefined) {
    throw new UsageError("There is nothing to update; give --ports or --cpus");
  }
  const ports = options.ports === undefined ? {} : { ports: portsArgument(options.ports) };
  using session = await openSession(options, "change");
  await session.isolator.update(id, { ...ports, ...(cpus === undefined ? {} : { cpus }) });
}
