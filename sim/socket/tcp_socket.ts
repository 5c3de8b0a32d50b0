import type { Ipv4 } from "../model/ipv4.ts";
import type { TcpConnection } from "../tcp/connection.ts";
import type { TcpEnd, TcpEvent } from "../tcp/events.ts";
import type { Endpoint } from "./udp_sockets.ts";

/** What happens at a TCP socket; a program names what it wants to hear of. */
export interface TcpHandlers {
  /** The handshake is done. */
  readonly connected?: () => void;
  /** Bytes wait to be read. */
  readonly readable?: () => void;
  /** Everything that was written has been acknowledged. */
  readonly drained?: () => void;
  /** The peer will write no more; bytes may still wait to be read. */
  readonly peerClosed?: () => void;
  /**
   * It is over: the last that is heard of it.
   *
   * @param end How it ended.
   */
  readonly ended?: (end: TcpEnd) => void;
}

/** A TCP socket as a program holds it. */
export class TcpSocket {
  /** This side. */
  readonly local: Endpoint;
  /** The other side. */
  readonly remote: Endpoint;
  /** What happens at it. */
  handlers: TcpHandlers = {};
  readonly #connection: TcpConnection;
  readonly #released: () => void;

  /**
   * @param connection The connection behind it.
   * @param ends Both sides.
   * @param released Is called when the program lets it go.
   */
  constructor(
    connection: TcpConnection,
    ends: { readonly local: Endpoint; readonly remote: Endpoint },
    released: () => void,
  ) {
    this.#connection = connection;
    this.local = ends.local;
    this.remote = ends.remote;
    this.#released = released;
  }

  /** Address of this side. */
  get localAddress(): Ipv4 {
    return this.local.address;
  }

  /** Bytes that wait to be read. */
  get unreadBytes(): number {
    return this.#connection.receiver?.unreadBytes ?? 0;
  }

  /**
   * Writes to the stream; before the handshake is done, it waits.
   *
   * @param data Bytes, which are copied, or how many zeros, which take no memory.
   */
  write(data: Uint8Array | number): void {
    this.#connection.write(data);
  }

  /**
   * Reads from the stream. What is not read fills the window.
   *
   * @returns The next bytes, which are not to be changed; undefined where none wait.
   */
  read(): Uint8Array | undefined {
    return this.#connection.read();
  }

  /** Ends this side's stream once all is sent; reading goes on (`shutdown`). */
  finish(): void {
    this.#connection.finish();
  }

  /** Lets it go: the peer hears of the end, or of a reset where bytes were left unread. */
  close(): void {
    this.handlers = {};
    this.#released();
    this.#connection.close();
  }

  /** Breaks the connection off: the peer hears of a reset. */
  abort(): void {
    this.#released();
    this.#connection.abort();
  }

  /** @param event What happened to the connection. */
  hear(event: TcpEvent): void {
    const { handlers } = this;
    if (event.kind === "connected") handlers.connected?.();
    else if (event.kind === "readable") handlers.readable?.();
    else if (event.kind === "drained") handlers.drained?.();
    else if (event.kind === "peer-closed") handlers.peerClosed?.();
    else if (event.kind === "ended") handlers.ended?.(event.end);
  }
}
