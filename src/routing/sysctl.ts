import type { Command } from "../kernel/command.ts";
import { isNotFound } from "../kernel/kernel_error.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";

/** Kernel settings by dotted key; a link's own dots stand as slashes, as `sysctl` reads them. */
export type Sysctls = ReadonlyMap<string, string>;

/**
 * Spells a link's name inside a dotted key.
 *
 * @param link Name of the link, which may hold dots (`eth0.100`).
 */
export function sysctlLink(link: string): string {
  return link.replaceAll(".", "/");
}

/**
 * Gives the file behind a key.
 *
 * @param key Dotted key.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(sysctlPath("net.ipv4.conf.eth0/7.mtu"), "/proc/sys/net/ipv4/conf/eth0.7/mtu");
 * ```
 */
export function sysctlPath(key: string): string {
  return "/proc/sys/" + key.split(".").map((part) => part.replaceAll("/", ".")).join("/");
}

/**
 * Reads one setting of the kernel's own namespace.
 *
 * @param kernel Where to look.
 * @param key Dotted key.
 * @returns Its value with blanks folded, or undefined where this kernel has no such setting.
 * @throws {KernelError} If it is there but cannot be read.
 */
export async function readSysctl(kernel: KernelNetwork, key: string): Promise<string | undefined> {
  try {
    return foldBlanks(await kernel.readFile(sysctlPath(key)));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/**
 * Writes one setting of the kernel's own namespace, unless it has that value.
 *
 * @param kernel Where to write.
 * @param key Dotted key.
 * @param value The value.
 * @returns Whether it was written.
 * @throws {KernelError} If the kernel refuses.
 */
export async function writeSysctl(
  kernel: KernelNetwork,
  key: string,
  value: string,
): Promise<boolean> {
  if ((await readSysctl(kernel, key)) === value) return false;
  await kernel.writeFile(sysctlPath(key), value);
  return true;
}

/**
 * Writes settings, then reads some back, all in one process.
 *
 * @param values What to write.
 * @param readBack Keys whose value is printed after the last write.
 */
export function setSysctls(values: Sysctls, readBack: readonly string[] = []): Command {
  const writes = [...values].map(([key, value]) => `${key}=${value}`);
  return { tool: "sysctl", words: [...writes, ...readBack] };
}

/**
 * Reads `key = value` lines, as `sysctl` prints them.
 *
 * @param text What was printed.
 * @returns The last value printed for each key, with blanks folded.
 */
export function parseSysctls(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const equals = line.indexOf(" = ");
    if (equals > 0) values.set(line.slice(0, equals), foldBlanks(line.slice(equals + 3)));
  }
  return values;
}

function foldBlanks(text: string): string {
  return text.trim().replace(/\s+/g, " ");
}
