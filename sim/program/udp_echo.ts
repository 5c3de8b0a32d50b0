import type { Ipv4Stack } from "../path/ipv4_stack.ts";
import type { Endpoint } from "../socket/udp_sockets.ts";
import type { VirtualClock } from "../time/virtual_clock.ts";
import type { EchoServer, Question, Reply } from "./exchange.ts";

/**
 * Starts a UDP server that sends each datagram back to where it came from.
 *
 * @param stack Where it runs.
 * @param port Its port, 1 to 65,535.
 * @returns The server.
 * @throws {RangeError} If the port is taken.
 */
export function serveUdpEcho(stack: Ipv4Stack, port: number): EchoServer {
  const clients: Endpoint[] = [];
  const server = stack.udp.open({ port }, {
    received: (payload, from) => {
      clients.push(from);
      server?.send(payload, from);
    },
  });
  if (server === undefined) throw new RangeError(`UDP port ${port} is taken; choose another`);
  return { clients, close: () => server.close() };
}

/**
 * Sends one datagram and waits for one back.
 *
 * @param stack Where the client runs.
 * @param clock The clock of the simulation.
 * @param question What to send, and whom to.
 * @param done Hears how it ended.
 * @throws {RangeError} If the source port is taken, or no port is free.
 */
export function askUdp(
  stack: Ipv4Stack,
  clock: VirtualClock,
  question: Question,
  done: (reply: Reply) => void,
): void {
  const { to, payload, timeoutNs, sourcePort } = question;
  const port = sourcePort === undefined ? {} : { port: sourcePort };
  const settle = (reply: Reply) => {
    timer.cancel();
    socket?.close();
    done(reply);
  };
  const timer = clock.after(timeoutNs, () => settle({ outcome: "timed-out" }));
  const socket = stack.udp.open({ remote: to, ...port }, {
    received: (answer) =>
      settle({ outcome: "answered", payload: answer, localPort: socket?.localPort ?? 0 }),
    failed: (reason) => {
      if (reason === "refused" || reason === "unreachable") settle({ outcome: reason });
    },
  });
  if (socket === undefined) {
    timer.cancel();
    throw new RangeError("The source port is taken, or no port is free; choose another");
  }
  if (socket.send(payload, to) !== undefined) settle({ outcome: "unreachable" });
}
