import type { Ipv4Stack } from "../path/ipv4_stack.ts";
import type { TcpSocket } from "../socket/tcp_socket.ts";
import type { TcpEnd } from "../tcp/events.ts";
import type { Endpoint } from "../socket/udp_sockets.ts";
import type { VirtualClock } from "../time/virtual_clock.ts";
import type { EchoServer, Question, Reply } from "./exchange.ts";

/**
 * Starts a TCP server that sends back what it receives, up to the client's end of stream.
 *
 * @param stack Where it runs.
 * @param port Its port, 1 to 65,535.
 * @returns The server.
 * @throws {RangeError} If the port is taken.
 */
export function serveTcpEcho(stack: Ipv4Stack, port: number): EchoServer {
  const clients: Endpoint[] = [];
  const open = new Set<TcpSocket>();
  const listener = stack.tcp.listen({ port }, () => {
    listener?.accept((socket) => {
      clients.push(socket.remote);
      open.add(socket);
      return {
        readable: () => readAll(socket).forEach((bytes) => socket.write(bytes)),
        peerClosed: () => {
          readAll(socket).forEach((bytes) => socket.write(bytes));
          socket.finish();
        },
        ended: () => open.delete(socket),
      };
    });
  });
  if (listener === undefined) throw new RangeError(`TCP port ${port} is taken; choose another`);
  return {
    clients,
    close: () => {
      listener.close();
      for (const socket of open) socket.close();
    },
  };
}

/** How a connection's end reads as the end of a question. */
const OUTCOMES: Readonly<Record<TcpEnd, "refused" | "timed-out" | "unreachable">> = {
  "closed": "refused",
  "reset": "refused",
  "refused": "refused",
  "timed-out": "timed-out",
  "unreachable": "unreachable",
};

/**
 * Connects, sends a question, ends its side, and reads the answer to the end.
 *
 * @param stack Where the client runs.
 * @param clock The clock of the simulation.
 * @param question What to send, and whom to.
 * @param done Hears how it ended.
 */
export function askTcp(
  stack: Ipv4Stack,
  clock: VirtualClock,
  question: Question,
  done: (reply: Reply) => void,
): void {
  const { to, payload, timeoutNs, sourcePort } = question;
  const pieces: Uint8Array[] = [];
  let socket: TcpSocket | undefined;
  const settle = (reply: Reply) => {
    timer.cancel();
    socket?.close();
    socket = undefined;
    done(reply);
  };
  const timer = clock.after(timeoutNs, () => settle({ outcome: "timed-out" }));
  const port = sourcePort === undefined ? {} : { port: sourcePort };
  const opened = stack.tcp.connect({ remote: to, ...port }, {
    connected: () => {
      socket?.write(payload);
      socket?.finish();
    },
    readable: () => {
      if (socket !== undefined) pieces.push(...readAll(socket));
    },
    peerClosed: () => {
      if (socket === undefined) return;
      pieces.push(...readAll(socket));
      settle({ outcome: "answered", payload: joined(pieces), localPort: socket.local.port });
    },
    ended: (end) => settle({ outcome: OUTCOMES[end] }),
  });
  if (typeof opened === "string") return settle({ outcome: "unreachable" });
  socket = opened;
}

/**
 * Takes everything that waits at a socket.
 *
 * @param socket The socket.
 * @returns It, in pieces.
 */
export function readAll(socket: TcpSocket): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let bytes = socket.read(); bytes !== undefined; bytes = socket.read()) pieces.push(bytes);
  return pieces;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
