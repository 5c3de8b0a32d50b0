import type { RecoverReport } from "../isolator/recover.ts";

/**
 * Says what recovery found, in lines.
 *
 * @param report What it found.
 */
export function describeRecovery(report: RecoverReport): string[] {
  const removed = report.removed.map(({ id, pid }) =>
    id === undefined ? `pid ${pid}` : `${id} (${pid})`
  );
  const lines: readonly (readonly [string, readonly string[]])[] = [
    ["running", report.recovered],
    ["half made, kept for cleanup", report.partial],
    ["without a network of ours", report.unmanaged],
    ["orphans, kept for cleanup", report.orphans],
    ["removed", removed],
    ["stale handles removed", report.staleHandles],
    ["broken symlinks removed", report.brokenSymlinks],
  ];
  return [
    ...lines.filter(([, items]) => items.length > 0)
      .map(([what, items]) => `${what}: ${items.join(", ")}`),
    `filters mended: ${report.mendedFilters}`,
  ];
}
