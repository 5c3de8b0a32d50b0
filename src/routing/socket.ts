import { look } from "../kernel/command.ts";
import type { KernelNetwork } from "../kernel/kernel_network.ts";
import { PORT_MAX } from "../ports/mod.ts";
import { ListingError } from "./json.ts";
import { wholeLines } from "./lines.ts";

/** One end of a TCP connection. */
export interface SocketEnd {
  /** IPv4 or IPv6 address, the latter without brackets; `*` for every address. */
  readonly address: string;
  /** Port; undefined where a listening socket has no peer. */
  readonly port?: number;
}

/** A TCP socket, as `ss -ti` lists it. */
export interface TcpSocket {
  /** Its state in the tool's own words: `ESTAB`, `LISTEN`, `TIME-WAIT`. */
  readonly state: string;
  /** Its own end. */
  readonly local: SocketEnd;
  /** The other end. */
  readonly peer: SocketEnd;
  /** Smoothed round-trip time in microseconds; undefined where none was measured yet. */
  readonly rttMicroseconds?: number;
}

/** A socket's line: its state, two queues, its own end and the other. */
const SOCKET = /^([A-Z][A-Z0-9-]+) +\d+ +\d+ +(\S+):(\d+|\*) +(\S+):(\d+|\*)(?:\s|$)/;

/** How the head of the columns begins, which wide listings have. */
const HEAD = /^State\s/;

/**
 * The smoothed time in milliseconds, up to its variation: `rtt:86.564/172.996`. Its digits are C's
 * `%g`; neither `minrtt:` nor `rcv_rtt:` is meant.
 */
const RTT = /\srtt:(\d+(?:\.\d+)?(?:e[+-]\d+)?)\//;

/** Microseconds in one of the tool's milliseconds. */
const MICROSECONDS = 1000;

/**
 * Reads TCP sockets, as `ss -tin` prints them: a line for each, and an indented one below it with
 * what TCP knows.
 *
 * @param text What was printed.
 * @throws {ListingError} If a line is neither.
 */
export function parseTcpSockets(text: string): TcpSocket[] {
  const sockets: TcpSocket[] = [];
  for (const line of wholeLines(text)) {
    if (HEAD.test(line)) continue;
    const last = sockets.at(-1);
    if (/^\s/.test(line) && last !== undefined) {
      sockets[sockets.length - 1] = { ...last, ...roundTripTime(line) };
    } else sockets.push(socketOf(line));
  }
  return sockets;
}

function roundTripTime(line: string): Pick<TcpSocket, "rttMicroseconds"> {
  const milliseconds = RTT.exec(line)?.[1];
  if (milliseconds === undefined) return {};
  return { rttMicroseconds: Math.round(Number(milliseconds) * MICROSECONDS) };
}

function socketOf(line: string): TcpSocket {
  const [, state, local, localPort, peer, peerPort] = SOCKET.exec(line) ?? [];
  if (!state || !local || !localPort || !peer || !peerPort) {
    throw new ListingError("a TCP socket", line);
  }
  const ends = { local: endOf(local, localPort), peer: endOf(peer, peerPort) };
  const isPort = ({ port = 0 }: SocketEnd) => port <= PORT_MAX;
  if (!isPort(ends.local) || !isPort(ends.peer)) throw new ListingError("ports", line);
  return { state, ...ends };
}

function endOf(text: string, port: string): SocketEnd {
  const address = text.replace(/^\[(.*)\]/, "$1").replace(/%\S+$/, "");
  return port === "*" ? { address } : { address, port: Number(port) };
}

/**
 * Tells whether a socket speaks IPv4: one of either family may, since IPv6 sockets take IPv4 peers
 * under mapped addresses.
 *
 * @param socket The socket.
 */
export function isIpv4Socket({ local }: TcpSocket): boolean {
  return /^(?:::ffff:)?\d+\.\d+\.\d+\.\d+$/.test(local.address);
}

/** Which sockets to list. */
export interface SocketQuery {
  /** Name of the namespace; the kernel's own when left out. */
  readonly namespace?: string;
  /** Listening and closing ones too; only those with a peer when left out. */
  readonly all?: boolean;
}

/**
 * Lists TCP sockets.
 *
 * @param kernel Where to look.
 * @param query Which sockets.
 * @throws {KernelError} If the kernel refuses, as it does where the namespace is gone.
 * @throws {ListingError} If the listing cannot be read.
 */
export async function listTcpSockets(
  kernel: KernelNetwork,
  query: SocketQuery = {},
): Promise<TcpSocket[]> {
  const { namespace, all = false } = query;
  const { stdout } = await look(kernel, {
    tool: "ss",
    words: [all ? "-tina" : "-tin"],
    ...(namespace === undefined ? {} : { namespace }),
  });
  return parseTcpSockets(stdout);
}
