import type { ExchangeResult, TransferResult } from "./world.ts";

/** What a peer process can be asked to do, and what it answers. */
export interface PeerCalls {
  /** Opens a server that sends back what it receives. */
  listen: { request: { transport: "tcp" | "udp"; port: number }; answer: { server: number } };
  /** Lists the clients of a server. */
  peers: { request: { server: number }; answer: { address: string; port: number }[] };
  /** Closes a server. */
  close: { request: { server: number }; answer: null };
  /** Sends a text and waits for an answer. */
  exchange: {
    request: {
      transport: "tcp" | "udp";
      address: string;
      port: number;
      text: string;
      timeoutMs: number;
      sourcePort?: number;
    };
    answer: ExchangeResult;
  };
  /** Opens a server that throws away what it receives from one client, and counts it. */
  sink: { request: { port: number }; answer: { server: number } };
  /** Waits for the one client of a sink to end its stream. */
  drained: { request: { server: number; timeoutMs: number }; answer: TransferResult };
  /** Sends many bytes to a sink and ends the stream. */
  flood: {
    request: { address: string; port: number; bytes: number; timeoutMs: number };
    answer: { sentBytes: number };
  };
}

/** Name of a {@linkcode PeerCalls}. */
export type PeerCall = keyof PeerCalls;
