import type { Finding } from "../isolator/audit/finding.ts";
import { changeWords } from "../isolator/change.ts";
import { shellWords } from "./shell_words.ts";

/**
 * Says what an audit found, a line each.
 *
 * @param findings What it found.
 */
export function findingLines(findings: readonly Finding[]): string[] {
  return findings.length === 0
    ? ["All is as it should be"]
    : findings.map(({ says, mend }) => mend.length > 0 ? says : `${says} (not to be mended)`);
}

/**
 * Writes what an audit found as a script that mends it: the findings as comments.
 *
 * @param findings What it found.
 */
export function findingScript(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ says, mend }) => [
    `# ${says}`,
    ...mend.map((change) => shellWords(changeWords(change))),
  ]);
}

/**
 * Gives a finding as it stands in JSON.
 *
 * @param finding The finding.
 */
export function shownFinding({ kind, object, container, says, mend, isLeft }: Finding) {
  return { kind, object, container, says, mendable: mend.length > 0, left_over: isLeft };
}
