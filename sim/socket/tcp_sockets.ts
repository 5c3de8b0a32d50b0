import type { Ipv4 } from "../model/ipv4.ts";
import type { NetworkNamespace } from "../model/namespace.ts";
import type { Process } from "../model/process.ts";
import { readUint16 } from "../packet/bytes.ts";
import { ICMP_TYPE, UNREACHABLE_CODE } from "../packet/icmp.ts";
import { PROTOCOL_TCP } from "../packet/ipv4.ts";
import { isLoopback } from "../packet/ipv4_address.ts";
import { decodeTcp, encodeTcp, TCP_FLAG, type TcpSegment } from "../packet/tcp.ts";
import type { ArrivedDatagram, Ipv4Stack, SendFailure } from "../path/ipv4_stack.ts";
import { resetFor } from "../tcp/reset.ts";
import { settingsFrom } from "../tcp/settings.ts";
import { NS_PER_SECOND, type VirtualClock } from "../time/virtual_clock.ts";
import { freeConnectPort } from "./ephemeral_port.ts";
import { type Ends, type Keeper, KeptConnection } from "./kept_connection.ts";
import { countSent } from "./tcp_counters.ts";
import { type ListenOptions, TcpListener } from "./tcp_listener.ts";
import { tcpSettingsOf } from "./tcp_settings.ts";
import type { TcpHandlers, TcpSocket } from "./tcp_socket.ts";
import type { Endpoint } from "./udp_sockets.ts";

/** Bytes of a TCP header that an ICMP error must quote: the ports and the sequence number. */
const QUOTED_BYTES_MIN = 8;

/** ICMP errors that end a connection which is being opened (`tcp_v4_err`). */
const ENDING_ERRORS: ReadonlySet<number> = new Set([
  ICMP_TYPE.destinationUnreachable,
  ICMP_TYPE.timeExceeded,
  ICMP_TYPE.parameterProblem,
]);

/** Addresses of a segment that an ICMP error quotes. */
type QuotedHeader = { readonly source: Ipv4; readonly destination: Ipv4 };

/** What an ICMP error says. */
type IcmpError = { readonly type: number; readonly code: number };

/** How a connection is opened. */
export interface ConnectOptions {
  /** Whom to. */
  readonly remote: Endpoint;
  /** Port to come from; the kernel's choice when left out. */
  readonly port?: number;
  /** Address to come from; the kernel's choice when left out. */
  readonly localAddress?: Ipv4;
  /** Whether small segments go out at once (`TCP_NODELAY`); false when left out. */
  readonly noDelay?: boolean;
  /** The process of the program; nobody's when left out. */
  readonly process?: Process;
}

/** Why a connection cannot be opened at all. */
export type ConnectFailure = SendFailure | "address in use" | "no port is free";

/**
 * The TCP sockets of a namespace. Each is bound as with `SO_REUSEADDR`: a port may be shared as long
 * as nobody listens at it and no two connections have both ends in common.
 */
export class TcpSockets {
  readonly #keeper: Keeper;
  readonly #connections = new Map<string, KeptConnection>();
  readonly #listeners = new Map<number, TcpListener[]>();

  /**
   * @param stack The stack that they send through.
   * @param namespace Whose sockets.
   * @param clock The one clock.
   */
  constructor(stack: Ipv4Stack, namespace: NetworkNamespace, clock: VirtualClock) {
    this.#keeper = { stack, namespace, clock, removed: (connection) => this.#remove(connection) };
  }

  /** Connections in TIME-WAIT. */
  get timeWaitCount(): number {
    return [...this.#connections.values()].filter((kept) => kept.entry.state === "TIME-WAIT")
      .length;
  }

  /**
   * Opens a listening socket.
   *
   * @param options What to listen to.
   * @param waiting Is called for each connection that can be accepted.
   * @returns The socket; undefined where the port is taken.
   */
  listen(options: ListenOptions, waiting: () => void): TcpListener | undefined {
    const { port, address } = options;
    const others = this.#listeners.get(port) ?? [];
    if (others.some(({ entry }) => overlap(entry.localAddress, address ?? 0))) return undefined;
    const { namespace } = this.#keeper;
    const most = namespace.sysctls.number("net.core.somaxconn");
    const backlog = Math.min(options.backlog ?? most, most);
    const listener = new TcpListener({ ...options, backlog }, waiting, () => {
      const left = (this.#listeners.get(port) ?? []).filter((each) => each !== listener);
      this.#listeners.set(port, left);
      namespace.sockets.remove(listener.entry);
    });
    this.#listeners.set(port, [...others, listener]);
    namespace.sockets.add(listener.entry);
    return listener;
  }

  /**
   * Opens a connection.
   *
   * @param options Whom to, and where from.
   * @param handlers What happens at it.
   * @returns Its socket, or why it cannot be opened.
   */
  connect(options: ConnectOptions, handlers: TcpHandlers): TcpSocket | ConnectFailure {
    const { remote, localAddress, process, noDelay = false } = options;
    const { stack, namespace } = this.#keeper;
    const route = stack.routeTo(remote.address, localAddress);
    if (typeof route === "string") return route;
    const address = route.source;
    const isTaken = (port: number) => this.#isTaken({ local: { address, port }, remote });
    const port = options.port ?? freeConnectPort(namespace, isTaken);
    if (port === undefined) return "no port is free";
    const ends = { local: { address, port }, remote };
    if (isTaken(port)) return "address in use";
    this.#connections.get(keyOf(ends))?.vanish();
    const settings = { ...this.#settings(ends, route.mtu), noDelay };
    const kept = new KeptConnection(this.#keeper, ends, settings);
    this.#add(kept);
    return kept.open(handlers, process);
  }

  /**
   * Takes a segment.
   *
   * @param datagram The datagram that carries it.
   */
  receive(datagram: ArrivedDatagram): void {
    const { packet, header, payload } = datagram;
    const { stack, namespace } = this.#keeper;
    if (datagram.to !== "local" || packet.type !== "host") {
      return stack.drop(packet, "TCP has no broadcasts");
    }
    namespace.snmp.add("Tcp", "InSegs");
    const segment = decodeTcp(header, payload);
    if (segment === undefined || !segment.checksumValid) {
      namespace.snmp.add("Tcp", "InErrs");
      if (segment !== undefined) namespace.snmp.add("Tcp", "InCsumErrors");
      return stack.drop(packet, "bad TCP checksum");
    }
    const ends = {
      local: { address: header.destination, port: segment.destinationPort },
      remote: { address: header.source, port: segment.sourcePort },
    };
    const kept = this.#connections.get(keyOf(ends));
    if (kept !== undefined && !kept.connection.makesWayFor(segment)) {
      if (kept.awaitsRoom) return stack.drop(packet, "the queue of the listener is full");
      stack.delivered(packet, `TCP port ${ends.local.port}`);
      return kept.connection.receive(segment, header.trafficClass);
    }
    kept?.vanish();
    this.#receiveForListener(datagram, ends, segment);
  }

  /**
   * Hears that a segment of this namespace did not arrive.
   *
   * @param header Its addresses.
   * @param quoted The beginning of its TCP header.
   * @param error Type and code of the ICMP error.
   * @returns Whether there is such a connection.
   */
  failed(header: QuotedHeader, quoted: Uint8Array, error: IcmpError): boolean {
    const kept = this.#quoted(header, quoted);
    if (kept === undefined) return false;
    const isUnreachable = error.type === ICMP_TYPE.destinationUnreachable;
    const isTooBig = isUnreachable && error.code === UNREACHABLE_CODE.fragmentationNeeded;
    if (!ENDING_ERRORS.has(error.type) || isTooBig) return true;
    const isRefused = isUnreachable && error.code === UNREACHABLE_CODE.port;
    kept.connection.failed(isRefused ? "refused" : "unreachable");
    return true;
  }

  /**
   * Hears that a segment of this namespace was too long for its path, whose MTU is known by now.
   *
   * @param header Its addresses.
   * @param quoted The beginning of its TCP header.
   */
  pathShrank(header: QuotedHeader, quoted: Uint8Array): void {
    this.#quoted(header, quoted)?.followPath();
  }

  /** @param process A process that has ended: what it held is closed. */
  processEnded(process: Process): void {
    for (const listener of [...this.#listeners.values()].flat()) {
      if (listener.entry.process === process) listener.close();
    }
    for (const kept of [...this.#connections.values()]) {
      if (kept.entry.process === process) kept.close();
    }
  }

  /** The namespace has died: what the kernel still remembered is forgotten without a word. */
  namespaceDied(): void {
    for (const kept of [...this.#connections.values()]) kept.vanish();
    for (const listener of [...this.#listeners.values()].flat()) listener.close();
  }

  #receiveForListener(datagram: ArrivedDatagram, ends: Ends, segment: TcpSegment): void {
    const { packet } = datagram;
    const { stack } = this.#keeper;
    const { flags } = segment;
    const listener = this.#listenerAt(ends.local);
    const isAnswer = (flags & TCP_FLAG.ack) !== 0;
    if (listener === undefined || isAnswer) {
      stack.drop(packet, listener === undefined ? "port closed" : "no such connection");
      return this.#sendReset(ends, segment);
    }
    const opens = (flags & (TCP_FLAG.syn | TCP_FLAG.rst | TCP_FLAG.fin)) === TCP_FLAG.syn;
    if (!opens) return stack.drop(packet, "no SYN for a listener");
    if (listener.isFull) return stack.drop(packet, "the queue of the listener is full");
    stack.delivered(packet, `TCP port ${ends.local.port}`);
    const route = stack.routeTo(ends.remote.address, ends.local.address);
    if (typeof route === "string") return;
    const settings = this.#settings(ends, route.mtu);
    const kept = new KeptConnection(this.#keeper, ends, settings, listener);
    this.#add(kept);
    listener.opening(kept);
    kept.connection.answer(segment);
  }

  /** A reset of the kernel's own, for a segment that belongs to nobody. */
  #sendReset({ local, remote }: Ends, segment: TcpSegment): void {
    const reset = resetFor(segment);
    if (reset === undefined) return;
    const { stack, namespace } = this.#keeper;
    countSent(namespace.snmp, reset, false);
    stack.send({
      source: local.address,
      destination: remote.address,
      protocol: PROTOCOL_TCP,
      dontFragment: true,
      payload: (source) => encodeTcp({ source, destination: remote.address }, reset),
    });
  }

  #settings({ local, remote }: Ends, mtu: number) {
    return settingsFrom({
      localPort: local.port,
      remotePort: remote.port,
      mtu,
      ...tcpSettingsOf(this.#keeper.namespace.sysctls),
    });
  }

  #listenerAt({ address, port }: Endpoint): TcpListener | undefined {
    const listeners = this.#listeners.get(port) ?? [];
    return listeners.find(({ entry }) => entry.localAddress === address) ??
      listeners.find(({ entry }) => entry.localAddress === 0);
  }

  /** Tells whether a connection may not have these two ends (`__inet_check_established`). */
  #isTaken(ends: Ends): boolean {
    const listeners = this.#listeners.get(ends.local.port) ?? [];
    if (listeners.some(({ entry }) => overlap(entry.localAddress, ends.local.address))) return true;
    const known = this.#connections.get(keyOf(ends));
    return known !== undefined && !this.#isReusable(known);
  }

  /** After a second, the loopback's TIME-WAIT may be cut short (`net.ipv4.tcp_tw_reuse` 2). */
  #isReusable({ ends, timeWaitAtNs }: KeptConnection): boolean {
    const { namespace, clock } = this.#keeper;
    if (timeWaitAtNs === undefined || clock.nowNs - timeWaitAtNs <= NS_PER_SECOND) return false;
    const mode = namespace.sysctls.number("net.ipv4.tcp_tw_reuse");
    return mode === 1 || (mode === 2 && isLoopback(ends.remote.address));
  }

  #quoted(header: QuotedHeader, quoted: Uint8Array): KeptConnection | undefined {
    if (quoted.length < QUOTED_BYTES_MIN) return undefined;
    return this.#connections.get(keyOf({
      local: { address: header.source, port: readUint16(quoted, 0) },
      remote: { address: header.destination, port: readUint16(quoted, 2) },
    }));
  }

  #add(kept: KeptConnection): void {
    this.#connections.set(keyOf(kept.ends), kept);
    this.#keeper.namespace.sockets.add(kept.entry);
  }

  #remove(kept: KeptConnection): void {
    const key = keyOf(kept.ends);
    if (this.#connections.get(key) === kept) this.#connections.delete(key);
    this.#keeper.namespace.sockets.remove(kept.entry);
  }
}

function keyOf({ local, remote }: Ends): string {
  return `${local.address}:${local.port} ${remote.address}:${remote.port}`;
}

/** Whether two local addresses, 0 for all of them, have one in common. */
function overlap(one: Ipv4, other: Ipv4): boolean {
  return one === 0 || other === 0 || one === other;
}
