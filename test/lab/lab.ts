/**
 * Runs a command on a whole Linux kernel that needs no root: User-Mode Linux, with this machine's
 * files and a network of its own.
 *
 * ```text
 * deno task lab -- tc qdisc add dev lo root fq_codel
 * ```
 *
 * @module
 */

import { Command, InvalidArgumentError } from "commander";
import { runInLab } from "./boot.ts";
import { findUserModeLinux } from "./user_mode_linux.ts";

/** Statuses of the lab itself, as those of timeout(1). */
const STATUS = { timedOut: 124, failed: 125, signalBase: 128 };

/** Signals that end a run, and their numbers. */
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

interface Options {
  readonly memory: number;
  readonly timeLimit: number;
  readonly stdin?: boolean;
}

const program = new Command("lab")
  .description("run a command on a real Linux kernel that needs no root")
  .usage("[options] -- CMD [ARG ...]")
  .argument("<cmd...>", "the command and its arguments")
  .option("--memory <MiB>", "memory of the lab", positive, 1024)
  .option("--time-limit <seconds>", "time from start to end", positive, 600)
  .option("--stdin", "pass standard input on, once it has ended")
  .passThroughOptions()
  .action(async (words: string[], options: Options) => Deno.exit(await lab(words, options)));
await program.parseAsync(Deno.args, { from: "user" });

async function lab(words: readonly string[], options: Options): Promise<number> {
  const kernel = await findUserModeLinux();
  if ("missing" in kernel) return complain(STATUS.failed, kernel.missing);
  const stdin = options.stdin ? new Response(Deno.stdin.readable).bytes() : new Uint8Array();
  const interrupt = new AbortController();
  for (const name of Object.keys(SIGNALS) as (keyof typeof SIGNALS)[]) {
    Deno.addSignalListener(name, () => interrupt.abort(name));
  }
  const end = await runInLab(kernel, words, {
    environment: Deno.env.toObject(),
    folder: Deno.cwd(),
    stdin: await stdin,
    memoryMb: options.memory,
    timeoutMs: options.timeLimit * 1000,
  }, interrupt.signal);
  if (end.kind === "exited") return end.status;
  if (end.kind === "died") {
    return complain(STATUS.failed, `The lab's kernel ended before its command:\n${end.log}`);
  }
  const signal = Object.entries(SIGNALS).find(([name]) => name === interrupt.signal.reason);
  if (signal !== undefined) return STATUS.signalBase + signal[1];
  const { timeLimit } = options;
  return complain(STATUS.timedOut, `It did not end in ${timeLimit} s; see --time-limit`);
}

function complain(status: number, reason: string): number {
  // deno-lint-ignore no-console
  console.error(`lab: ${reason}`);
  return status;
}

function positive(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give a whole number above 0.");
}
