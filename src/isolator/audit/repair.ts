import type { KernelNetwork } from "../../kernel/kernel_network.ts";
import type { Applier } from "../apply.ts";
import type { IsolatorOptions } from "../options.ts";
import { auditHost } from "./audit.ts";
import type { Finding } from "./finding.ts";

/** What a repair came to. */
export interface RepairReport {
  /** What was not as it should be, and now is. */
  readonly mended: readonly Finding[];
  /** What still is not as it should be. */
  readonly left: readonly Finding[];
  /** What the kernel refused, one sentence each. */
  readonly problems: readonly string[];
}

/** Which findings are acted upon. */
export type RepairScope =
  /** All of them. */
  | "all"
  /** Only what is left over from containers that are gone. */
  | "left-over";

/**
 * Mends what an audit finds and nothing else, then audits again. What is missing is added before
 * what is too much goes, so that no packet of a running flow goes astray.
 *
 * @param kernel The host's kernel.
 * @param options What the operator decided.
 * @param applier What carries the steps out.
 * @param scope Which findings are acted upon.
 * @returns What was mended, and what an operator must see to.
 * @throws {IsolatorError} If the host or the options will not do.
 * @throws {KernelError} If the kernel cannot be read.
 */
export async function repairHost(
  kernel: KernelNetwork,
  options: IsolatorOptions,
  applier: Applier,
  scope: RepairScope = "all",
): Promise<RepairReport> {
  const found = inScope(await auditHost(kernel, options), scope);
  const errors = await applier.applyAll(found.flatMap(({ mend }) => mend));
  const left = inScope(await auditHost(kernel, options), scope);
  const stays = new Set(left.map(keyOf));
  // What was refused but is now as it should be was there all along: the kernel hides the tables of
  // a priority that has no filter, and shows them again once it has one.
  return {
    mended: found.filter((each) => !stays.has(keyOf(each))),
    left,
    problems: left.length === 0 ? [] : errors.map(({ message }) => message),
  };
}

/**
 * Picks the findings that are acted upon.
 *
 * @param findings All findings.
 * @param scope Which are meant.
 */
export function inScope(findings: readonly Finding[], scope: RepairScope): Finding[] {
  return findings.filter(({ isLeft }) => scope === "all" || isLeft);
}

function keyOf({ kind, object, container }: Finding): string {
  return `${kind} ${object} ${container ?? ""}`;
}
