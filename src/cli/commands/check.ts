import type { Command } from "commander";
import { green, red, yellow } from "@std/fmt/colors";
import { readHost } from "../../isolator/host.ts";
import { configureHost } from "../../isolator/host_config.ts";
import { checkPrivileges } from "../../isolator/privileges.ts";
import { probeKernel } from "../../isolator/probe.ts";
import { HostKernel } from "../../kernel/host_kernel.ts";
import type { KernelNetwork } from "../../kernel/kernel_network.ts";
import { withIsolatorOptions, withJson } from "../command_options.ts";
import { EXIT, ExitWith } from "../exit.ts";
import { printLine, toJson } from "../print.ts";
import { isolatorOptions, type SessionOptions } from "../session.ts";
import type { IsolatorOptions } from "../../isolator/options.ts";

/** One line of the report. */
interface Finding {
  /** What was looked at. */
  readonly subject: string;
  /** `ok`; `missing`: isolation cannot work; `limited`: it can, with less. */
  readonly verdict: "ok" | "missing" | "limited";
  /** What was seen, and how to mend it. */
  readonly detail: string;
}

/**
 * Adds `berth check`.
 *
 * @param program The program.
 */
export function addCheck(program: Command): void {
  const command = program.command("check")
    .description("say what this host has and lacks for isolation, and how to mend it")
    .action((options: SessionOptions) => check(options));
  withIsolatorOptions(withJson(command));
}

async function check(options: SessionOptions): Promise<void> {
  const findings = await inspect(new HostKernel(), isolatorOptions(options));
  if (options["json"] === true) printLine(toJson(findings, 2));
  else findings.forEach((finding) => printLine(lineOf(finding)));
  const missing = findings.filter(({ verdict }) => verdict === "missing");
  if (missing.length === 0) return;
  const subjects = missing.map(({ subject }) => subject).join(", ");
  throw new ExitWith(EXIT.failed, `This host cannot isolate containers yet: mend ${subjects}`);
}

function lineOf({ subject, verdict, detail }: Finding): string {
  const paint = { ok: green, limited: yellow, missing: red }[verdict];
  const mark = Deno.stdout.isTerminal() ? paint(verdict.padEnd(7)) : verdict.padEnd(7);
  return `${mark}  ${subject.padEnd(16)}  ${detail}`;
}

async function inspect(kernel: KernelNetwork, options: IsolatorOptions): Promise<Finding[]> {
  const findings = [
    await attempt("privileges", async () => {
      await checkPrivileges(kernel);
      return ["CAP_NET_ADMIN and CAP_SYS_ADMIN"];
    }),
    ...await Promise.all([toolFinding("ip"), toolFinding("tc"), toolFinding("sysctl")]),
    await attempt("host", async () => {
      const host = configureHost(await readHost(kernel, options), options);
      const { eth0, address, prefixLength, mac, gateway } = host;
      return [`${eth0} ${address}/${prefixLength} ${mac} via ${gateway}`, ...host.warnings];
    }),
  ];
  if (findings.some(({ verdict }) => verdict === "missing")) return findings;
  return [...findings, ...await featureFindings(kernel)];

  function toolFinding(tool: "ip" | "tc" | "sysctl"): Promise<Finding> {
    return attempt(tool, async () => {
      const args = tool === "sysctl" ? ["--version"] : ["-V"];
      const { stdout } = await kernel.execute({ tool, args, effect: "read" });
      return [stdout.trim()];
    });
  }
}

async function featureFindings(kernel: KernelNetwork): Promise<Finding[]> {
  const features = await probeKernel(kernel, `berth-check-${Deno.pid}`);
  return features.map(({ feature: { name, purpose, without }, present }): Finding => {
    if (present) return { subject: name, verdict: "ok", detail: purpose };
    return without === undefined
      ? { subject: name, verdict: "missing", detail: `${purpose}; use a kernel that has it` }
      : { subject: name, verdict: "limited", detail: `no ${purpose}; ${without}` };
  });
}

async function attempt(subject: string, look: () => Promise<readonly string[]>): Promise<Finding> {
  try {
    return { subject, verdict: "ok", detail: (await look()).join("; ") };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { subject, verdict: "missing", detail };
  }
}
