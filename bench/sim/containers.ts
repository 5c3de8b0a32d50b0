/**
 * Measures a full host on the simulator: containers prepared, isolated, exercised with one TCP
 * exchange each, and cleaned up.
 *
 * ```text
 * deno task bench:containers 1000
 * ```
 *
 * @module
 */

import { createSimWorld } from "../../src/cli/sim/sim_world.ts";
import { Isolator } from "../../src/isolator/isolator.ts";
import { DEFAULT_OPTIONS, type IsolatorOptions } from "../../src/isolator/options.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { HOST_ADDRESS } from "../../src/cli/demo/world.ts";

/** Containers where the command line names no number. */
const COUNT_DEFAULT = 1000;

const PORTS_PER_CONTAINER = 8;
const FIRST_PORT = 20_000;

const OPTIONS: IsolatorOptions = {
  ...DEFAULT_OPTIONS,
  ports: parsePorts(`${FIRST_PORT}-31999`),
  ephemeralPorts: parsePorts("49152-65535"),
  ephemeralPortsPerContainer: 16,
};

const count = Number(Deno.args[0] ?? COUNT_DEFAULT);
const rows: { readonly phase: string; readonly seconds: number }[] = [];

async function phase(name: string, run: () => Promise<void>): Promise<void> {
  const begin = performance.now();
  await run();
  rows.push({ phase: name, seconds: (performance.now() - begin) / 1000 });
}

await using world = await createSimWorld();
await world.kernel.execute({
  tool: "sysctl",
  args: ["-w", "net.ipv4.ip_local_port_range=32768 49151"],
  effect: "change",
});
const isolator = await Isolator.create(OPTIONS, world.kernel);
const stations: Awaited<ReturnType<typeof world.startContainer>>[] = [];

await phase("prepare and isolate", async () => {
  for (let i = 0; i < count; i++) {
    const station = await world.startContainer();
    const first = FIRST_PORT + i * PORTS_PER_CONTAINER;
    const ports = parsePorts(`${first}-${first + PORTS_PER_CONTAINER - 1}`);
    await isolator.prepare(`c${i}`, { ports });
    await isolator.isolate(`c${i}`, station.pid);
    stations.push(station);
  }
});
await phase("one TCP exchange each", async () => {
  for (const [i, station] of stations.entries()) {
    const port = FIRST_PORT + i * PORTS_PER_CONTAINER;
    await using _server = await station.listenTcp(port);
    const reply = await world.outside.tcp({ address: HOST_ADDRESS, port, text: "hello" });
    if (reply.outcome !== "answered") throw new Error(`c${i}: ${reply.outcome}`);
  }
});
await phase("clean up", async () => {
  for (let i = 0; i < count; i++) await isolator.cleanup(`c${i}`);
});

const total = rows.reduce((sum, { seconds }) => sum + seconds, 0);
const memoryMb = Deno.memoryUsage().rss / 1e6;
for (const { phase, seconds } of [...rows, { phase: "all", seconds: total }]) {
  // deno-lint-ignore no-console
  console.log(`${phase.padEnd(24)} ${seconds.toFixed(2).padStart(8)} s for ${count} containers`);
}
// deno-lint-ignore no-console
console.log(`memory of the process    ${memoryMb.toFixed(0).padStart(8)} MB`);
