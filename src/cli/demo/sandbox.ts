/**
 * A private network of the real kernel, so that no test can touch the machine's own.
 *
 * @module
 */

import { runTool, type ToolResult } from "../../kernel/process.ts";

/** Set inside a sandbox, to the name of the network namespace that it was made from. */
export const SANDBOX_VARIABLE = "BERTH_SANDBOX_OF";

/**
 * Source of the tmpfs on a sandbox's `/run`, by which the kernel itself tells it from any other.
 */
const MARK = "berth-sandbox";

/** How a sandbox is made, from the strongest means to the weakest. */
const MEANS: readonly { readonly words: readonly string[]; readonly by: string }[] = [
  { words: ["unshare", "--net", "--mount"], by: "root" },
  { words: ["unshare", "--user", "--map-root-user", "--net", "--mount"], by: "a user namespace" },
];

/** Tools that a world needs, how each tells its version, and the Debian package that brings it. */
const TOOLS: readonly (readonly [string, string, string])[] = [
  ["ip", "-V", "iproute2"],
  ["tc", "-V", "iproute2"],
  ["ss", "-V", "iproute2"],
  ["sysctl", "--version", "procps"],
  ["ping", "-V", "iputils-ping"],
  ["nsenter", "--version", "util-linux"],
];

/** Replaces all of `/run`: an ordinary user may not make folders in the machine's own. */
const PRIVATE_RUN = ["mount", "-t", "tmpfs", "-o", "mode=755", MARK, "/run"];

/** A sysfs shows the links of the namespace that it was mounted in, so the old one will not do. */
const PRIVATE_SYS = ["mount", "-t", "sysfs", "sysfs", "/sys"];

/** What a sandbox changes about its own mounts, which nobody else sees. */
const MOUNTS: readonly (readonly string[])[] = [
  ["mount", "--make-rprivate", "/"],
  PRIVATE_RUN,
  ["/usr/bin/mkdir", "/run/netns", "/run/mesos"],
  PRIVATE_SYS,
];

/** What must work in a sandbox; each is tried in a namespace that ends with it. */
const TRIALS: readonly (readonly string[])[] = [
  ["ip", "link", "add", "type", "veth"],
  ["tc", "qdisc", "add", "dev", "lo", "ingress"],
  PRIVATE_RUN,
  PRIVATE_SYS,
];

/**
 * Finds out how a sandbox can be made here.
 *
 * @returns The words to put before a program, and by what means; or why there is none to be had.
 */
export async function findSandbox(): Promise<
  | { readonly words: readonly string[]; readonly by: string }
  | { readonly missing: string }
> {
  const reasons = await missingTools();
  if (reasons.length > 0) return { missing: reasons.join(", ") };
  for (const means of MEANS) {
    const refusal = await trialRefusal(means.words);
    if (refusal === undefined) return means;
    reasons.push(`${means.by}: ${refusal}`);
  }
  return { missing: reasons.join("; ") };
}

async function missingTools(): Promise<string[]> {
  // One that may not even be started, for want of a capability that its file asks for, is missing.
  const answers = await Promise.all(
    TOOLS.map(([tool, flag]) => output([tool, flag]).catch(() => undefined)),
  );
  return TOOLS.filter((_, i) => answers[i] === undefined || answers[i].failure !== undefined)
    .map(([tool, , debianPackage]) => `no ${tool} (package ${debianPackage})`);
}

async function trialRefusal(means: readonly string[]): Promise<string | undefined> {
  for (const words of TRIALS) {
    const { status, stderr } = await output([...means, ...words]);
    if (status !== 0) return stderr.trim().split("\n")[0] || `status ${status}`;
  }
  return undefined;
}

/**
 * Makes the mounts of a sandbox that was just entered.
 *
 * @throws {Error} If a mount fails.
 */
export async function prepareMounts(): Promise<void> {
  for (const words of MOUNTS) {
    const { status, stderr } = await output(words);
    if (status !== 0) throw new Error(`"${words.join(" ")}" failed: ${stderr}`);
  }
}

/**
 * Tells why tests must not touch the real kernel here.
 *
 * A variable proves nothing, since anybody can set it, so the kernel is asked as well: whether this
 * network is another than the one outside and that of process 1, and whether `/run` is private.
 *
 * @returns The reason, or undefined inside a sandbox.
 */
export async function outsideSandbox(): Promise<string | undefined> {
  const madeFrom = Deno.env.get(SANDBOX_VARIABLE);
  if (madeFrom === undefined) {
    return Deno.env.get("BERTH_NO_SANDBOX") ?? 'not in a sandbox; run "deno task test"';
  }
  const own = await networkNamespace();
  // An ordinary user may not look at process 1, and then its network is out of reach anyway.
  const first = await networkNamespace("1");
  if (own === "" || own === madeFrom || own === first) {
    return "the sandbox is the machine's own network";
  }
  const mounts = (await output(["/usr/bin/cat", "/proc/self/mountinfo"])).stdout.split("\n");
  const onRun = mounts.map((line) => line.split(" ")).findLast((words) => words[4] === "/run");
  return onRun?.at(-2) === MARK ? undefined : "the sandbox has the machine's own /run";
}

/**
 * Names the network namespace of a process.
 *
 * @param pid Its id; this process when left out.
 * @returns The name, such as `net:[4026531840]`; empty where it may not be read.
 */
export async function networkNamespace(pid = "self"): Promise<string> {
  return (await output(["/usr/bin/readlink", `/proc/${pid}/ns/net`])).stdout.trim();
}

/**
 * Runs a program to its end.
 *
 * @param words The program and its arguments.
 * @returns Its exit status and text.
 */
export function output(words: readonly string[]): Promise<ToolResult> {
  return runTool(words, { stdin: "", timeoutMs: TIME_LIMIT_MS });
}

/** How long a program of a sandbox may take, in milliseconds. */
const TIME_LIMIT_MS = 60_000;
