/**
 * `mount`, as far as it makes the folder of namespace handles a mount of its own.
 *
 * @module
 */

import type { ToolRun } from "./tool_run.ts";

/**
 * Runs `mount`.
 *
 * @param run How it was started.
 * @returns Its exit status.
 */
export function runMount(run: ToolRun): number {
  const { console, namespace: { machine } } = run;
  const [option, source, target] = run.args;
  const folder = option === "--bind" && source === target ? source : undefined;
  if (folder !== undefined && run.args.length === 3) {
    machine.mounts.bind(folder);
    return 0;
  }
  if (option === "--make-shared" && source !== undefined && run.args.length === 2) {
    if (machine.mounts.share(source)) return 0;
    console.complain(`mount: ${source}: not mount point or bad option.\n`);
    return 32;
  }
  return console.notModelled(`"${run.args.join(" ")}"`);
}
