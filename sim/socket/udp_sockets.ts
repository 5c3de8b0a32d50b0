import type { Ipv4 } from "../model/ipv4.ts";
import type { NetworkNamespace } from "../model/namespace.ts";
import type { SocketEntry } from "../model/socket.ts";
import { readUint16 } from "../packet/bytes.ts";
import { ICMP_TYPE } from "../packet/icmp.ts";
import { PROTOCOL_UDP } from "../packet/ipv4.ts";
import { decodeUdp, encodeUdp, UDP_HEADER_BYTES } from "../packet/udp.ts";
import type { ArrivedDatagram, Ipv4Stack, SendFailure } from "../path/ipv4_stack.ts";
import { freePort } from "./ephemeral_port.ts";

/** What happens at a UDP socket. */
export interface UdpHandlers {
  /**
   * A datagram has come.
   *
   * @param payload What it carries.
   * @param from Who sent it.
   */
  readonly received: (payload: Uint8Array, from: Endpoint) => void;
  /**
   * A datagram that was sent did not arrive.
   *
   * @param reason Why.
   */
  readonly failed?: (reason: UdpError) => void;
}

/** Why a datagram did not arrive: errno ECONNREFUSED, EHOSTUNREACH, EPROTO and EMSGSIZE. */
export type UdpError = "refused" | "unreachable" | "protocol error" | "message too long";

/**
 * Codes of a destination-unreachable message that a socket hears of (`icmp_err_convert`, those
 * marked fatal; "fragmentation needed" is one for sockets that look for the path's MTU). Of the
 * others, host and network unreachable among them, it does not.
 */
const UNREACHABLE_ERRORS: ReadonlyMap<number, UdpError> = new Map([
  [2, "protocol error"],
  [3, "refused"],
  [4, "message too long"],
  ...[6, 7, 8, 9, 10, 13, 14, 15].map((code) => [code, "unreachable"] as const),
]);

/** An address and a port. */
export interface Endpoint {
  /** The address. */
  readonly address: Ipv4;
  /** The port, 1 to 65,535. */
  readonly port: number;
}

/** An open UDP socket. */
export interface UdpSocket {
  /** The port that it is bound to. */
  readonly localPort: number;
  /**
   * Sends a datagram.
   *
   * @param payload What it carries.
   * @param to Whom to.
   * @param from Address to send from; the kernel's choice when left out.
   * @returns Why it cannot be sent; undefined where it is under way.
   */
  send(payload: Uint8Array, to: Endpoint, from?: Ipv4): SendFailure | undefined;
  /** Closes it. */
  close(): void;
}

interface Open {
  readonly entry: SocketEntry;
  readonly handlers: UdpHandlers;
  readonly remote: Endpoint | undefined;
}

/** The UDP sockets of a namespace, each at every local address. */
export class UdpSockets {
  readonly #stack: Ipv4Stack;
  readonly #namespace: NetworkNamespace;
  readonly #byPort = new Map<number, Open>();

  /**
   * @param stack The stack that they send through.
   * @param namespace Whose sockets.
   */
  constructor(stack: Ipv4Stack, namespace: NetworkNamespace) {
    this.#stack = stack;
    this.#namespace = namespace;
  }

  /**
   * Opens a socket.
   *
   * @param options The port to bind, the kernel's choice when left out; and the one peer that it is
   *   connected to, if any.
   * @param handlers What happens at it.
   * @returns The socket, or undefined where the port is taken or none is free.
   */
  open(
    options: { readonly port?: number; readonly remote?: Endpoint },
    handlers: UdpHandlers,
  ): UdpSocket | undefined {
    const port = options.port ?? freePort(this.#namespace, (each) => this.#byPort.has(each));
    if (port === undefined || this.#byPort.has(port)) return undefined;
    const { remote } = options;
    const entry: SocketEntry = {
      protocol: "udp",
      state: remote === undefined ? "UNCONN" : "ESTAB",
      localAddress: 0,
      localPort: port,
      remoteAddress: remote?.address ?? 0,
      remotePort: remote?.port ?? 0,
      receiveQueue: 0,
      sendQueue: 0,
      tcp: undefined,
      process: undefined,
    };
    const open: Open = { entry, handlers, remote };
    this.#byPort.set(port, open);
    this.#namespace.sockets.add(entry);
    return {
      localPort: port,
      send: (payload, to, from) => this.#send(port, payload, to, from),
      close: () => {
        if (this.#byPort.get(port) !== open) return;
        this.#byPort.delete(port);
        this.#namespace.sockets.remove(entry);
      },
    };
  }

  /**
   * Takes a datagram.
   *
   * @param datagram The datagram.
   */
  receive(datagram: ArrivedDatagram): void {
    const { packet, header, payload } = datagram;
    const { snmp } = this.#namespace;
    const udp = decodeUdp(header, payload);
    if (udp === undefined) {
      snmp.add("Udp", "InErrors");
      return this.#stack.drop(packet, "short UDP");
    }
    const open = this.#byPort.get(udp.destinationPort);
    const from = { address: header.source, port: udp.sourcePort };
    const isTaken = open !== undefined && accepts(open, from);
    if (!isTaken && datagram.to !== "local") {
      snmp.add("Udp", "IgnoredMulti");
      return this.#stack.drop(packet, "UDP to a group, and nobody listens");
    }
    if (!udp.checksumValid) {
      snmp.add("Udp", "InErrors");
      snmp.add("Udp", "InCsumErrors");
      return this.#stack.drop(packet, "bad UDP checksum");
    }
    if (!isTaken) {
      snmp.add("Udp", "NoPorts");
      this.#stack.drop(packet, "port closed");
      return this.#stack.portUnreachable(datagram);
    }
    snmp.add("Udp", "InDatagrams");
    this.#stack.delivered(packet, `UDP port ${udp.destinationPort}`);
    open.handlers.received(udp.payload.slice(), from);
  }

  /**
   * Hears that a datagram of this namespace did not arrive.
   *
   * @param header Its addresses.
   * @param datagram Its UDP header, perhaps with more behind it.
   * @param error Type and code of the ICMP message that says so.
   * @returns Whether a socket sent it.
   */
  failed(
    header: { readonly destination: Ipv4 },
    datagram: Uint8Array,
    error: { readonly type: number; readonly code: number },
  ): boolean {
    if (datagram.length < UDP_HEADER_BYTES) return false;
    const open = this.#byPort.get(readUint16(datagram, 0));
    const to = { address: header.destination, port: readUint16(datagram, 2) };
    if (open === undefined || !accepts(open, to)) return false;
    const reason = errorOf(error);
    // Only a connected socket is told of errors, as on Linux.
    if (open.remote !== undefined && reason !== undefined) open.handlers.failed?.(reason);
    return true;
  }

  #send(
    sourcePort: number,
    payload: Uint8Array,
    to: Endpoint,
    from: Ipv4 | undefined,
  ): SendFailure | undefined {
    const failure = this.#stack.send({
      ...(from === undefined ? {} : { source: from }),
      destination: to.address,
      protocol: PROTOCOL_UDP,
      dontFragment: "where it fits",
      payload: (source) =>
        encodeUdp({ source, destination: to.address }, {
          sourcePort,
          destinationPort: to.port,
          payload,
        }),
    });
    if (failure === undefined) this.#namespace.snmp.add("Udp", "OutDatagrams");
    return failure;
  }
}

function errorOf({ type, code }: { readonly type: number; readonly code: number }) {
  if (type === ICMP_TYPE.destinationUnreachable) return UNREACHABLE_ERRORS.get(code);
  return type === ICMP_TYPE.parameterProblem ? "protocol error" : undefined;
}

function accepts({ remote }: Open, from: Endpoint): boolean {
  return remote === undefined || (remote.address === from.address && remote.port === from.port);
}
