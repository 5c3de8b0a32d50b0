import { parseIpv4 } from "../../sim/model/ipv4.ts";
import type { NetworkNamespace } from "../../sim/model/namespace.ts";
import { Datapath } from "../../sim/path/datapath.ts";
import { Ipv4Stack } from "../../sim/path/ipv4_stack.ts";
import { makeLinkQueues } from "../../sim/qdisc/link_queues.ts";
import { NS_PER_MS, VirtualClock } from "../../sim/time/virtual_clock.ts";

/** Clients that a server has seen. */
export type Peers = { readonly address: number; readonly port: number }[];

/** Programs on a simulated machine: what a test's sockets do there, in virtual time. */
export class SimStations {
  /** The way of packets between them. */
  readonly datapath: Datapath;
  readonly #clock: VirtualClock;

  /** @param clock The machine's own clock. */
  constructor(clock: VirtualClock) {
    this.#clock = clock;
    this.datapath = new Datapath({
      clock,
      makeQueues: makeLinkQueues,
      makeStack: (context, namespace) => new Ipv4Stack(context, namespace),
    });
  }

  /**
   * Opens a UDP server that sends back what it receives.
   *
   * @param namespace Where it runs.
   * @param port Its port.
   */
  listenUdp(namespace: NetworkNamespace, port: number) {
    const peers: Peers = [];
    const server = this.#stack(namespace).udp.open({ port }, {
      received: (payload, from) => {
        peers.push(from);
        server?.send(payload, from);
      },
    });
    if (server === undefined) throw new Error(`port ${port} is taken`);
    return { peers, [Symbol.dispose]: () => server.close() };
  }

  /**
   * Sends a datagram and waits for one back.
   *
   * @param namespace Where the client runs.
   * @param to Whom to ask, as text and port.
   * @param sourcePort Port to send from; the kernel's choice when left out.
   */
  udp(namespace: NetworkNamespace, to: readonly [string, number], sourcePort?: number) {
    const remote = { address: addressOf(to[0]), port: to[1] };
    let outcome: string | undefined;
    const options = { remote, ...(sourcePort === undefined ? {} : { port: sourcePort }) };
    const client = this.#stack(namespace).udp.open(options, {
      received: () => outcome = "answered",
      failed: (reason) => outcome = reason,
    });
    if (client === undefined) throw new Error("no port is free");
    const failure = client.send(new TextEncoder().encode("hello"), remote);
    if (failure !== undefined) outcome = failure;
    this.#clock.runUntil(() => outcome !== undefined, this.#clock.nowNs + 5000 * NS_PER_MS);
    client.close();
    return { outcome: outcome ?? "timed-out", localPort: client.localPort };
  }

  /**
   * Asks for echoes, one after another.
   *
   * @param namespace Where the asker runs.
   * @param address Whom to ask.
   * @param count How many times.
   * @returns How many questions were answered, and how many replies came beyond the first.
   */
  ping(namespace: NetworkNamespace, address: string, count: number) {
    const replies: number[] = [];
    const socket = this.#stack(namespace).echo.open((sequence) => replies.push(sequence));
    for (let sequence = 1; sequence <= count; sequence++) {
      socket.ask(addressOf(address), sequence);
      this.#clock.runUntil(() => false, this.#clock.nowNs + 1000 * NS_PER_MS);
    }
    socket.close();
    const answered = new Set(replies).size;
    return { answered, duplicates: replies.length - answered };
  }

  #stack(namespace: NetworkNamespace): Ipv4Stack {
    const stack = this.datapath.stack(namespace);
    if (stack instanceof Ipv4Stack) return stack;
    throw new Error("every stack here is one of ours");
  }
}

function addressOf(text: string): number {
  const address = parseIpv4(text);
  if (address === undefined) throw new SyntaxError(`"${text}" is no IPv4 address`);
  return address;
}
