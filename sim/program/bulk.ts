import type { Ipv4Stack } from "../path/ipv4_stack.ts";
import type { Endpoint } from "../socket/udp_sockets.ts";
import type { TcpSocket } from "../socket/tcp_socket.ts";
import type { TcpEnd } from "../tcp/events.ts";
import { readAll } from "./tcp_echo.ts";

/** What happens at a sink. */
export interface SinkHandlers {
  /** A sender has connected. */
  readonly accepted?: () => void;
  /** Bytes have come, and were thrown away. @param bytes How many. */
  readonly took?: (bytes: number) => void;
  /** A sender's stream has ended. */
  readonly drained?: () => void;
}

/**
 * Starts a TCP server that throws away what it receives.
 *
 * @param stack Where it runs.
 * @param port Its port, 1 to 65,535.
 * @param handlers What happens at it.
 * @throws {RangeError} If the port is taken.
 */
export function serveSink(
  stack: Ipv4Stack,
  port: number,
  handlers: SinkHandlers,
): { close(): void } {
  const open = new Set<TcpSocket>();
  const listener = stack.tcp.listen({ port }, () => {
    listener?.accept((socket) => {
      open.add(socket);
      handlers.accepted?.();
      const take = () => {
        const bytes = readAll(socket).reduce((sum, { length }) => sum + length, 0);
        if (bytes > 0) handlers.took?.(bytes);
      };
      return {
        readable: take,
        peerClosed: () => {
          take();
          handlers.drained?.();
          socket.close();
        },
        ended: () => open.delete(socket),
      };
    });
  });
  if (listener === undefined) throw new RangeError(`TCP port ${port} is taken; choose another`);
  return {
    close: () => {
      listener.close();
      for (const socket of open) socket.close();
    },
  };
}

/** A bulk of bytes for a sink. */
export interface Bulk {
  /** The sink. */
  readonly to: Endpoint;
  /** How many bytes. */
  readonly bytes: number;
  /** Port to send from; the kernel's choice when left out. */
  readonly sourcePort?: number;
}

/**
 * Sends bytes over one TCP connection, and ends it.
 *
 * @param stack Where the sender runs.
 * @param bulk What to send, and whom to.
 * @param failed Hears why not all of it arrived.
 * @returns What breaks it off.
 */
export function sendBytes(
  stack: Ipv4Stack,
  { to, bytes, sourcePort }: Bulk,
  failed: (reason: Exclude<TcpEnd, "closed">) => void = () => {},
): () => void {
  const port = sourcePort === undefined ? {} : { port: sourcePort };
  const socket = stack.tcp.connect({ remote: to, ...port }, {
    ended: (end) => {
      if (end !== "closed") failed(end);
    },
  });
  if (typeof socket === "string") {
    failed("unreachable");
    return () => {};
  }
  socket.write(bytes);
  socket.finish();
  return () => socket.abort();
}
