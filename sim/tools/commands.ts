import { batchCommands } from "./batch_reader.ts";
import { strerror } from "../model/refusal.ts";
import { CommandFailed, type Console, STATUS_FAILED } from "./console.ts";
import type { ToolRun } from "./tool_run.ts";
import { abbreviates } from "./words.ts";

/** The objects of a tool and what runs their commands, in the order of their abbreviations. */
export type Objects<Context> = readonly (readonly [
  name: string,
  run: (args: readonly string[], context: Context) => void,
])[];

/** A tool's commands, as its options left them. */
export interface Commands<Context> {
  /** What the commands work with. */
  readonly context: Context & { readonly console: Console };
  /** The tool's objects. */
  readonly objects: Objects<Context>;
  /** Status of a command for an object that the tool does not know. */
  readonly unknownStatus: number;
}

/**
 * Runs one command.
 *
 * @param commands The tool's commands.
 * @param words The command.
 * @returns Its status.
 */
export function runCommand<Context>(
  commands: Commands<Context>,
  words: readonly string[],
): number {
  const { context, objects, unknownStatus } = commands;
  const [word = "", ...args] = words;
  try {
    const object = objects.find(([name]) => abbreviates(word, name));
    if (object === undefined) {
      const help = `try "${context.console.tool} help"`;
      return context.console.fail(`Object "${word}" is unknown, ${help}.\n`, unknownStatus);
    }
    object[1](args, context);
    return 0;
  } catch (error) {
    if (error instanceof CommandFailed) return error.status;
    throw error;
  }
}

/**
 * Runs the commands of a batch up to the first that fails, or with `-force` all of them.
 *
 * @param commands The tool's commands.
 * @param batch The file, `-` for standard input; where both are; and whether `-force` is on.
 * @returns The tool's status.
 */
export function runBatch<Context>(
  commands: Commands<Context>,
  batch: {
    readonly file: string;
    readonly run: Pick<ToolRun, "stdin" | "readFile">;
    readonly isForced: boolean;
  },
): number {
  const { console } = commands.context;
  const { file, run } = batch;
  const text = file === "-" ? run.stdin : run.readFile(file);
  if (text === undefined) {
    console.complain(`Cannot open file "${file}" for reading: ${strerror("ENOENT")}\n`);
    return STATUS_FAILED;
  }
  let status = 0;
  for (const { line, words } of batchCommands(text, console)) {
    if (runCommand(commands, words) === 0) continue;
    console.complain(`Command failed ${file}:${line}\n`);
    status = 1;
    if (!batch.isForced) break;
  }
  return status;
}
