import type { SimKernel } from "../../sim/sim_kernel.ts";
import type { SimWorld } from "../../sim/world/sim_world.ts";
import { parseIpv4 } from "../../sim/model/ipv4.ts";
import type { Ipv4Stack } from "../../sim/path/ipv4_stack.ts";
import { serveUdpEcho } from "../../sim/program/udp_echo.ts";
import { NS_PER_MS } from "../../sim/time/virtual_clock.ts";
import { HOST_ADDRESS, type Station, type World } from "../support/world.ts";

/** Datagrams that go back and forth between neighbours of a container that comes and goes. */
export interface SteadyFlow extends AsyncDisposable {
  /** Lets some go, between two steps of a change; absent where they go by themselves. */
  tick?(): void;
  /** Waits for those under way, and tells how many questions were asked and never answered. */
  settle(): Promise<{ readonly asked: number; readonly lost: number }>;
}

/** A server of a {@linkcode SteadyFlow}, and who asks it. */
export interface FlowEnds {
  /** The container that answers. */
  readonly server: { readonly pid: number };
  /** Its port. */
  readonly port: number;
  /** The container that asks, besides the machine outside. */
  readonly client: { readonly pid: number };
}

/** How long a question and its answer may be under way in virtual time. */
const ROUND_TRIP_NS = NS_PER_MS;

/** A flow on the simulator, whose every datagram is answered before the next step is taken. */
class SimFlow implements SteadyFlow {
  readonly #world: SimWorld;
  readonly #asks: (() => void)[];
  readonly #closers: (() => void)[];
  #asked = 0;
  #answered = 0;

  constructor(world: SimWorld, { server, port, client }: FlowEnds) {
    this.#world = world;
    const echo = serveUdpEcho(stackOf(world, world.kernel, server.pid), port);
    const outside = world.simulation.machines.find(({ name }) => name === "outside");
    const address = parseIpv4(HOST_ADDRESS);
    if (outside === undefined || address === undefined) throw new Error("a world has an outside");
    const stacks = [
      world.simulation.stack(outside.home),
      stackOf(world, world.kernel, client.pid),
    ];
    const remote = { address, port };
    const payload = new TextEncoder().encode("still there?");
    const sockets = stacks.map((stack) => {
      const socket = stack.udp.open({ remote }, { received: () => this.#answered++ });
      if (socket === undefined) throw new Error("no port is free for a flow");
      return socket;
    });
    this.#asks = sockets.map((socket) => () => socket.send(payload, remote));
    this.#closers = [echo, ...sockets].map((each) => () => each.close());
  }

  tick(): void {
    const { clock } = this.#world.simulation;
    for (const ask of this.#asks) {
      this.#asked++;
      ask();
    }
    clock.runTo(clock.nowNs + ROUND_TRIP_NS);
  }

  settle(): Promise<{ asked: number; lost: number }> {
    this.tick();
    return Promise.resolve({ asked: this.#asked, lost: this.#asked - this.#answered });
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closers) close();
    return Promise.resolve();
  }
}

function stackOf(world: SimWorld, { machine }: SimKernel, pid: number): Ipv4Stack {
  const process = machine.processes.get(pid);
  if (process === undefined) throw new Error(`there is no process ${pid}`);
  return world.simulation.stack(process.namespace);
}

/** A flow on a real kernel: questions one after another, as fast as they are answered. */
class HostFlow implements SteadyFlow {
  readonly #asking: Promise<void>;
  #isOver = false;
  #asked = 0;
  #lost = 0;

  constructor(outside: Station, port: number) {
    this.#asking = this.#ask(outside, port);
  }

  async settle(): Promise<{ asked: number; lost: number }> {
    const before = this.#asked;
    while (this.#asked < before + 2 && !this.#isOver) await pause(5);
    return { asked: this.#asked, lost: this.#lost };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#asking;
  }

  async #ask(outside: Station, port: number): Promise<void> {
    while (!this.#isOver) {
      const { outcome } = await outside.udp({ address: HOST_ADDRESS, port, text: "still there?" });
      this.#asked++;
      if (outcome !== "answered") this.#lost++;
      await pause(2);
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Starts a flow.
 *
 * @param world A world of either kind.
 * @param ends Who talks to whom.
 */
export async function startFlow(
  world: World | SimWorld & World,
  ends: FlowEnds & { readonly server: Station },
): Promise<SteadyFlow> {
  if ("simulation" in world) return new SimFlow(world, ends);
  const server = await ends.server.listenUdp(ends.port);
  const flow = new HostFlow(world.outside, ends.port);
  await flow.settle();
  return {
    settle: () => flow.settle(),
    [Symbol.asyncDispose]: async () => {
      await flow[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
