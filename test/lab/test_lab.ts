/**
 * Proves in the lab, whose kernel has every qdisc, classifier and action, what the kernel of a
 * cloud may lack, by tests that want a real kernel. Arguments are files or folders of tests. With
 * `--compare`, a second lab checks meanwhile that it still gives the recorded answers about basic,
 * gact and police, and compares random commands with the simulator.
 *
 * @module
 */

import { runInLab } from "./boot.ts";
import { findUserModeLinux, type UserModeLinux } from "./user_mode_linux.ts";

const PERMISSIONS = ["--allow-run", "--allow-read", "--allow-write", "--allow-net", "--allow-env"];

/** Time of the whole run on a machine that is busy with other things. */
const LIMIT_MS = 30 * 60 * 1000;

/**
 * Which tests run when none are named: what the kernel of a cloud may lack, above all fq_codel and
 * the reference's `basic` filters, and the words of every object. A process takes 85 ms to start
 * here, so the suites that start many stay out, and so do the cases of single filters: they show
 * nothing that differs between kernels.
 */
const SUITES = [
  String
    .raw`--filter=/([Ll]imit|Scale|ceil|fq_codel|Qdisc|Link|veth|Eth0|reference).*\[host\]/`,
  ...["isolator_limits", "routing", "take_over"].map((name) => `test/suites/${name}_test.ts`),
];

/** Recorded answers that the kernel of the lab must still give. */
const RECORDED = ["basic", "gact", "police", "traffic_actions"].map((name) =>
  `test/transcripts/lab/${name}.txt`
);

/** A slice of `deno task conform --kernel uml`; the seeds are those whose sequences are short. */
const COMPARED = ["--kernel", "uml", "--seed", "1", "--runs", "6", "--frames", "0", "--as-found"];

function tests(args: readonly string[]): string[] {
  return ["../support/run_tests.ts", "--require-host", "--host-only", "--no-check", ...args];
}

/** Runs modules one after the other, each in a lab of its own, up to the first that fails. */
async function run(
  kernel: UserModeLinux,
  runs: readonly (readonly string[])[],
): Promise<number> {
  for (const [module = "", ...args] of runs) {
    const path = new URL(module, import.meta.url).pathname;
    const end = await runInLab(kernel, [
      ...[Deno.execPath(), "run", "--quiet", "--no-prompt", "--no-check", ...PERMISSIONS, path],
      ...args,
    ], {
      environment: Deno.env.toObject(),
      folder: Deno.cwd(),
      stdin: new Uint8Array(),
      memoryMb: 1024,
      timeoutMs: LIMIT_MS,
    });
    if (end.kind !== "exited") throw new Error(`The lab ended without a result: ${end.kind}`);
    if (end.status !== 0) {
      // deno-lint-ignore no-console
      console.error(`In the lab, ${[module, ...args].join(" ")} ended with ${end.status}`);
      return end.status;
    }
  }
  return 0;
}

const kernel = await findUserModeLinux();
if ("missing" in kernel) {
  // deno-lint-ignore no-console
  console.error(`No test ran in the lab: ${kernel.missing}`);
  Deno.exit(1);
}
const COMPARE = "--compare";
const named = Deno.args.filter((arg) => arg !== COMPARE);
// A lab has one processor, and most machines have two.
const statuses = await Promise.all([
  run(kernel, [tests(named.length > 0 ? named : SUITES)]),
  run(
    kernel,
    Deno.args.includes(COMPARE)
      ? [
        ["../support/record_transcript.ts", "--check", ...RECORDED],
        ["../conform/conform.ts", "--in-lab", ...COMPARED],
      ]
      : [],
  ),
]);
Deno.exit(Math.max(...statuses));
