/**
 * Measures the proof of a full host: all packets there can be, through the filters of all links.
 * Its peer asks packets one by one: only at host eth0, for TCP and UDP, and one packet a port; its
 * time is told from every 64th port.
 *
 * ```text
 * deno task bench:prove 256
 * ```
 *
 * @module
 */

import { createSimWorld } from "../../src/cli/sim/sim_world.ts";
import { Isolator } from "../../src/isolator/isolator.ts";
import { DEFAULT_OPTIONS, type FilterLayout } from "../../src/isolator/options.ts";
import { exampleFrame } from "../../src/isolator/prove/example_frame.ts";
import { onePacket } from "../../src/isolator/prove/one_packet.ts";
import { EVERY_PACKET, prove } from "../../src/isolator/prove/prove.ts";
import { rulesOf } from "../../src/isolator/prove/rules.ts";
import { readSteering, type Steering } from "../../src/isolator/prove/steering.ts";
import { walk } from "../../src/isolator/prove/walk.ts";
import { parsePorts } from "../../src/ports/mod.ts";

/** Containers where the command line names no number. */
const COUNT_DEFAULT = 256;

const FIRST_PORT = 20_000;
const PORTS_STRIDE = 8;
/** Ports of each: no power of two, so that each range takes two filters. */
const PORTS_EACH = 5;
const PORT_COUNT = 65_536;
const SAMPLED_EVERY = 64;
const LAYOUTS: readonly FilterLayout[] = ["hashed", "linear"];

const count = Number(Deno.args[0] ?? COUNT_DEFAULT);

// deno-lint-ignore no-console
const say = (text: string) => console.log(text);

async function crowdedHost(filterLayout: FilterLayout): Promise<Steering> {
  const world = await createSimWorld();
  const isolator = await Isolator.create({
    ...DEFAULT_OPTIONS,
    ports: parsePorts(`${FIRST_PORT}-29999`),
    ephemeralPorts: parsePorts("1024-17407"),
    ephemeralPortsPerContainer: 64,
    filterLayout,
  }, world.kernel);
  await Promise.all(Array.from({ length: count }, async (_, i) => {
    const { pid } = await world.startContainer();
    const begin = FIRST_PORT + i * PORTS_STRIDE;
    await isolator.prepare(`c${i}`, { ports: parsePorts(`${begin}-${begin + PORTS_EACH - 1}`) });
    await isolator.isolate(`c${i}`, pid);
  }));
  return await readSteering(world.kernel, isolator.host);
}

/** Asks host eth0's filters about one TCP and one UDP packet for some of all ports. */
function askOneByOne({ host, places }: Steering): number {
  const [eth0] = places;
  const [ip] = EVERY_PACKET;
  if (eth0 === undefined || ip === undefined) return 0;
  const rules = rulesOf(eth0.filters);
  const frame = exampleFrame(ip, host);
  let ended = 0;
  for (const protocol of [6, 17]) {
    frame[23] = protocol;
    for (let port = 0; port < PORT_COUNT; port += SAMPLED_EVERY) {
      frame.set([port >>> 8, port & 0xff], 36);
      walk(rules, [onePacket(frame)], { ended: () => ended++ });
    }
  }
  return ended;
}

const head = ["LAYOUT", "CONTAINERS", "LINKS", "FILTERS", "KINDS", "PROVED IN", "ONE BY ONE"];
say(head.map((cell) => cell.padEnd(12)).join(""));
for (const layout of LAYOUTS) {
  const steering = await crowdedHost(layout);
  const beganMs = performance.now();
  const { links, filters, classes, counterexample } = prove(steering);
  const provedMs = performance.now() - beganMs;
  if (counterexample !== undefined) throw new Error(`${counterexample.packet} goes astray`);
  const askedMs = performance.now();
  const asked = askOneByOne(steering);
  const oneByOneMs = (performance.now() - askedMs) * SAMPLED_EVERY;
  if (asked * SAMPLED_EVERY !== 2 * PORT_COUNT) throw new Error("each packet comes to an end");
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
  const row = [layout, count, links, filters, classes, seconds(provedMs), seconds(oneByOneMs)];
  say(row.map((cell) => String(cell).padEnd(12)).join(""));
}
say(`One by one: ${2 * PORT_COUNT} packets at one of the links, of all there can be.`);
