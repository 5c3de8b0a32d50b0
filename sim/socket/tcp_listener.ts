import type { Ipv4 } from "../model/ipv4.ts";
import type { Process } from "../model/process.ts";
import type { SocketEntry } from "../model/socket.ts";
import type { KeptConnection } from "./kept_connection.ts";
import type { TcpHandlers, TcpSocket } from "./tcp_socket.ts";

/** How a {@linkcode TcpListener} is opened. */
export interface ListenOptions {
  /** The port, 1 to 65,535. */
  readonly port: number;
  /** The one local address that it answers at; every one when left out. */
  readonly address?: Ipv4;
  /** Connections that may wait to be accepted, as `listen` says it; 4,096 when left out. */
  readonly backlog?: number;
  /** The process of the program; nobody's when left out. */
  readonly process?: Process;
}

/** A listening socket, with the connections that wait to be accepted. */
export class TcpListener {
  /** What a listing shows of it. */
  readonly entry: SocketEntry;
  readonly #backlog: number;
  readonly #process: Process | undefined;
  readonly #waiting: () => void;
  readonly #closed: () => void;
  readonly #opening = new Set<KeptConnection>();
  readonly #queue: KeptConnection[] = [];

  /**
   * @param options What it listens to; the backlog is at most `net.core.somaxconn`.
   * @param waiting Is called for each connection that can be accepted.
   * @param closed Is called when it is closed.
   */
  constructor(
    options: Required<Pick<ListenOptions, "port" | "backlog">> & ListenOptions,
    waiting: () => void,
    closed: () => void,
  ) {
    this.#backlog = options.backlog;
    this.#process = options.process;
    this.#waiting = waiting;
    this.#closed = closed;
    this.entry = {
      protocol: "tcp",
      state: "LISTEN",
      localAddress: options.address ?? 0,
      localPort: options.port,
      remoteAddress: 0,
      remotePort: 0,
      receiveQueue: 0,
      sendQueue: options.backlog,
      tcp: undefined,
      process: options.process,
    };
  }

  /** The port that it listens at. */
  get port(): number {
    return this.entry.localPort;
  }

  /**
   * Whether no further connection may wait: the kernel keeps one more than the backlog, and drops
   * the SYNs of the rest (`sk_acceptq_is_full`).
   */
  get isFull(): boolean {
    return this.#queue.length > this.#backlog;
  }

  /**
   * Takes the connection that has waited longest.
   *
   * @param handlersOf Tells what happens at it.
   * @returns Its socket; undefined where none waits.
   */
  accept(handlersOf: (socket: TcpSocket) => TcpHandlers): TcpSocket | undefined {
    const connection = this.#queue.shift();
    this.entry.receiveQueue = this.#queue.length;
    return connection?.accept(handlersOf, this.#process);
  }

  /** Stops listening: whoever was not accepted is reset (`inet_csk_listen_stop`). */
  close(): void {
    this.#closed();
    for (const connection of this.#opening) connection.vanish();
    for (const connection of this.#queue.splice(0)) connection.abort();
  }

  /** @param connection A connection whose SYN has just come. */
  opening(connection: KeptConnection): void {
    this.#opening.add(connection);
  }

  /** @param connection One of them, whose handshake is done. */
  opened(connection: KeptConnection): void {
    this.#opening.delete(connection);
    this.#queue.push(connection);
    this.entry.receiveQueue = this.#queue.length;
    this.#waiting();
  }

  /** @param connection One of them, which ended before it was accepted. */
  gone(connection: KeptConnection): void {
    this.#opening.delete(connection);
  }
}
