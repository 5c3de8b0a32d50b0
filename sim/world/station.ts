import { formatIpv4, parseIpv4 } from "../model/ipv4.ts";
import type { Process } from "../model/process.ts";
import type { Ipv4Stack } from "../path/ipv4_stack.ts";
import { sendBytes, serveSink } from "../program/bulk.ts";
import type { EchoServer, Question, Reply } from "../program/exchange.ts";
import { type EchoCount, ping } from "../program/ping.ts";
import { askTcp, serveTcpEcho } from "../program/tcp_echo.ts";
import { askUdp, serveUdpEcho } from "../program/udp_echo.ts";
import type { Simulation } from "../simulation.ts";
import { NS_PER_MS } from "../time/virtual_clock.ts";
import type { Driver } from "./driver.ts";

/** A question to a server, in words. */
export interface StationRequest {
  /** IPv4 address of the server. */
  readonly address: string;
  /** Port of the server. */
  readonly port: number;
  /** What to send. */
  readonly text: string;
  /** How long to wait for the answer, in milliseconds of virtual time; 1,000 when left out. */
  readonly timeoutMs?: number;
  /** Local port to send from; the kernel's choice when left out. */
  readonly sourcePort?: number;
}

/** How a question ended, in words. */
export type StationReply =
  | { readonly outcome: "answered"; readonly text: string; readonly localPort: number }
  | { readonly outcome: "refused" | "timed-out" | "unreachable" };

/** Bytes for a sink on another station. */
export interface StationTransfer {
  /** Where the sink is opened, for this transfer alone. */
  readonly to: unknown;
  /** Address under which the sender reaches it. */
  readonly address: string;
  /** Port of the sink. */
  readonly port: number;
  /** Payload size in bytes. */
  readonly bytes: number;
  /** Time limit in milliseconds of virtual time; 30,000 when left out. */
  readonly timeoutMs?: number;
}

/** A server in words. */
export interface StationListener extends AsyncDisposable {
  /** Clients seen so far, in order of arrival. */
  peers(): Promise<{ readonly address: string; readonly port: number }[]>;
}

/** A process on a simulated machine, and the programs that run with it in its namespace. */
export class SimStation {
  readonly #simulation: Simulation;
  readonly #driver: Driver;
  readonly #process: Process;

  /**
   * @param simulation The simulation.
   * @param driver Runs time while somebody waits.
   * @param process The process in whose namespace programs run.
   */
  constructor(simulation: Simulation, driver: Driver, process: Process) {
    this.#simulation = simulation;
    this.#driver = driver;
    this.#process = process;
  }

  /** Its process id on its machine. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Accepts TCP connections and sends back what it receives. @param port Port to listen on. */
  listenTcp(port: number): Promise<StationListener> {
    return Promise.resolve(listenerOf(serveTcpEcho(this.#stack, port)));
  }

  /** Sends each datagram back to where it came from. @param port Port to bind. */
  listenUdp(port: number): Promise<StationListener> {
    return Promise.resolve(listenerOf(serveUdpEcho(this.#stack, port)));
  }

  /** Connects, sends a text, ends its side, and reads the answer to the end. @param request It. */
  tcp(request: StationRequest): Promise<StationReply> {
    return this.#ask(request, askTcp);
  }

  /** Sends a text in one datagram, and waits for one back. @param request What to ask. */
  udp(request: StationRequest): Promise<StationReply> {
    return this.#ask(request, askUdp);
  }

  /**
   * Sends ICMP echo requests, one after another.
   *
   * @param address Whom to ask.
   * @param count How many requests.
   */
  ping(address: string, count: number): Promise<EchoCount> {
    const options = { destination: addressOf(address), count };
    return this.#driver.wait((settle) =>
      ping(this.#stack, this.#simulation.clock, options, settle)
    );
  }

  /** Sends bytes over one TCP connection, and waits for their end. @param request Where to. */
  async transfer(request: StationTransfer) {
    const { to, address, port, bytes, timeoutMs = 30_000 } = request;
    if (!(to instanceof SimStation)) throw new TypeError("Both ends are of one world");
    const { clock } = this.#simulation;
    let beganAtNs = clock.nowNs;
    let receivedBytes = 0;
    await this.#driver.wait<void>((settle) => {
      const limit = clock.after(timeoutMs * NS_PER_MS, () => end());
      const sink = serveSink(to.#stack, port, {
        accepted: () => beganAtNs = clock.nowNs,
        took: (count) => receivedBytes += count,
        drained: () => end(),
      });
      sendBytes(this.#stack, { to: { address: addressOf(address), port }, bytes });
      const end = () => {
        limit.cancel();
        sink.close();
        settle();
      };
    });
    return { receivedBytes, elapsedMs: (clock.nowNs - beganAtNs) / NS_PER_MS };
  }

  /** Kills the process, and with it everything in its namespaces. */
  kill(): Promise<void> {
    if (this.#process.isAlive) this.#process.namespace.machine.endProcess(this.#process);
    return Promise.resolve();
  }

  get #stack(): Ipv4Stack {
    return this.#simulation.stack(this.#process.namespace);
  }

  async #ask(
    request: StationRequest,
    ask: typeof askUdp,
  ): Promise<StationReply> {
    const { address, port, text, timeoutMs = 1000, sourcePort } = request;
    const question: Question = {
      to: { address: addressOf(address), port },
      payload: new TextEncoder().encode(text),
      timeoutNs: timeoutMs * NS_PER_MS,
      ...(sourcePort === undefined ? {} : { sourcePort }),
    };
    const { clock } = this.#simulation;
    const reply = await this.#driver.wait<Reply>((settle) =>
      ask(this.#stack, clock, question, settle)
    );
    if (reply.outcome !== "answered") return reply;
    const { outcome, payload, localPort } = reply;
    return { outcome, text: new TextDecoder().decode(payload), localPort };
  }
}

function listenerOf(server: EchoServer): StationListener {
  return {
    peers: () =>
      Promise.resolve(
        server.clients.map(({ address, port }) => ({ address: formatIpv4(address), port })),
      ),
    [Symbol.asyncDispose]: () => Promise.resolve(server.close()),
  };
}

function addressOf(text: string): number {
  const address = parseIpv4(text);
  if (address === undefined) throw new SyntaxError(`"${text}" is no IPv4 address`);
  return address;
}
