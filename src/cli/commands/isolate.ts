import type { Command } from "commander";
import { checkProcess } from "../../isolator/isolate.ts";
import { cpusArgument, idArgument, pidArgument, portsArgument } from "../arguments.ts";
import { withDryRun, withIsolatorOptions } from "../command_options.ts";
import { openSession, type SessionOptions } from "../session.ts";

interface IsolateOptions extends SessionOptions {
  readonly pid: string;
  readonly ports?: string;
  readonly cpus?: string;
}

/**
 * Adds `berth isolate`.
 *
 * @param program The program.
 */
export function addIsolate(program: Command): void {
  const command = program.command("isolate")
    .description("give a process that somebody else started its network and ports")
    .argument("<id>", "the container's id")
    .requiredOption("--pid <pid>", "the process, in a network namespace of its own")
    .option("--ports <ports>", "its ports, such as 31000-31007,31020 (default: none)")
    .option("--cpus <n>", "its CPUs, from which limits per CPU follow")
    .action((id: string, options: IsolateOptions) => isolate(id, options));
  withDryRun(withIsolatorOptions(command));
}

async function isolate(idText: string, options: IsolateOptions): Promise<void> {
  const id = idArgument(idText);
  const pid = pidArgument(options.pid);
  const cpus = cpusArgument(options.cpus);
  const ports = portsArgument(options.ports);
  using session = await openSession(options, "change");
  await checkProcess(session.kernel, pid);
  await session.isolator.prepare(id, { ports, ...(cpus === undefined ? {} : { cpus }) });
  await session.isolator.isolate(id, pid);
}
