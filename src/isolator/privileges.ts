import { isNotFound } from "../kernel/kernel_error.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import { namespaceOfProcess } from "./container_handle.ts";
import { IsolatorError } from "./isolator_error.ts";

/** Capabilities that the isolator needs, by their bit in `/proc/self/status`. */
const NEEDED_CAPABILITIES = { CAP_NET_ADMIN: 12n, CAP_SYS_ADMIN: 21n };

/**
 * Checks that this process may administer a network at all.
 *
 * @param kernel The host's kernel.
 * @throws {IsolatorError} With code `missing-privileges` or `unsupported-kernel`.
 */
export async function checkPrivileges(kernel: KernelNetwork): Promise<void> {
  const missing = missingCapabilities(await readStatus(kernel));
  if (missing.length > 0) {
    throw new IsolatorError(
      "missing-privileges",
      `This process lacks ${missing.join(" and ")}; run it as root`,
    );
  }
  if (await namespaceOfProcess(kernel, "self") === undefined) {
    throw new IsolatorError(
      "unsupported-kernel",
      "This kernel has no network namespaces; use one built with CONFIG_NET_NS",
    );
  }
}

async function readStatus(kernel: KernelNetwork): Promise<string> {
  try {
    return await kernel.readFile("/proc/self/status");
  } catch (error) {
    if (!isNotFound(error)) throw error;
    throw new IsolatorError("unsupported-kernel", "/proc cannot be read; mount it", {
      cause: error,
    });
  }
}

/**
 * Lists the needed capabilities that a process lacks.
 *
 * @param status Content of its `/proc/<pid>/status`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(missingCapabilities("CapEff:\t0000000000001000\n"), ["CAP_SYS_ADMIN"]);
 * ```
 */
export function missingCapabilities(status: string): string[] {
  const digits = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  const effective = BigInt(`0x${digits}`);
  return Object.entries(NEEDED_CAPABILITIES)
    .filter(([, bit]) => (effective >> bit & 1n) === 0n)
    .map(([name]) => name);
}
