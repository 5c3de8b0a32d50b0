import type { NetworkNamespace } from "../model/namespace.ts";
import type { Process } from "../model/process.ts";
import type { SocketState } from "../model/socket.ts";
import { ECN, PROTOCOL_TCP } from "../packet/ipv4.ts";
import { encodeTcp, type TcpSegment } from "../packet/tcp.ts";
import type { Ipv4Stack } from "../path/ipv4_stack.ts";
import { TcpConnection } from "../tcp/connection.ts";
import type { SegmentManner, TcpEnd, TcpEvent } from "../tcp/events.ts";
import { lengthInStream } from "../tcp/reset.ts";
import type { TcpSettings } from "../tcp/settings.ts";
import type { VirtualClock } from "../time/virtual_clock.ts";
import { countEnd, countSent, countState } from "./tcp_counters.ts";
import { TcpEntry } from "./tcp_entry.ts";
import type { TcpListener } from "./tcp_listener.ts";
import { type TcpHandlers, TcpSocket } from "./tcp_socket.ts";
import type { Endpoint } from "./udp_sockets.ts";

/** Both sides of a connection. */
export interface Ends {
  /** This side. */
  readonly local: Endpoint;
  /** The other side. */
  readonly remote: Endpoint;
}

/** Where a connection is kept. */
export interface Keeper {
  /** The stack that it sends through. */
  readonly stack: Ipv4Stack;
  /** Whose connection. */
  readonly namespace: NetworkNamespace;
  /** The one clock. */
  readonly clock: VirtualClock;
  /**
   * Hears that a connection is gone.
   *
   * @param connection The connection.
   */
  removed(connection: KeptConnection): void;
}

/** A connection in a namespace's table: its segments, its entry, its counters, and its program. */
export class KeptConnection {
  /** Both sides. */
  readonly ends: Ends;
  /** The connection itself. */
  readonly connection: TcpConnection;
  /** What a listing shows of it. */
  readonly entry: TcpEntry;
  /** When it entered TIME-WAIT, in nanoseconds; undefined before. */
  timeWaitAtNs: number | undefined;
  readonly #keeper: Keeper;
  readonly #listener: TcpListener | undefined;
  readonly #socket: TcpSocket;
  #lastState: SocketState = "UNCONN";
  #end: TcpEnd | undefined;

  /**
   * @param keeper Where it is kept.
   * @param ends Both sides.
   * @param settings How it behaves.
   * @param listener Whose SYN queue it is in; undefined for one that is opened from here.
   */
  constructor(keeper: Keeper, ends: Ends, settings: TcpSettings, listener?: TcpListener) {
    this.#keeper = keeper;
    this.#listener = listener;
    this.ends = ends;
    this.connection = new TcpConnection({
      clock: keeper.clock,
      random: keeper.namespace.machine.random,
      send: (segment, manner) => this.#send(segment, manner),
      onEvent: (event) => this.#hear(event),
    }, settings);
    this.entry = new TcpEntry(this.connection, ends, listener !== undefined);
    this.#socket = new TcpSocket(this.connection, ends, () => this.entry.release());
  }

  /** Whether the peer opened it, and its handshake or its program is still awaited. */
  get awaitsRoom(): boolean {
    return this.connection.state === "SYN-RECV" && this.#listener?.isFull === true;
  }

  /**
   * Opens it for a program.
   *
   * @param handlers What happens at it.
   * @param process The process of the program, where that is known.
   */
  open(handlers: TcpHandlers, process: Process | undefined): TcpSocket {
    this.#socket.handlers = handlers;
    this.entry.hold(process);
    this.connection.open();
    this.#keeper.namespace.snmp.add("Tcp", "ActiveOpens");
    return this.#socket;
  }

  /**
   * Gives it to the program that accepts it, which hears of what has happened so far.
   *
   * @param handlersOf Tells what happens at it.
   * @param process The process of the program, where that is known.
   */
  accept(
    handlersOf: (socket: TcpSocket) => TcpHandlers,
    process: Process | undefined,
  ): TcpSocket {
    this.entry.hold(process);
    const handlers = handlersOf(this.#socket);
    this.#socket.handlers = handlers;
    if (this.#socket.unreadBytes > 0) handlers.readable?.();
    if (this.connection.receiver?.isFinished === true) handlers.peerClosed?.();
    if (this.#end !== undefined) handlers.ended?.(this.#end);
    return this.#socket;
  }

  /** Its program has ended: the kernel closes what it held. */
  close(): void {
    this.#socket.close();
  }

  /** Learns how long its segments may be now. */
  followPath(): void {
    const { local, remote } = this.ends;
    const route = this.#keeper.stack.routeTo(remote.address, local.address);
    if (typeof route !== "string") this.connection.pathShrunk(route.mtu);
  }

  /** Breaks it off. */
  abort(): void {
    this.connection.abort();
  }

  /** It goes without a word. */
  vanish(): void {
    this.connection.vanish();
  }

  #send(segment: TcpSegment, manner: SegmentManner): void {
    const { local, remote } = this.ends;
    const { stack, namespace, clock } = this.#keeper;
    countSent(namespace.snmp, segment, manner.isRepeated);
    const length = lengthInStream(segment);
    const failure = stack.send({
      source: local.address,
      destination: remote.address,
      protocol: PROTOCOL_TCP,
      dontFragment: true,
      trafficClass: manner.isEcnCapable ? ECN.capable0 : ECN.notCapable,
      ...(length === 0 ? {} : { owner: { uncharge: () => this.connection.segmentLeft(length) } }),
      payload: (source) => encodeTcp({ source, destination: remote.address }, segment),
    });
    if (failure === undefined) return;
    // What cannot be sent at all is lost like any other: a timeout will try again.
    this.connection.segmentLeft(length);
    if (failure === "message too long") clock.after(0, () => this.followPath());
  }

  #hear(event: TcpEvent): void {
    if (event.kind === "state-changed") this.#moved(event.from, event.to);
    if (event.kind === "ended") {
      this.#end = event.end;
      countEnd(this.#keeper.namespace.snmp, this.#lastState, event.end);
    }
    if (event.kind === "connected") this.#listener?.opened(this);
    this.#socket.hear(event);
  }

  #moved(from: SocketState, to: SocketState): void {
    const { namespace, clock } = this.#keeper;
    this.#lastState = from;
    countState(namespace.snmp, from, to);
    if (this.#listener !== undefined && to === "ESTAB") namespace.snmp.add("Tcp", "PassiveOpens");
    if (to === "TIME-WAIT") this.timeWaitAtNs = clock.nowNs;
    if (to !== "UNCONN") return;
    this.#listener?.gone(this);
    this.#keeper.removed(this);
  }
}
