import { assert } from "@std/assert";
import { parsePorts } from "../../src/ports/mod.ts";
import { startTestAgent, type TestAgent } from "./agent.ts";
import { VirtualClock } from "../../sim/time/virtual_clock.ts";
import { createSimHost } from "./sim_host.ts";
import { SimStations } from "./sim_stations.ts";
import { OUTSIDE_ADDRESS } from "./world.ts";

/** An agent with containers, that listens on loopback. */
export interface PageWorld extends AsyncDisposable {
  /** Where its page is. */
  readonly url: string;
  /** The agent. */
  readonly agent: TestAgent;
  /** Lets every container ask the outside for echoes, some more often than others. */
  makeTraffic(): void;
}

/** Ports of each container: a short range and one port beyond. */
const PORTS_EACH = 8;

/** Ports that containers may ask for, room for 1,000 of them. */
const FIRST_PORT = 20_000;

/** Bytes per second that each may send: 80 Mbit/s. */
const RATE_LIMIT = 10_000_000;

/**
 * Starts an agent on a simulated host with containers named `task-0` and so on.
 *
 * @param count How many, up to 1,000.
 */
export async function startPageWorld(count: number): Promise<PageWorld> {
  const clock = new VirtualClock();
  const host = await createSimHost(clock, false);
  const agent = await startTestAgent(
    {
      ports: parsePorts("20000-29999"),
      ephemeralPorts: parsePorts("1024-17407"),
      ephemeralPortsPerContainer: count > 16 ? 16 : 1024,
      egress: { minimumRateLimit: RATE_LIMIT, rateLimitPerContainer: RATE_LIMIT },
    },
    undefined,
    host,
  );
  await agent.isolateAll(Array.from({ length: count }, (_, i) => {
    const begin = FIRST_PORT + PORTS_EACH * i;
    return { id: `task-${i}`, ports: `${begin}-${begin + 4},${begin + 6}` };
  }));
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, agent.answer);
  const stations = new SimStations(clock);
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    agent,
    makeTraffic: () => {
      const processes = [...host.machine.processes.values()].slice(-count);
      for (const [i, { namespace }] of processes.slice(0, 20).entries()) {
        const { answered } = stations.ping(namespace, OUTSIDE_ADDRESS, 1 + 3 * (i % 5));
        assert(answered > 0);
      }
    },
    [Symbol.asyncDispose]: async () => {
      await server.shutdown();
      agent[Symbol.dispose]();
    },
  };
}
