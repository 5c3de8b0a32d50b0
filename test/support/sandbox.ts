/**
 * A private network of the real kernel, so that no test can touch the machine's own.
 *
 * @module
 */

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
  ["mkdir", "-p", "/run/netns", "/run/mesos"],
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
    const { code, stderr } = await output([...means.words, "ip", "link", "add", "type", "veth"]);
    if (code === 0) return means;
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
    const { code, stderr } = await output(words);
    if (code !== 0) throw new Error(`"${words.join(" ")}" failed: ${stderr}`);
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
  return (await output(["readlink", "/proc/self/ns/net"])).stdout.trim();
}

/**
 * Runs a program to its end.
 *
 * @param words The program and its arguments.
 * @returns Its exit status and text.
 */
export async function output(
  words: readonly string[],
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const [program = "", ...args] = words;
  const decoder = new TextDecoder();
  try {
    const result = await new Deno.Command(program, { args, stdin: "null" }).output();
    return {
      code: result.code,
      stdout: decoder.decode(result.stdout),
      stderr: decoder.decode(result.stderr),
    };
  } catch (error) {
    return {
      code: 127,
      stdout: "",
      stderr: error instanceof Error ? error.message : String(error),
    };
  }
}
