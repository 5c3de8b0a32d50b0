import type { Command } from "commander";
import { withJson } from "../command_options.ts";
import { EXIT, ExitWith, UsageError } from "../exit.ts";
import { printLine, toJson } from "../print.ts";
import { execOnSimulatedHost } from "../sim/exec.ts";
import { HostSession } from "../sim/host_session.ts";
import { drawHost, viewHost } from "../sim/show.ts";
import { applyWorldFile } from "../sim/world_file.ts";

interface ExecOptions {
  readonly world?: string;
  readonly state?: string;
}

interface ShowOptions {
  readonly state: string;
  readonly json?: boolean;
}

/**
 * Adds `berth sim`.
 *
 * @param program The program.
 */
export function addSim(program: Command): void {
  const sim = program.command("sim")
    .description("a host in memory, for scripts that would need root and a kernel");
  sim.command("exec")
    .description("run a program whose ip, tc, ss, sysctl and ethtool are those of such a host")
    .usage("[options] -- CMD [ARG ...]")
    .argument("<cmd...>", "the program and its arguments")
    .option("--world <file>", "commands that make a new host what the program expects")
    .option("--state <dir>", "folder that keeps the host from one command to the next")
    .passThroughOptions()
    .action((words: string[], options: ExecOptions) => exec(words, options));
  const show = sim.command("show")
    .description("print a kept host: namespaces, links, qdiscs, classes and filters")
    .requiredOption("--state <dir>", "folder that keeps the host")
    .action((options: ShowOptions) => showHost(options));
  withJson(show);
}

async function exec(words: readonly string[], options: ExecOptions): Promise<void> {
  const path = Deno.env.get("PATH") ?? "/usr/bin:/bin";
  using session = await HostSession.open(options.state);
  if (options.world !== undefined && session.isNew) {
    applyWorldFile(session, await readWorld(options.world));
  }
  const status = await execOnSimulatedHost(session, words, path);
  if (status !== EXIT.ok) throw new ExitWith(status);
}

async function readWorld(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    throw new UsageError(`--world: "${path}" cannot be read; name a file`, { cause: error });
  }
}

async function showHost({ state, json }: ShowOptions): Promise<void> {
  using session = await HostSession.open(state);
  const view = viewHost(session.machine);
  if (json) printLine(toJson(view, 2));
  else drawHost(view).forEach(printLine);
}
