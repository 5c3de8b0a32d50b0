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
  const { begin, size, first } = rangeOf(namespace);
  for (let i = 0; i < size; i++) {
    const port = begin + (first + i) % size;
    if (!isTaken(port)) return port;
  }
  return undefined;
}

/**
 * Chooses the port of an outgoing TCP connection: one of those that are as even as the range's
 * first, so that listeners find the others free, and only then one of those (`__inet_hash_connect`).
 *
 * @param namespace Whose range.
 * @param isTaken Tells whether a port cannot be used.
 * @returns The port, or undefined where none can be.
 */
export function freeConnectPort(
  namespace: NetworkNamespace,
  isTaken: (port: number) => boolean,
): number | undefined {
  const { begin, size, first } = rangeOf(namespace);
  const evenFirst = first - first % 2;
  for (const parity of [0, 1]) {
    for (let i = parity; i < size; i += 2) {
      const port = begin + (evenFirst + i) % (size + size % 2);
      if (port < begin + size && !isTaken(port)) return port;
    }
  }
  return undefined;
}

/** The ports to choose from, and the one to begin at. */
function rangeOf(
  namespace: NetworkNamespace,
): { readonly begin: number; readonly size: number; readonly first: number } {
  const range = namespace.sysctls.get("net.ipv4.ip_local_port_range") ?? DEFAULT_RANGE;
  const [begin = 0, end = 0] = range.split(/\s+/).map(Number);
  const size = end - begin + 1;
  return { begin, size, first: namespace.machine.random.nextUint32() % size };
}
