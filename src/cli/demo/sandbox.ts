/**
 * A private network of the real kernel, so that no test can touch the machine's own.
 *
 * @module
 */

import { runTool, type ToolResult } from "../../kernel/process.ts";

/** Set inside a sandbox, to the name of the network namespace that it was made from. */
export const SANDBOX_VARIABLE = "BERTH_SANDBOX_OF";

/** How a sandbox is made, from the strongest means to the weakest. */
const MEANS: readonly { readonly words: readonly string[]; readonly by: string }[] = [
  { words: ["unshare", "--net", "--mount"], by: "root" },
  { words: ["unshare", "--user", "--map-root-user", "--net", "--mount"], by: "a user namespace" },
];

/** What a sandbox changes about its own mounts, which nobody else sees. */
const MOUNTS: readonly (readonly string[])[] = [
  ["mount", "--make-rprivate", "/"],
  ["/usr/bin/mkdir", "-p", "/run/netns", "/run/mesos"],
  ["mount", "-t", "tmpfs", "tmpfs", "/run/netns"],
  ["mount", "-t", "tmpfs", "tmpfs", "/run/mesos"],
  ["mount", "-t", "sysfs", "sysfs", "/sys"],
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
  const reasons: string[] = [];
  for (const means of MEANS) {
    const { status, stderr } = await output([...means.words, "ip", "link", "add", "type", "veth"]);
    if (status === 0) return means;
    reasons.push(`${means.by}: ${stderr.trim().split("\n")[0] ?? ""}`);
  }
  return { missing: reasons.join("; ") };
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
 * @returns The reason, or undefined inside a sandbox.
 */
export async function outsideSandbox(): Promise<string | undefined> {
  const madeFrom = Deno.env.get(SANDBOX_VARIABLE);
  if (madeFrom === undefined) {
    return Deno.env.get("BERTH_NO_SANDBOX") ?? 'not in a sandbox; run "deno task test"';
  }
  return madeFrom === await networkNamespace()
    ? "the sandbox is the machine's own network"
    : undefined;
}

/** Names the network namespace of this process. */
export async function networkNamespace(): Promise<string> {
  return (await output(["/usr/bin/readlink", "/proc/self/ns/net"])).stdout.trim();
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
