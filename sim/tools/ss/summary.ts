import type { NetworkNamespace } from "../../model/namespace.ts";
import type { SocketEntry } from "../../model/socket.ts";
import { isOrphan } from "../../socket/tcp_entry.ts";

/** States in which TCP keeps a small note of a connection rather than a socket. */
const NOTES: ReadonlySet<string> = new Set(["TIME-WAIT", "SYN-RECV"]);

/** States that `CurrEstab` counts. */
const ESTABLISHED: ReadonlySet<string> = new Set(["ESTAB", "CLOSE-WAIT"]);

/**
 * Sums the sockets of a namespace up, as `ss -s` does from `/proc/net/sockstat`.
 *
 * @param namespace The namespace. TCP's total and its orphans are those of the whole machine.
 * @returns The whole text.
 */
export function summaryText(namespace: NetworkNamespace): string {
  const own = [...namespace.sockets.entries()];
  const all = [...namespace.machine.namespaces].flatMap(({ sockets }) => [...sockets.entries()]);
  const tcp = own.filter(({ protocol }) => protocol === "tcp");
  const allocated = all.filter(isTcpSocket);
  const waiting = tcp.filter(({ state }) => state === "TIME-WAIT").length;
  const inUse = tcp.filter(isTcpSocket).length;
  const established = tcp.filter(({ state }) => ESTABLISHED.has(state)).length;
  const orphaned = allocated.filter(isOrphan).length;
  const udp = own.filter(({ protocol }) => protocol === "udp").length;
  const closed = allocated.length - (inUse - waiting);
  return [
    `Total: ${own.filter((socket) => socket.protocol !== "tcp" || isTcpSocket(socket)).length}`,
    `TCP:   ${allocated.length + waiting} (estab ${established}, closed ${closed}, ` +
    `orphaned ${orphaned}, timewait ${waiting})`,
    "",
    "Transport Total     IP        IPv6",
    transport("RAW", 0),
    transport("UDP", udp),
    transport("TCP", inUse),
    transport("INET", udp + inUse),
    transport("FRAG", 0),
    "",
  ].map((line) => `${line}\n`).join("");
}

function isTcpSocket({ protocol, state }: SocketEntry): boolean {
  return protocol === "tcp" && !NOTES.has(state);
}

function transport(name: string, count: number): string {
  return `${name}\t  ${[count, count, 0].map((number) => String(number).padEnd(9)).join(" ")}`;
}
