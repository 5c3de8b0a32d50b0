import type { NetworkNamespace } from "../model/namespace.ts";

/** The range of a kernel that was told nothing. */
const DEFAULT_RANGE = "32768\t60999";

/**
 * Chooses an ephemeral port as Linux does: within `ip_local_port_range`, from a chance beginning.
 *
 * @param namespace Whose range.
 * @param isTaken Tells whether a port is in use.
 * @returns The port, or undefined where all are in use.
 */
export function freePort(
  namespace: NetworkNamespace,
  isTaken: (port: number) => boolean,
): number | undefined {
  const range = namespace.sysctls.get("net.ipv4.ip_local_port_range") ?? DEFAULT_RANGE;
  const [begin = 0, end = 0] = range.split(/\s+/).map(Number);
  const size = end - begin + 1;
  const first = namespace.machine.random.nextUint32() % size;
  for (let i = 0; i < size; i++) {
    const port = begin + (first + i) % size;
    if (!isTaken(port)) return port;
  }
  return undefined;
}
