import type { Command } from "commander";
import type { ContainerState } from "../../isolator/recover.ts";
import { idArgument, pidArgument } from "../arguments.ts";
import { withDryRun, withIsolatorOptions, withJson } from "../command_options.ts";
import { EXIT, ExitWith, UsageError } from "../exit.ts";
import { printLine, toJson } from "../print.ts";
import { describeRecovery } from "../recovery_text.ts";
import { openSession, type SessionOptions } from "../session.ts";

interface RecoverOptions extends SessionOptions {
  readonly known?: readonly string[];
  readonly orphan?: readonly string[];
}

/**
 * Adds `berth recover`.
 *
 * @param program The program.
 */
export function addRecover(program: Command): void {
  const command = program.command("recover")
    .description("reconcile the host after a crash, and say what was found")
    .option("--known <id=pid...>", "containers that run (default: those whose process does)")
    .option("--orphan <id...>", "containers to keep for a cleanup of your own")
    .action((options: RecoverOptions) => recover(options));
  withIsolatorOptions(withJson(withDryRun(command)));
}

async function recover(options: RecoverOptions): Promise<void> {
  const states = options.known?.map(stateArgument);
  const orphans = new Set(options.orphan?.map(idArgument));
  using session = await openSession(options, "recover");
  const report = await session.isolator.recover({
    orphans,
    ...(states === undefined ? {} : { states }),
  });
  if (options["json"] === true) printLine(toJson(report, 2));
  else if (!options.dryRun) describeRecovery(report).forEach(printLine);
  if (report.problems.length > 0) throw new ExitWith(EXIT.failed, report.problems.join("; "));
}

function stateArgument(text: string): ContainerState {
  const equals = text.indexOf("=");
  if (equals < 1) throw new UsageError(`--known: "${text}" is not ID=PID; write it like web=4711`);
  const pid = pidArgument(text.slice(equals + 1), "--known");
  return { id: idArgument(text.slice(0, equals)), pid };
}
