import type { Command } from "commander";
import { KernelApplier } from "../../isolator/apply.ts";
import { auditHost } from "../../isolator/audit/audit.ts";
import {
  inScope,
  repairHost,
  type RepairReport,
  type RepairScope,
} from "../../isolator/audit/repair.ts";
import { Metrics } from "../../isolator/metrics.ts";
import { HostKernel } from "../../kernel/host_kernel.ts";
import { withDryRun, withIsolatorOptions, withJson } from "../command_options.ts";
import { EXIT, ExitWith } from "../exit.ts";
import { findingScript, shownFinding } from "../finding_text.ts";
import { lockHost } from "../lock.ts";
import { printLine, toJson } from "../print.ts";
import { isolatorOptions, type SessionOptions } from "../session.ts";

/**
 * Adds `berth repair`.
 *
 * @param program The program.
 */
export function addRepair(program: Command): void {
  const command = program.command("repair")
    .description("mend what an audit finds, while all that runs keeps talking")
    .action((options: SessionOptions) => repair(options, "all", "mended"));
  withIsolatorOptions(withJson(withDryRun(command)));
}

/**
 * Adds `berth gc`.
 *
 * @param program The program.
 */
export function addGc(program: Command): void {
  const command = program.command("gc")
    .description("remove what is left over from containers that are gone")
    .action((options: SessionOptions) => repair(options, "left-over", "removed"));
  withIsolatorOptions(withJson(withDryRun(command)));
}

async function repair(options: SessionOptions, scope: RepairScope, verb: string): Promise<void> {
  const isolator = isolatorOptions(options);
  const kernel = new HostKernel();
  using _lock = await lockHost();
  if (options.dryRun) {
    const findings = inScope(await auditHost(kernel, isolator), scope);
    if (options["json"] === true) printLine(toJson(findings.map(shownFinding), 2));
    else findingScript(findings).forEach(printLine);
    return;
  }
  const applier = new KernelApplier(kernel, new Metrics());
  const report = await repairHost(kernel, isolator, applier, scope);
  if (options["json"] === true) printLine(toJson(shownReport(report, verb), 2));
  else {
    if (report.mended.length + report.left.length === 0) printLine("Nothing to do");
    report.mended.forEach(({ says }) => printLine(`${verb}: ${says}`));
    report.left.forEach(({ says }) => printLine(`left: ${says}`));
  }
  if (report.left.length === 0) return;
  const reasons = report.problems.length === 0 ? "" : `: ${report.problems.join("; ")}`;
  throw new ExitWith(EXIT.failed, `${report.left.length} could not be ${verb}${reasons}`);
}

function shownReport({ mended, left, problems }: RepairReport, verb: string) {
  return { [verb]: mended.map(shownFinding), left: left.map(shownFinding), problems };
}
