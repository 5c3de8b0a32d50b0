import type { Command } from "commander";
import { cpusArgument, idArgument, portsArgument } from "../arguments.ts";
import { withDryRun, withIsolatorOptions } from "../command_options.ts";
import { ExitWith, UsageError } from "../exit.ts";
import { type Launch, launch } from "../launcher.ts";
import { remark } from "../print.ts";
import { findProgram } from "../program_file.ts";
import { openSession, type Session, type SessionOptions } from "../session.ts";
import { forwardSignals } from "../signals.ts";
import type { ContainerConfig } from "../../isolator/isolator.ts";

interface RunOptions extends SessionOptions {
  readonly id?: string;
  readonly ports?: string;
  readonly cpus?: string;
}

/**
 * Adds `berth run`.
 *
 * @param program The program.
 */
export function addRun(program: Command): void {
  const command = program.command("run")
    .description("run a program in its own network namespace, with its own ports")
    .usage("[options] -- CMD [ARG ...]")
    .argument("<cmd...>", "the program and its arguments")
    .option("--id <id>", "the container's id (default: the program's name and a process id)")
    .option("--ports <ports>", "its ports, such as 31000-31007,31020 (default: none)")
    .option("--cpus <n>", "its CPUs, from which limits per CPU follow")
    .passThroughOptions()
    .action((words: string[], options: RunOptions) => run(words, options));
  withDryRun(withIsolatorOptions(command));
}

async function run(words: readonly string[], options: RunOptions): Promise<void> {
  const [name] = words;
  if (name === undefined) throw new UsageError("There is no program to run; give one behind --");
  const file = findProgram(name, Deno.env.get("PATH") ?? "/usr/bin:/bin");
  const id = idArgument(options.id ?? defaultId(name));
  const cpus = cpusArgument(options.cpus);
  const config = { ports: portsArgument(options.ports), ...(cpus === undefined ? {} : { cpus }) };
  if (options.dryRun) return await dryRun(id, config, options);
  const status = await contain(id, config, [file, ...words.slice(1)], options);
  if (status !== 0) throw new ExitWith(status);
}

function defaultId(name: string): string {
  const base = name.slice(name.lastIndexOf("/") + 1).replace(/[^A-Za-z0-9._-]/g, "-").slice(0, 40);
  return /^[A-Za-z0-9]/.test(base) ? `${base}-${Deno.pid}` : `run-${Deno.pid}`;
}

/** Prints the plan, with this process standing for the program that is never started. */
async function dryRun(id: string, config: ContainerConfig, options: RunOptions): Promise<void> {
  using session = await openSession(options, "change");
  await session.isolator.prepare(id, config);
  remark(`berth: ${Deno.pid} stands for the process of the program`);
  await session.isolator.isolate(id, Deno.pid, { processExists: false });
}

/** Runs the program from its start to the removal of its network. */
async function contain(
  id: string,
  config: ContainerConfig,
  words: readonly string[],
  options: RunOptions,
): Promise<number> {
  let signals: Disposable | undefined;
  let started: Launch | undefined;
  try {
    {
      using session = await openSession(options, "change");
      started = await start(session, id, config, words);
      const { signal } = started;
      signals = forwardSignals(signal, { hasTerminal: Deno.stdin.isTerminal() });
    }
    return await started.wait();
  } finally {
    if (started !== undefined) {
      using session = await openSession(options, "change");
      await session.isolator.cleanup(id);
    }
    signals?.[Symbol.dispose]();
  }
}

async function start(
  session: Session,
  id: string,
  config: ContainerConfig,
  words: readonly string[],
): Promise<Launch> {
  const { isolator } = session;
  await isolator.prepare(id, config);
  const launched = await launch(id, words);
  try {
    await isolator.isolate(id, launched.pid);
    await launched.release();
    return launched;
  } catch (error) {
    launched.signal("SIGKILL");
    await launched.release();
    await launched.wait();
    throw error;
  }
}
