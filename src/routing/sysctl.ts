import type { Command } from "../kernel/command.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import { run } from "../kernel/run.ts";

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
 * Reads settings of a namespace, all in one process.
 *
 * @param kernel Where to look.
 * @param keys Dotted keys.
 * @param namespace Name of the namespace; the kernel's own when left out.
 * @returns Values with blanks folded; keys that this kernel does not have are left out.
 * @throws {KernelError} If the kernel refuses.
 */
export async function readSysctls(
  kernel: KernelNetwork,
  keys: readonly string[],
  namespace?: string,
): Promise<Map<string, string>> {
  const where = namespace === undefined ? {} : { namespace };
  const { stdout } = await run(
    kernel,
    { tool: "sysctl", args: ["-e", ...keys], ...where, effect: "read" },
    { tolerate: [STATUS_SOME_REFUSED] },
  );
  return parseSysctls(stdout);
}

/** `sysctl` answers this when it could not read a setting, such as one that only root may see. */
const STATUS_SOME_REFUSED = 255;

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
