import { startProgram } from "../../kernel/process.ts";
import { EXIT, ExitWith } from "../exit.ts";
import { findSandbox, networkNamespace, SANDBOX_VARIABLE } from "./sandbox.ts";

/** Permissions of a story on the real kernel: it starts tools and servers, and mounts folders. */
const PERMISSIONS = ["--allow-run", "--allow-read", "--allow-write", "--allow-net", "--allow-env"];

/**
 * Starts this program again inside a sandbox of the real kernel.
 *
 * @param words Its command line there.
 * @returns Its exit status.
 * @throws {ExitWith} If no sandbox can be made here.
 */
export function enterSandbox(words: readonly string[]): Promise<number> {
  return enterSandboxWith(new URL("../main.ts", import.meta.url).pathname, words);
}

/**
 * Starts a module inside a sandbox of the real kernel.
 *
 * @param module Path of the module.
 * @param words Its arguments.
 * @returns Its exit status.
 * @throws {ExitWith} If no sandbox can be made here.
 */
export async function enterSandboxWith(
  module: string,
  words: readonly string[],
): Promise<number> {
  const sandbox = await findSandbox();
  if ("missing" in sandbox) {
    throw new ExitWith(
      EXIT.failed,
      `No sandbox can be made here (${sandbox.missing}); run as root, or allow user namespaces`,
    );
  }
  Deno.env.set(SANDBOX_VARIABLE, await networkNamespace());
  const child = startProgram([
    ...sandbox.words,
    ...[Deno.execPath(), "run", "--quiet", "--no-prompt", ...PERMISSIONS, module],
    ...words,
  ]);
  return (await child.status).code;
}
