/**
 * Runs the tests that want a real kernel in the lab, whose kernel has every qdisc, classifier and
 * action. Arguments are files or folders of tests; without any, those of {@linkcode SUITES}.
 *
 * @module
 */

import { runInLab } from "./boot.ts";
import { findUserModeLinux } from "./user_mode_linux.ts";

/**
 * What runs when nothing is named: what the kernel of a cloud may lack, above all fq_codel, and the
 * words of every object. A process takes 85 ms to start here, so the suites that start many stay
 * out, and so do the cases of single filters: they show nothing that differs between kernels.
 */
const SUITES = [
  String.raw`--filter=/([Ll]imit|Scale|ceil|fq_codel|Qdisc|Link|veth|Eth0).*\[host\]/`,
  ...["isolator_limits", "routing"].map((name) => `test/suites/${name}_test.ts`),
];

const PERMISSIONS = ["--allow-run", "--allow-read", "--allow-write", "--allow-env"];

/** Time of the whole run on a machine that is busy with other things. */
const LIMIT_MS = 30 * 60 * 1000;

const kernel = await findUserModeLinux();
if ("missing" in kernel) throw new Error(kernel.missing);
const runner = new URL("../support/run_tests.ts", import.meta.url).pathname;
const end = await runInLab(kernel, [
  ...[Deno.execPath(), "run", "--no-prompt", ...PERMISSIONS, runner],
  ...["--require-host", "--host-only", "--no-check"],
  ...(Deno.args.length > 0 ? Deno.args : SUITES),
], {
  environment: Deno.env.toObject(),
  folder: Deno.cwd(),
  stdin: new Uint8Array(),
  memoryMb: 1024,
  timeoutMs: LIMIT_MS,
});
if (end.kind !== "exited") throw new Error(`The lab ended without a result: ${end.kind}`);
Deno.exit(end.status);
