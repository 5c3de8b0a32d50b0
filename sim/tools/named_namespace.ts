import type { Machine } from "../model/machine.ts";
import type { NetworkNamespace } from "../model/namespace.ts";
import { Refusal, strerror } from "../model/refusal.ts";
import { type Console, STATUS_USAGE } from "./console.ts";

/** Folder of the handles that the tools know by name. */
export const HANDLE_FOLDER = "/var/run/netns";

/** The same folder as the tools spell it in what they say. */
export const HANDLE_FOLDER_SHOWN = "/run/netns";

/**
 * Finds a namespace by the name of its handle.
 *
 * @param machine The machine.
 * @param name Name of the handle, or a path.
 * @returns The namespace, or why there is none.
 */
export function findNamespace(machine: Machine, name: string): NetworkNamespace | Refusal {
  const path = name.includes("/") ? name : `${HANDLE_FOLDER}/${name}`;
  try {
    const pid = /^\/proc\/(\d+)\/ns\/net$/.exec(path)?.[1];
    if (pid !== undefined) {
      return machine.processes.get(Number(pid))?.namespace ?? new Refusal("ENOENT");
    }
    const node = machine.files.find(path);
    if (node === undefined) return new Refusal("ENOENT");
    const inode = node.kind === "file" ? node.namespaceInode : undefined;
    const namespace = inode === undefined ? undefined : machine.namespaceByInode(inode);
    return namespace ?? new Refusal("EINVAL");
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

/**
 * Enters a namespace by the name of its handle, and ends the tool where that fails.
 *
 * @param machine The machine.
 * @param name Name of the handle.
 * @param console Where to complain.
 * @param status Exit status of the tool where there is no such namespace.
 * @returns The namespace.
 */
export function namedNamespace(
  machine: Machine,
  name: string,
  console: Console,
  status: number = STATUS_USAGE,
): NetworkNamespace {
  const found = findNamespace(machine, name);
  if (!(found instanceof Refusal)) return found;
  if (found.errno === "EINVAL") {
    const complaint = `setting the network namespace "${name}" failed: Invalid argument\n`;
    return console.exit(complaint, status);
  }
  return console.exit(
    `Cannot open network namespace "${name}": ${strerror(found.errno)}\n`,
    status,
  );
}
