import { assert } from "@std/assert";
import type { ConnectOptions } from "../../../sim/socket/tcp_sockets.ts";
import type { TcpHandlers, TcpSocket } from "../../../sim/socket/tcp_socket.ts";
import { ADDRESS, twoHosts, type TwoHostsOptions } from "./two_hosts.ts";

/** What a stage is made with. */
export type StageOptions = TwoHostsOptions;

/**
 * Two hosts of which the second listens at port 7000.
 *
 * @param options What differs from the defaults.
 */
export async function stage(options: StageOptions = {}) {
  const hosts = await twoHosts(options);
  const { one, two, run } = hosts;
  const listener = two.stack.tcp.listen({ port: 7000 }, () => {});
  assert(listener !== undefined);
  /** Opens a connection to a port of the second host. */
  const connect = (
    port = 7000,
    address = ADDRESS.two,
    handlers: TcpHandlers = {},
    more: Partial<ConnectOptions> = {},
  ) => {
    const options = { remote: { address, port }, ...more };
    const socket = one.stack.tcp.connect(options, handlers);
    assert(typeof socket !== "string", String(socket));
    return socket;
  };
  /** Opens a connection and accepts it, some round trips later: ARP asks first. */
  const pair = (handlers: TcpHandlers = {}, more: Partial<ConnectOptions> = {}) => {
    const client = connect(7000, ADDRESS.two, handlers, more);
    run(1 + 8 * (options.delayNs ?? 0) / 1e6);
    const server = listener.accept(() => ({}));
    assert(server !== undefined);
    return [client, server] as const;
  };
  return { ...hosts, listener, connect, pair };
}

/** What {@linkcode stage} gives. */
export type Stage = Awaited<ReturnType<typeof stage>>;

/** Bytes of a text. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Reads all that waits. @returns How many bytes. */
export function readAll(socket: TcpSocket): number {
  let length = 0;
  for (let bytes = socket.read(); bytes !== undefined; bytes = socket.read()) {
    length += bytes.length;
  }
  return length;
}
