/**
 * What every shared test case stands on: a host with an `eth0`, a machine at the other end of its
 * wire, and containers, on a real kernel or on a simulated one.
 *
 * @module
 */

import type { SampleClock } from "../../isolator/rates/sample_clock.ts";
import type { KernelNetwork } from "../../kernel/kernel_network.ts";

/** Address of the host under test on its `eth0`. */
export const HOST_ADDRESS = "10.77.0.2";

/** Bits of the network prefix of both machines on the wire. */
export const PREFIX_LENGTH = 24;

/** Address of the machine at the other end of the wire; the host's default gateway. */
export const OUTSIDE_ADDRESS = "10.77.0.1";

/** MAC address of the host's `eth0`. */
export const HOST_MAC = "02:00:0a:4d:00:02";

/** MAC address of the outside machine's end of the wire. */
export const OUTSIDE_MAC = "02:00:0a:4d:00:01";

/** One machine and what may happen on it. Each world starts fresh and leaves nothing behind. */
export interface World extends AsyncDisposable {
  /** Which kernel it stands on, for test titles. */
  readonly kind: "host" | "sim";
  /** The kernel under test, working in the host's own namespace. */
  readonly kernel: KernelNetwork;
  /** The world's time, for what is done every so often. */
  readonly clock: SampleClock;
  /** Programs in the host's own namespace. */
  readonly host: ContainerStation;
  /** Programs on the outside machine. */
  readonly outside: Station;
  /** Starts a process in a network and a mount namespace of its own, as a launcher would. */
  startContainer(): Promise<ContainerStation>;
  /**
   * Lets time pass, while what goes on goes on.
   *
   * @param durationMs How long, in milliseconds of the world's clock.
   */
  pass(durationMs: number): Promise<void>;
}

/** Where programs run: one network namespace. */
export interface Station {
  /**
   * Accepts TCP connections and sends back what it receives, up to the peer's end of stream.
   *
   * @param port Port to listen on, at every local address.
   */
  listenTcp(port: number): Promise<Listener>;
  /**
   * Receives datagrams and sends each back to where it came from.
   *
   * @param port Port to bind, at every local address.
   */
  listenUdp(port: number): Promise<Listener>;
  /** Connects, sends `text`, ends its side, and reads the answer to the end. */
  tcp(request: ExchangeRequest): Promise<ExchangeResult>;
  /** Sends `text` in one datagram and waits for one back. */
  udp(request: ExchangeRequest): Promise<ExchangeResult>;
  /**
   * Sends ICMP echo requests, one after another.
   *
   * @param address Whom to ask.
   * @param count How many requests, 1 to 10.
   */
  ping(address: string, count: number): Promise<PingResult>;
  /** Sends bytes over one TCP connection to a sink on another station, and waits for its end. */
  transfer(request: TransferRequest): Promise<TransferResult>;
}

/** A process with namespaces of its own. */
export interface ContainerStation extends Station {
  /** Its process id, as the host sees it. */
  readonly pid: number;
  /** Kills it, and with it everything in its namespaces. */
  kill(): Promise<void>;
}

/** A server that a {@linkcode Station} runs. */
export interface Listener extends AsyncDisposable {
  /** Clients seen so far, as the server's own socket reports them, in order of arrival. */
  peers(): Promise<{ readonly address: string; readonly port: number }[]>;
}

/** A question to a server. */
export interface ExchangeRequest {
  /** IPv4 address of the server. */
  readonly address: string;
  /** Port of the server. */
  readonly port: number;
  /** What to send. */
  readonly text: string;
  /** How long to wait for the answer, in milliseconds of the world's clock; 1,000 when left out. */
  readonly timeoutMs?: number;
  /** Local port to send from; the kernel's choice when left out. */
  readonly sourcePort?: number;
}

/** How an exchange ended. */
export type ExchangeResult =
  | { readonly outcome: "answered"; readonly text: string; readonly localPort: number }
  | { readonly outcome: "refused" | "timed-out" | "unreachable" };

/** How many echo replies came. */
export interface PingResult {
  /** Requests answered at least once. */
  readonly answered: number;
  /** Replies beyond the first to a request. */
  readonly duplicates: number;
}

/** A bulk transfer to a sink: what the server receives, it throws away. */
export interface TransferRequest {
  /** The machine that receives, where a sink is opened for this transfer alone. */
  readonly to: Station;
  /** Address under which the sender reaches it. */
  readonly address: string;
  /** Port of the sink. */
  readonly port: number;
  /** Payload size in bytes. */
  readonly bytes: number;
  /** Time limit in milliseconds of the world's clock; 30,000 when left out. */
  readonly timeoutMs?: number;
}

/** How a transfer went. */
export interface TransferResult {
  /** Bytes that the sink had received when it ended. */
  readonly receivedBytes: number;
  /**
   * From the connection's start to the sink's end of stream, in milliseconds of the world's clock.
   */
  readonly elapsedMs: number;
}
