import type { Command } from "commander";
import { auditHost } from "../../isolator/audit/audit.ts";
import { HostKernel } from "../../kernel/host_kernel.ts";
import { withIsolatorOptions, withJson } from "../command_options.ts";
import { EXIT, ExitWith } from "../exit.ts";
import { findingLines, shownFinding } from "../finding_text.ts";
import { lockHost } from "../lock.ts";
import { printLine, toJson } from "../print.ts";
import { isolatorOptions, type SessionOptions } from "../session.ts";

/**
 * Adds `berth audit`.
 *
 * @param program The program.
 */
export function addAudit(program: Command): void {
  const command = program.command("audit")
    .description("compare what the kernel holds with what should be there, and change nothing")
    .action((options: SessionOptions) => audit(options));
  withIsolatorOptions(withJson(command));
}

async function audit(options: SessionOptions): Promise<void> {
  const isolator = isolatorOptions(options);
  // A command at work would look like damage, so this waits for it.
  using _lock = await lockHost();
  const findings = await auditHost(new HostKernel(), isolator);
  if (options["json"] === true) printLine(toJson(findings.map(shownFinding), 2));
  else findingLines(findings).forEach(printLine);
  if (findings.length === 0) return;
  const mendable = findings.filter(({ mend }) => mend.length > 0).length;
  throw new ExitWith(
    EXIT.failed,
    `${findings.length} found; "berth repair" mends ${mendable}, and the rest say what to do`,
  );
}
