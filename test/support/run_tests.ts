/**
 * Runs all tests: on simulated kernels always, and on the real one in a sandbox where one is to be
 * had. Arguments go to `deno test`.
 *
 * @module
 */

import {
  findSandbox,
  networkNamespace,
  output,
  prepareMounts,
  SANDBOX_VARIABLE,
} from "../../src/cli/demo/sandbox.ts";
import { countTests, oneSidedCases, summaryLines } from "./test_report.ts";

/** Permissions of the tests: they start tools, servers and sandboxes of their own. */
const PERMISSIONS = ["--allow-run", "--allow-read", "--allow-write", "--allow-net", "--allow-env"];

/** Argument that makes a run fail in which no test ran on a real kernel. */
const REQUIRE_HOST = "--require-host";

/** Argument that leaves out what needs no real kernel. */
const HOST_ONLY = "--host-only";

/** The cases of the real kernel, which say so in their titles. */
const HOST_FILTER = String.raw`--filter=/\[host\]/`;

/** First argument of the second start, inside the sandbox. */
const INSIDE = "--inside-sandbox";

const [first, ...rest] = Deno.args;
Deno.exit(first === INSIDE ? await runInside(rest) : await runOutside(Deno.args));

async function runOutside(given: readonly string[]): Promise<number> {
  const isHostOnly = given.includes(HOST_ONLY);
  const args = given.filter((arg) => arg !== REQUIRE_HOST && arg !== HOST_ONLY);
  if (isHostOnly && !args.some((arg) => arg.startsWith("--filter"))) args.push(HOST_FILTER);
  const report = await Deno.makeTempFile({ prefix: "berth-", suffix: ".xml" });
  const sandbox = await findSandbox();
  const test = [Deno.execPath(), "test", "--no-prompt", ...PERMISSIONS, `--junit-path=${report}`];
  const words = "missing" in sandbox ? test : [
    ...[...sandbox.words, Deno.execPath(), "run", "--no-prompt", ...PERMISSIONS],
    ...[import.meta.filename ?? "", INSIDE, ...test],
  ];
  const env = "missing" in sandbox
    ? { BERTH_NO_SANDBOX: sandbox.missing }
    : { [SANDBOX_VARIABLE]: await networkNamespace() };
  const targets = args.some((arg) => !arg.startsWith("-")) ? args : [...args, "test/"];
  const status = await start([...words, ...targets], env);
  const xml = await Deno.readTextFile(report);
  const counts = countTests(xml);
  await Deno.remove(report);
  const kernel = "missing" in sandbox
    ? `none: ${sandbox.missing}`
    : `${(await output(["uname", "-sr"])).stdout.trim()}, ` +
      `${(await output(["ip", "-V"])).stdout.trim()}, sandbox by ${sandbox.by}`;
  const isHostMissed = given.includes(REQUIRE_HOST) && counts.ranOn.host === 0;
  const missed = [
    ...(isHostMissed ? ["no test ran on a real kernel, which this run requires"] : []),
    ...(isHostOnly ? [] : oneSidedCases(xml)).map((title) =>
      `a case stands on one kernel alone: ${title}`
    ),
  ];
  // deno-lint-ignore no-console
  for (const line of [...missed, ...summaryLines(counts, kernel)]) console.log(line);
  if (missed.length > 0) return 1;
  return status === 0 && counts.failed > 0 ? 1 : status;
}

async function runInside(words: readonly string[]): Promise<number> {
  await prepareMounts();
  await output(["ip", "link", "set", "lo", "up"]);
  return await start(words, {});
}

async function start(words: readonly string[], env: Record<string, string>): Promise<number> {
  const [program = "", ...args] = words;
  const child = new Deno.Command(program, { args, env, stdin: "null" }).spawn();
  return (await child.status).code;
}
