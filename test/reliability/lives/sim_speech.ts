import { parseIpv4 } from "../../../sim/model/ipv4.ts";
import type { Ipv4Stack } from "../../../sim/path/ipv4_stack.ts";
import type { Endpoint } from "../../../sim/socket/udp_sockets.ts";
import { NS_PER_MS } from "../../../sim/time/virtual_clock.ts";
import type { SimWorld } from "../../../sim/world/sim_world.ts";
import { HOST_ADDRESS, OUTSIDE_ADDRESS } from "../../support/world.ts";
import type { Heard, Place, Speech } from "./speech.ts";

/** How long a question and its answer, or a handshake, may be under way in virtual time. */
const PATIENCE_NS = 3 * NS_PER_MS;

const ADDRESSES: Readonly<Record<Speech["to"], string>> = {
  host: HOST_ADDRESS,
  loopback: "127.0.0.1",
  outside: OUTSIDE_ADDRESS,
};

/** What goes on at the ends of one speech. */
interface Ends {
  /** Is called by each listener that hears it. */
  readonly heard: (place: Place) => void;
  /** Is called when the answer has come. */
  readonly answered: () => void;
}

/**
 * Speaks, while everybody listens.
 *
 * @param world Where.
 * @param speech What is said.
 * @param listeners Who listens at its port.
 * @throws {Error} If a port that is needed is taken.
 */
export function speakOnSim(world: SimWorld, speech: Speech, listeners: readonly Place[]): Heard {
  const by: Place[] = [];
  let isAnswered = false;
  const ends: Ends = { heard: (place) => by.push(place), answered: () => isAnswered = true };
  const listen = speech.transport === "udp" ? listenUdp : listenTcp;
  const say = speech.transport === "udp" ? sayUdp : sayTcp;
  const closers = listeners.map((place) =>
    listen(stackAt(world, place), speech.port, () => ends.heard(place))
  );
  const address = parseIpv4(ADDRESSES[speech.to]);
  if (address === undefined) throw new Error("an address is one");
  const to = { address, port: speech.port };
  closers.push(say(stackAt(world, speech.from), speech.sourcePort, to, ends.answered));
  const { clock } = world.simulation;
  clock.runTo(clock.nowNs + PATIENCE_NS);
  for (const close of closers) close();
  // Whoever is reset must hear of it before the port is used again.
  clock.runTo(clock.nowNs + PATIENCE_NS);
  return { by, isAnswered };
}

function stackAt({ simulation, kernel }: SimWorld, place: Place): Ipv4Stack {
  const { machine } = kernel;
  if (place === "host") return simulation.stack(machine.home);
  const namespace = place === "outside"
    ? simulation.machines.find(({ name }) => name === "outside")?.home
    : machine.processes.get(place)?.namespace;
  if (namespace === undefined) throw new Error(`nobody is at ${place}`);
  return simulation.stack(namespace);
}

function taken(port: number): never {
  throw new Error(`port ${port} is taken, where nothing should be open`);
}

function listenUdp({ udp }: Ipv4Stack, port: number, heard: () => void): () => void {
  const socket = udp.open({ port }, {
    received: (payload, from) => {
      heard();
      socket?.send(payload, from);
    },
  });
  return (socket ?? taken(port)).close;
}

function sayUdp({ udp }: Ipv4Stack, port: number, to: Endpoint, answered: () => void): () => void {
  const socket = udp.open({ port, remote: to }, { received: answered }) ?? taken(port);
  socket.send(new TextEncoder().encode("who is there?"), to);
  return socket.close;
}

function listenTcp({ tcp }: Ipv4Stack, port: number, heard: () => void): () => void {
  const breakOff: (() => void)[] = [];
  const listener = tcp.listen({ port }, () => {
    const socket = listener?.accept(() => ({}));
    if (socket === undefined) return;
    heard();
    breakOff.push(() => socket.abort());
  }) ?? taken(port);
  return () => {
    for (const each of breakOff) each();
    listener.close();
  };
}

function sayTcp({ tcp }: Ipv4Stack, port: number, to: Endpoint, answered: () => void): () => void {
  const socket = tcp.connect({ remote: to, port }, { connected: answered });
  return typeof socket === "string" ? taken(port) : () => socket.abort();
}
