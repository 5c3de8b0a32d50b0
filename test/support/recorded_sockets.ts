/**
 * Real sockets between the commands of a transcript, in the recorder's own namespace.
 *
 * ```text
 * @ socket listen web 127.0.0.1:8080              a TCP listener
 * @ socket connect a web 40001                    a connection to it, accepted; the client's port
 * @ socket dial b 10.9.0.2:80                     a connection that nobody answers
 * @ socket udp names 127.0.0.1:53                 a UDP socket
 * @ socket send a 5000                            bytes, which the other side does not read
 * @ socket finish a                               a client says that it sends no more
 * @ socket close a                                closes a client, then the accepted end
 * ```
 *
 * The recorder fills in the port that the kernel chose for a client.
 *
 * @module
 */

import { createSocket, type Socket } from "node:dgram";
import type { SocketStep } from "./transcript.ts";

/** Time in which what was done to a socket has reached its other end, in milliseconds. */
const SETTLE_MS = 60;

/** Opens, changes and closes sockets as steps ask for it. */
export class RecordedSockets {
  readonly #listeners = new Map<string, Deno.TcpListener>();
  readonly #clients = new Map<string, Deno.TcpConn>();
  readonly #accepted = new Map<string, Deno.TcpConn>();
  readonly #datagrams = new Map<string, Socket>();

  /**
   * Does what a step says.
   *
   * @param step The step.
   * @returns The step with the port that the kernel chose.
   */
  async carryOut(step: SocketStep): Promise<SocketStep> {
    const [verb = "", name = "", ...more] = step.words;
    const words = await this.#do(verb, name, more);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    return { kind: "socket", words: [verb, name, ...words] };
  }

  async #do(verb: string, name: string, more: readonly string[]): Promise<readonly string[]> {
    const [first = ""] = more;
    switch (verb) {
      case "listen":
        this.#listeners.set(name, Deno.listen(split(first)));
        return more;
      case "connect":
        return [first, await this.#connect(name, first)];
      case "dial":
        Deno.connect(split(first)).then((connection) => connection.close(), () => {});
        return more;
      case "udp":
        this.#datagrams.set(name, await bind(split(first)));
        return more;
      case "send":
        await this.#clients.get(name)?.write(new Uint8Array(Number(first)));
        return more;
      case "finish":
        await this.#clients.get(name)?.closeWrite();
        return more;
      case "close":
        await this.#close(name);
        return more;
      default:
        throw new SyntaxError(`A transcript cannot say "socket ${verb}"`);
    }
  }

  async #connect(name: string, listenerName: string): Promise<string> {
    const listener = this.#listeners.get(listenerName);
    if (listener === undefined) throw new SyntaxError(`There is no listener "${listenerName}"`);
    const { port } = listener.addr;
    const connecting = Deno.connect({ hostname: "127.0.0.1", port });
    const [client, accepted] = await Promise.all([connecting, listener.accept()]);
    this.#clients.set(name, client);
    this.#accepted.set(name, accepted);
    return String(client.localAddr.port);
  }

  async #close(name: string): Promise<void> {
    this.#clients.get(name)?.close();
    this.#clients.delete(name);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    this.#accepted.get(name)?.close();
    this.#accepted.delete(name);
  }

  /** Closes whatever is open. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of [...this.#clients.keys()]) await this.#close(name);
    for (const listener of this.#listeners.values()) listener.close();
    for (const socket of this.#datagrams.values()) socket.close();
  }
}

function split(text: string): { hostname: string; port: number } {
  const [hostname = "", port = ""] = text.split(":");
  return { hostname, port: Number(port) };
}

function bind({ hostname, port }: { hostname: string; port: number }): Promise<Socket> {
  const socket = createSocket("udp4");
  return new Promise((resolve) => socket.bind(port, hostname, () => resolve(socket)));
}
