import type { Endpoint } from "../socket/udp_sockets.ts";

/** A question to a server. */
export interface Question {
  /** The server. */
  readonly to: Endpoint;
  /** What to send. */
  readonly payload: Uint8Array;
  /** How long to wait for the answer, in nanoseconds. */
  readonly timeoutNs: number;
  /** Port to send from; the kernel's choice when left out. */
  readonly sourcePort?: number;
}

/** How a question ended. */
export type Reply =
  | { readonly outcome: "answered"; readonly payload: Uint8Array; readonly localPort: number }
  | { readonly outcome: "refused" | "timed-out" | "unreachable" };

/** A server that sends back what it receives. */
export interface EchoServer {
  /** Clients in the order of their coming: of TCP each connection, of UDP each datagram. */
  readonly clients: readonly Endpoint[];
  /** Stops it. */
  close(): void;
}
