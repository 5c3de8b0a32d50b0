import { IntervalSet } from "../../../src/ports/mod.ts";
import type { Random } from "../../support/random.ts";
import type { Life } from "./life.ts";
import type { Place, Speech } from "./speech.ts";
import { type Tenant, TENANT_PORTS } from "./tenants.ts";

/** Ports that the host and the machine outside speak from: nobody else has them. */
const OTHERS_PORTS = { begin: 20_000, end: 29_999 };

/**
 * Thinks of something that somebody might say: mostly from a port of his own to a port of somebody
 * else, and now and then from or to a port that is anybody's.
 *
 * @param life Whose people.
 * @param transport How it is said.
 * @param random Chooses.
 */
export function randomSpeech(
  life: Life,
  transport: Speech["transport"],
  random: Random,
): Speech {
  const speakers = life.tenants.certain.filter(({ isAlive }) => isAlive);
  const speaker = speakers.length > 0 && random.below(4) > 0 ? random.pick(speakers) : undefined;
  const from: Place = speaker?.process.pid ?? random.pick(["host", "outside"] as const);
  const to = from === "outside" ? "host" : random.pick(["host", "loopback", "outside"] as const);
  const own = speaker === undefined ? IntervalSet.of(OTHERS_PORTS) : portsOf(speaker);
  const isLawful = speaker === undefined || random.below(3) > 0;
  const everybody = life.tenants.all.map(portsOf)
    .reduce((sum, ports) => sum.union(ports), IntervalSet.of(TENANT_PORTS));
  return {
    ...{ transport, from, to },
    sourcePort: pickPort(isLawful ? own : everybody, random),
    port: pickPort(random.below(4) === 0 ? IntervalSet.of(TENANT_PORTS) : everybody, random),
  };
}

function portsOf({ ports, ephemeralPorts }: Tenant): IntervalSet {
  return ports.union(IntervalSet.of(ephemeralPorts));
}

function pickPort(ports: IntervalSet, random: Random): number {
  const { begin, end } = random.pick(ports.intervals);
  return random.pick([begin, end, random.between(begin, end)]);
}
