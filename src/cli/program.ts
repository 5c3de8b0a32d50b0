import { Command, CommanderError } from "commander";
import { addAudit } from "./commands/audit.ts";
import { addCheck } from "./commands/check.ts";
import { addCleanup } from "./commands/cleanup.ts";
import { addDemo } from "./commands/demo.ts";
import { addHelper } from "./commands/helper.ts";
import { addIsolate } from "./commands/isolate.ts";
import { addList } from "./commands/list.ts";
import { addProve } from "./commands/prove.ts";
import { addRecover } from "./commands/recover.ts";
import { addGc, addRepair } from "./commands/repair.ts";
import { addRun } from "./commands/run.ts";
import { addServe } from "./commands/serve.ts";
import { addSim } from "./commands/sim.ts";
import { addSimulate } from "./commands/simulate.ts";
import { addTrace } from "./commands/trace.ts";
import { addTop } from "./commands/top.ts";
import { addUpdate } from "./commands/update.ts";
import { addUsage } from "./commands/usage.ts";
import { EXIT, statusOfError, UsageError } from "./exit.ts";
import { FLAGS } from "./flags.ts";
import { printLine, remark } from "./print.ts";
import { VERSION } from "./version.ts";

/** Every command, in the order of the help. */
const COMMANDS: readonly ((program: Command) => void)[] = [
  addDemo,
  addCheck,
  addRun,
  addIsolate,
  addUpdate,
  addList,
  addUsage,
  addCleanup,
  addRecover,
  addProve,
  addAudit,
  addRepair,
  addGc,
  addServe,
  addTop,
  addHelper,
  addSim,
  addSimulate,
  addTrace,
];

/**
 * Runs a command line.
 *
 * @param words Its words, without the program's name.
 * @returns The exit status.
 */
export async function runProgram(words: readonly string[]): Promise<number> {
  try {
    await buildProgram().parseAsync(canonicalFlags(words), { from: "user" });
    return EXIT.ok;
  } catch (error) {
    return reportError(error);
  }
}

function buildProgram(): Command {
  const program = new Command("berth")
    .description("Port-range network isolation for Linux containers")
    .version(VERSION)
    .enablePositionalOptions();
  for (const add of COMMANDS) add(program);
  configureAll(program);
  return program;
}

/** Makes commander throw instead of ending the process, and write where this program writes. */
function configureAll(command: Command): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => printLine(text.replace(/\n$/, "")),
    writeErr: () => {},
  });
  command.commands.forEach(configureAll);
}

/**
 * Spells isolator options as the reference does, so that `--egress-burst` and `--egress_burst` are
 * one. Words behind `--` belong to a container's program and stay as they are.
 *
 * @param words The command line.
 */
export function canonicalFlags(words: readonly string[]): string[] {
  const end = words.indexOf("--");
  const own = end === -1 ? words : words.slice(0, end);
  const names = new Set(FLAGS.map(({ name }) => name));
  const canonical = own.map((word) => {
    const [, name, rest] = /^--([a-z0-9_-]+)(=.*)?$/s.exec(word) ?? [];
    if (name === undefined) return word;
    const snake = name.replaceAll("-", "_");
    return names.has(snake)
      ? `--${snake}${rest ?? ""}`
      : `--${name.replaceAll("_", "-")}${rest ?? ""}`;
  });
  return end === -1 ? canonical : [...canonical, ...words.slice(end)];
}

function reportError(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok;
    const text = error.message.replace(/^error: /, "");
    remark(`berth: ${text === "(outputHelp)" ? 'give a command; see "berth --help"' : text}`);
    return EXIT.usage;
  }
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof UsageError ? '; see "berth --help"' : "";
  if (message !== "") remark(`berth: ${message}${hint}`);
  return statusOfError(error);
}
