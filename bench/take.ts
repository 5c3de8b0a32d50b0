/**
 * Runs the benches whose figures `README.md` shows, one after another, and leaves what they print in
 * `figures/`; then `bench:report` writes the tables and the charts. Arguments name the benches to
 * run; all of them when there are none. Nothing else should run on the machine meanwhile.
 *
 * @module
 */

import { remark } from "../src/cli/print.ts";
import { runTool } from "../src/kernel/process.ts";

/** Each bench by the name of its file of figures, and its command line. */
const BENCHES: Readonly<Record<string, readonly string[]>> = {
  host: ["task", "-q", "bench:host", "--json"],
  churn: ["task", "-q", "bench:churn", "--containers=1000", "--cni=200", "--json"],
  together: ["task", "-q", "bench:churn", "--containers=1000", "--cni=0", "--together", "--json"],
  steering: ["task", "-q", "bench:steering", "--json"],
  move: ["task", "-q", "bench:move", "--containers=200", "--json"],
  u32: ["bench", "--json", "--no-prompt", "bench/sim/u32_bench.ts"],
};

/** How long one bench may take, in milliseconds. */
const TIMEOUT_MS = 1_800_000;

for (const name of Deno.args.length > 0 ? Deno.args : Object.keys(BENCHES)) {
  const words = BENCHES[name];
  if (words === undefined) {
    remark(`There is no bench ${name}; choose from ${Object.keys(BENCHES).join(", ")}`);
    Deno.exit(2);
  }
  remark(`deno ${words.join(" ")}`);
  const options = { stdin: "", timeoutMs: TIMEOUT_MS, env: Deno.env.toObject() };
  const { status, stdout, stderr } = await runTool([Deno.execPath(), ...words], options);
  if (status !== 0) {
    remark(`${stderr}It failed with status ${status}; its figures stay as they were`);
    Deno.exit(1);
  }
  // `deno bench` names the file of each bench by where it lies on this machine.
  const figures = stdout.replace(/^ *"origin": .*\n/gm, "");
  await Deno.writeTextFile(`${import.meta.dirname}/figures/${name}.json`, figures);
}
