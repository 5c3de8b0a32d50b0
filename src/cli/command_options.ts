import type { Command } from "commander";
import { FLAGS } from "./flags.ts";

/**
 * Gives a command the options of the isolator.
 *
 * @param command The command.
 * @returns The same command.
 */
export function withIsolatorOptions(command: Command): Command {
  command.option("--config <file>", "JSON file of the options below, by name");
  for (const { name, value, help } of FLAGS) {
    command.option(value === undefined ? `--${name}` : `--${name} <${value}>`, help);
  }
  return command;
}

/**
 * Gives a command that changes the host the option to print what it would do.
 *
 * @param command The command.
 * @returns The same command.
 */
export function withDryRun(command: Command): Command {
  return command.option("--dry-run", "print the exact commands, in order, and change nothing");
}

/**
 * Gives a command that prints data the option to print it as JSON.
 *
 * @param command The command.
 * @returns The same command.
 */
export function withJson(command: Command): Command {
  return command.option("--json", "print data as JSON");
}
