import type { NetworkNamespace } from "../model/namespace.ts";
import type { SocketEntry } from "../model/socket.ts";
import { isOrphan } from "../socket/tcp_entry.ts";

/** Bytes of a page, in which the kernel counts the memory of sockets. */
const PAGE_BYTES = 4096;

/**
 * Writes `/proc/net/sockstat`: how many sockets there are. `inuse` and `tw` are the namespace's own;
 * `orphan`, `alloc` and `mem` the machine's. The kernel reserves memory in steps and ahead of need;
 * here `mem` is what waits in the sockets' queues.
 *
 * @param namespace Whose sockets.
 */
export function formatSockstat(namespace: NetworkNamespace): string {
  const own = [...namespace.sockets.entries()];
  const all = [...namespace.machine.namespaces].flatMap(({ sockets }) => [...sockets.entries()]);
  const queuedBytes = all.filter(isTcpSocket)
    .map(({ receiveQueue, sendQueue, state }) => state === "LISTEN" ? 0 : receiveQueue + sendQueue)
    .reduce((sum, bytes) => sum + bytes, 0);
  const udp = own.filter(({ protocol }) => protocol === "udp");
  const used = own.filter((entry) => entry.protocol !== "tcp" || isTcpSocket(entry));
  const tcp = [
    ["inuse", own.filter(isTcpSocket)],
    ["orphan", all.filter((entry) => isTcpSocket(entry) && isOrphan(entry))],
    ["tw", own.filter(isRemnant)],
    ["alloc", all.filter(isTcpSocket)],
  ] as const;
  const counts = tcp.map(([name, { length }]) => `${name} ${length}`).join(" ");
  return `sockets: used ${used.length}\n` +
    `TCP: ${counts} mem ${Math.ceil(queuedBytes / PAGE_BYTES)}\n` +
    `UDP: inuse ${udp.length} mem 0\n` +
    "UDPLITE: inuse 0\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n";
}

/** Whether the kernel has a whole socket for it: not for a SYN, nor for what is left of one. */
function isTcpSocket(entry: SocketEntry): boolean {
  return entry.protocol === "tcp" && entry.state !== "SYN-RECV" && !isRemnant(entry);
}

/** What is left of a connection that nobody holds, in TIME-WAIT or waiting for the peer's FIN. */
function isRemnant(entry: SocketEntry): boolean {
  return entry.state === "TIME-WAIT" || (entry.state === "FIN-WAIT-2" && isOrphan(entry));
}
