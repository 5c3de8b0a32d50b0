import { runInLab } from "../lab/boot.ts";
import { findUserModeLinux } from "../lab/user_mode_linux.ts";

const PERMISSIONS = ["--allow-run", "--allow-read", "--allow-write", "--allow-net", "--allow-env"];

/** Memory of the lab, in MiB. */
const MEMORY_MB = 1024;

/** Longest time that a run may take, in milliseconds. */
const LIMIT_MS = 60 * 60_000;

/**
 * Starts a module again inside the lab.
 *
 * @param module Path of the module.
 * @param words Its arguments there.
 * @param say Told why there is no lab.
 * @returns Its exit status.
 */
export async function conformInLab(
  module: string,
  words: readonly string[],
  say: (text: string) => void,
): Promise<number> {
  const kernel = await findUserModeLinux();
  if ("missing" in kernel) {
    say(`Nothing was compared: ${kernel.missing}`);
    return 1;
  }
  const end = await runInLab(
    kernel,
    [Deno.execPath(), "run", "--quiet", "--no-prompt", ...PERMISSIONS, module, ...words],
    {
      environment: Deno.env.toObject(),
      folder: Deno.cwd(),
      stdin: new Uint8Array(),
      memoryMb: MEMORY_MB,
      timeoutMs: LIMIT_MS,
    },
  );
  if (end.kind === "exited") return end.status;
  say(`The lab ended without a result: ${end.kind}`);
  return 1;
}
