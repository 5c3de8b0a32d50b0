import { isNotFound, isNotPermitted } from "../kernel/kernel_error.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import { NAMESPACE_FOLDER } from "../routing/namespace.ts";
import { IsolatorError } from "./isolator_error.ts";

/** Folder of symbolic links from container ids to namespace handles. */
export const SYMLINK_FOLDER = "/var/run/mesos/netns";

/** A symbolic link from a container's id to the handle of its namespace. */
export interface ContainerSymlink {
  /** The container's id. */
  readonly id: string;
  /** The process that the handle is named for; undefined where the link points elsewhere. */
  readonly pid?: number;
}

/**
 * Gives the path of a container's symbolic link.
 *
 * @param id The container's id.
 */
export function symlinkPath(id: string): string {
  return `${SYMLINK_FOLDER}/${id}`;
}

/**
 * Gives the path of a namespace handle.
 *
 * @param pid The process that it is named for.
 */
export function handlePath(pid: number): string {
  return `${NAMESPACE_FOLDER}/${pid}`;
}

/**
 * Lists the symbolic links of all containers.
 *
 * @param kernel Where to look.
 * @returns The links, sorted by id; none where the folder was never made.
 * @throws {KernelError} If the folder or a link cannot be read.
 */
export async function listSymlinks(kernel: KernelNetwork): Promise<ContainerSymlink[]> {
  const ids = await unlessAbsent(() => kernel.readDirectory(SYMLINK_FOLDER)) ?? [];
  const links = await Promise.all(ids.map(async (id): Promise<ContainerSymlink[]> => {
    const target = await unlessAbsent(() => kernel.readLink(symlinkPath(id)));
    if (target === undefined) return [];
    const pid = /^(?:\/var)?\/run\/netns\/([1-9]\d*)$/.exec(target)?.[1];
    return [pid === undefined ? { id } : { id, pid: Number(pid) }];
  }));
  return links.flat();
}

/**
 * Names the network namespace of a process, so that it can be compared with that of a handle.
 *
 * @param kernel Where to look.
 * @param pid The process.
 * @returns A name such as `net:[4026531840]`, or undefined where there is no such process.
 * @throws {IsolatorError} With code `missing-privileges` if it may not be read.
 * @throws {KernelError} If it cannot be read for another reason.
 */
export async function namespaceOfProcess(
  kernel: KernelNetwork,
  pid: number | "self",
): Promise<string | undefined> {
  try {
    return await unlessAbsent(() => kernel.readLink(`/proc/${pid}/ns/net`));
  } catch (error) {
    if (!isNotPermitted(error)) throw error;
    throw new IsolatorError(
      "missing-privileges",
      `The network of process ${pid} may not be looked at, since it has more capabilities than ` +
        "this one; give this one CAP_SYS_PTRACE",
      { cause: error },
    );
  }
}

/**
 * Reads which namespace each handle keeps.
 *
 * @param mountinfo Content of `/proc/self/mountinfo`.
 * @returns Names such as `net:[4026531840]` by the handle's name.
 */
export function namespacesOfHandles(mountinfo: string): Map<string, string> {
  const namespaces = new Map<string, string>();
  for (const line of mountinfo.split("\n")) {
    const words = line.split(" ");
    const name = /^(?:\/var)?\/run\/netns\/([^/]+)$/.exec(words[4] ?? "")?.[1];
    if (name !== undefined && words[3] !== undefined) namespaces.set(name, words[3]);
  }
  return namespaces;
}

async function unlessAbsent<T>(operation: () => Promise<T>): Promise<T | undefined> {
  try {
    return await operation();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
