/**
 * A program that opens sockets in whatever namespace it was started in, as its standard input asks.
 * Each line is a request `{ id, call, request }`; each line of its output an `{ id, answer }`.
 *
 * @module
 */

import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { connect, createServer, type Server, type Socket } from "node:net";
import { wholeLines } from "../../kernel/lines.ts";
import type { PeerCall, PeerCalls } from "./peer_protocol.ts";
import type { ExchangeResult, TransferResult } from "./world.ts";

/** Bytes that a flood writes at once. */
const CHUNK_BYTES = 65_536;

interface Client {
  readonly address: string;
  readonly port: number;
}

interface OpenServer {
  readonly clients: Client[];
  readonly close: () => void;
  readonly drained?: Promise<TransferResult>;
}

const servers: OpenServer[] = [];

type Handlers = {
  [Call in PeerCall]: (request: PeerCalls[Call]["request"]) => Promise<PeerCalls[Call]["answer"]>;
};

const handlers: Handlers = {
  listen: ({ transport, port }) => transport === "tcp" ? listenTcp(port) : listenUdp(port),
  peers: ({ server }) => Promise.resolve(servers[server]?.clients ?? []),
  close: ({ server }) => {
    servers[server]?.close();
    return Promise.resolve(null);
  },
  exchange: (request) => request.transport === "tcp" ? exchangeTcp(request) : exchangeUdp(request),
  sink: ({ port }) => openSink(port),
  drained: ({ server, timeoutMs }) => drained(server, timeoutMs),
  flood,
};

function register(server: OpenServer): { server: number } {
  return { server: servers.push(server) - 1 };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: "0.0.0.0" }, resolve);
  });
}

function clientOf(socket: Socket): Client {
  return { address: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
}

async function listenTcp(port: number) {
  const clients: Client[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    clients.push(clientOf(socket));
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  });
  await listening(server, port);
  return register({ clients, close: () => server.close() });
}

async function listenUdp(port: number) {
  const clients: Client[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (message, { address, port }) => {
    clients.push({ address, port });
    socket.send(message, port, address);
  });
  await bound(socket, port);
  return register({ clients, close: () => socket.close() });
}

function bound(socket: DatagramSocket, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, "0.0.0.0", resolve);
  });
}

/** Errors of a socket and the outcomes that they are. */
const OUTCOMES: Readonly<Record<string, "refused" | "unreachable" | "timed-out">> = {
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  ETIMEDOUT: "timed-out",
};

function outcomeOf(error: unknown): ExchangeResult {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const outcome = OUTCOMES[code];
  if (outcome === undefined) throw error;
  return { outcome };
}

function exchangeTcp(request: PeerCalls["exchange"]["request"]): Promise<ExchangeResult> {
  const { address, port, text, timeoutMs, sourcePort } = request;
  return new Promise((resolve, reject) => {
    const localPort = sourcePort === undefined ? {} : { localPort: sourcePort };
    const socket = connect({ host: address, port, family: 4, ...localPort });
    const settle = (result: ExchangeResult) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(() => settle({ outcome: "timed-out" }), timeoutMs);
    let received = "";
    let boundPort = 0;
    socket.on("connect", () => {
      boundPort = socket.localPort ?? 0;
      socket.end(text);
    });
    socket.on("data", (data) => received += data.toString());
    socket.on("end", () => settle({ outcome: "answered", text: received, localPort: boundPort }));
    socket.on("error", (error) => {
      try {
        settle(outcomeOf(error));
      } catch (unknown) {
        clearTimeout(timer);
        reject(unknown);
      }
    });
  });
}

async function exchangeUdp(request: PeerCalls["exchange"]["request"]): Promise<ExchangeResult> {
  const { address, port, text, timeoutMs, sourcePort } = request;
  const socket = createSocket("udp4");
  await bound(socket, sourcePort ?? 0);
  try {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => resolve({ outcome: "timed-out" }), timeoutMs);
      const fail = (error: unknown) => {
        clearTimeout(timer);
        try {
          resolve(outcomeOf(error));
        } catch (unknown) {
          reject(unknown);
        }
      };
      socket.on("error", fail);
      socket.on("message", (message) => {
        clearTimeout(timer);
        const { port: localPort } = socket.address();
        resolve({ outcome: "answered", text: message.toString(), localPort });
      });
      // Connected, so that an ICMP error comes back as the socket's own.
      socket.connect(port, address, () => socket.send(text, (error) => error && fail(error)));
    });
  } finally {
    socket.close();
  }
}

async function openSink(port: number) {
  const clients: Client[] = [];
  const { promise, resolve } = Promise.withResolvers<TransferResult>();
  const server = createServer((socket) => {
    clients.push(clientOf(socket));
    const begin = performance.now();
    let receivedBytes = 0;
    const finish = () => resolve({ receivedBytes, elapsedMs: performance.now() - begin });
    socket.on("data", (data) => receivedBytes += data.length);
    socket.on("end", finish);
    socket.on("error", finish);
  });
  await listening(server, port);
  return register({ clients, close: () => server.close(), drained: promise });
}

async function drained(server: number, timeoutMs: number): Promise<TransferResult> {
  const sink = servers[server]?.drained;
  if (sink === undefined) throw new Error(`There is no sink ${server}`);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<TransferResult>((resolve) => {
    timer = setTimeout(() => resolve({ receivedBytes: 0, elapsedMs: timeoutMs }), timeoutMs);
  });
  const result = await Promise.race([sink, late]);
  clearTimeout(timer);
  return result;
}

function flood(request: PeerCalls["flood"]["request"]): Promise<{ sentBytes: number }> {
  const { address, port, bytes, timeoutMs } = request;
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, family: 4 });
    let sentBytes = 0;
    const finish = () => {
      clearTimeout(timer);
      resolve({ sentBytes });
    };
    const timer = setTimeout(() => socket.destroy(), timeoutMs);
    const write = () => {
      while (sentBytes < bytes) {
        const size = Math.min(CHUNK_BYTES, bytes - sentBytes);
        sentBytes += size;
        if (!socket.write(new Uint8Array(size))) return;
      }
      socket.end();
    };
    socket.on("connect", write);
    socket.on("drain", write);
    socket.on("close", finish);
    socket.on("error", () => socket.destroy());
    socket.resume();
  });
}

async function answer(line: string): Promise<void> {
  const { id, call, request } = JSON.parse(line);
  const isCall = (name: string): name is PeerCall => name in handlers;
  if (!isCall(call)) throw new Error(`There is no call "${call}"`);
  let reply: Record<string, unknown>;
  try {
    reply = { id, answer: await handlers[call](request) };
  } catch (error) {
    reply = { id, error: error instanceof Error ? error.message : String(error) };
  }
  await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(reply) + "\n"));
}

for await (const line of wholeLines(Deno.stdin.readable)) void answer(line);
Deno.exit(0);
