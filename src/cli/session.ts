import type { FoundContainer } from "../isolator/adopt.ts";
import { type Applier, PrintingApplier } from "../isolator/apply.ts";
import { Isolator } from "../isolator/isolator.ts";
import type { IsolatorOptions } from "../isolator/options.ts";
import { HostKernel } from "../kernel/host_kernel.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import { parseConfig } from "./config_file.ts";
import { readingArgument, UsageError } from "./exit.ts";
import { FLAGS, optionsOf } from "./flags.ts";
import { lockHost } from "./lock.ts";
import { printLine, remark } from "./print.ts";
import { shellWords } from "./shell_words.ts";

/** Options that every command of the isolator takes, as they were given. */
export interface SessionOptions {
  /** Path of a config file. */
  readonly config?: string;
  /** Print what would be done, and do nothing. */
  readonly dryRun?: boolean;
  /** Isolator options by the reference's names. */
  readonly [flag: string]: unknown;
}

/** An isolator that mirrors this host, under the lock that lets one command change it at a time. */
export interface Session extends Disposable {
  /** The kernel it works on. */
  readonly kernel: KernelNetwork;
  /** The isolator. */
  readonly isolator: Isolator;
  /** The containers that the kernel holds; empty where the session was opened to recover. */
  readonly found: readonly FoundContainer[];
}

/**
 * What a command opens the host for: `look` changes nothing and waits for nobody, `change` takes in
 * what the kernel holds, `recover` leaves that to the caller.
 */
export type Purpose = "look" | "change" | "recover";

/**
 * Opens this host for one command.
 *
 * @param given The command's options.
 * @param purpose What for.
 * @throws {UsageError} If an option is malformed.
 * @throws {IsolatorError} If the host will not do.
 */
export async function openSession(
  given: SessionOptions,
  purpose: Purpose,
): Promise<Session> {
  const options = isolatorOptions(given);
  const kernel = new HostKernel();
  const changes = purpose !== "look" && !given.dryRun;
  const lock = changes ? await lockHost() : { [Symbol.dispose]: () => {} };
  try {
    const isolator = await Isolator.create(
      options,
      kernel,
      changes ? {} : { applier: printer(given) },
    );
    for (const warning of isolator.host.warnings) remark(`berth: warning: ${warning}`);
    const found = purpose === "recover" ? [] : await isolator.adopt();
    return { kernel, isolator, found, [Symbol.dispose]: () => lock[Symbol.dispose]() };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

/**
 * Reads the isolator's options from what a command was given.
 *
 * @param given The command's options.
 * @throws {UsageError} If one is malformed.
 */
export function isolatorOptions(given: SessionOptions): IsolatorOptions {
  return readingArgument("", () => optionsOf(collectFlags(given)));
}

/** Prints a dry run's steps; a command that only looks has none to show. */
function printer(given: SessionOptions): Applier {
  return new PrintingApplier((words) => given.dryRun && printLine(shellWords(words)));
}

/** Gathers isolator options from the config file and the command line, the latter winning. */
function collectFlags(given: SessionOptions): Map<string, string> {
  const values = given.config === undefined ? new Map<string, string>() : readConfig(given.config);
  for (const { name } of FLAGS) {
    const value = given[name];
    if (typeof value === "string" || typeof value === "boolean") values.set(name, String(value));
  }
  return values;
}

function readConfig(path: string): Map<string, string> {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--config: ${path} cannot be read: ${reason}`, { cause: error });
  }
  return readingArgument(`--config: ${path}`, () => parseConfig(text));
}
