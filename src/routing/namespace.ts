import type { Command } from "../kernel/command.ts";
import { isNotFound } from "../kernel/kernel_error.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";

/** Folder of named network namespaces; fixed in iproute2, so that its tools see them. */
export const NAMESPACE_FOLDER = "/var/run/netns";

/**
 * Names the network namespace of a process.
 *
 * @param name The handle's name.
 * @param pid The process.
 */
export function attachNamespace(name: string, pid: number): Command {
  return { tool: "ip", words: ["netns", "attach", name, String(pid)] };
}

/**
 * Removes a namespace's name. The namespace itself lives on while a process is in it.
 *
 * @param name The handle's name.
 */
export function deleteNamespace(name: string): Command {
  return { tool: "ip", words: ["netns", "delete", name] };
}

/**
 * Lists the named namespaces.
 *
 * @param kernel Where to look.
 * @returns Their names, sorted; none where the folder was never made.
 * @throws {KernelError} If the folder cannot be read.
 */
export async function listNamespaces(kernel: KernelNetwork): Promise<string[]> {
  try {
    return await kernel.readDirectory(NAMESPACE_FOLDER);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/**
 * Tells whether a mount point is a mount of its own whose changes reach copies of the mount table.
 *
 * Handles in a folder that is not shared would stay mounted in every mount namespace made after
 * them, and keep a dead container's network alive.
 *
 * @param mountinfo Content of `/proc/self/mountinfo`.
 * @param folder Absolute path without symbolic links.
 */
export function isSharedMount(mountinfo: string, folder: string): boolean {
  return mountinfo.split("\n").some((line) => {
    const words = line.split(" ");
    const optional = words.slice(6, words.indexOf("-"));
    return words[4] === folder && optional.some((word) => word.startsWith("shared:"));
  });
}
