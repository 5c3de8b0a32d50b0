import { assert } from "@std/assert";
import { IsolatorError } from "../../../src/isolator/isolator_error.ts";
import { IntervalSet } from "../../../src/ports/mod.ts";
import type { Tool } from "../../../src/kernel/kernel_network.ts";
import type { Random } from "../../support/random.ts";
import { OUTSIDE_ADDRESS } from "../../support/world.ts";
import type { Life, Mishap } from "./life.ts";
import { randomSpeech } from "./random_speech.ts";
import { type Tenant, TENANT_PORTS } from "./tenants.ts";

/** Something that happens in a life. */
export interface LifeStep {
  /** What happens. */
  readonly name: string;
  /** How often it happens, beside the others. */
  readonly weight: number;
  /** Makes it happen; does nothing where it cannot. */
  readonly run: (life: Life, random: Random) => Promise<void>;
  /** Whether it changes who should be where, so that all of that is looked at after it. */
  readonly isChange: boolean;
  /** Whether somebody must speak, which takes too long on some grounds; false when left out. */
  readonly needsSpeech?: boolean;
}

/** How many tenants there are at most. */
const TENANTS_MAX = 6;

/** First priority of other people's filters. */
const FOREIGN_PRIORITY = 40_000;

function randomPorts(life: Life, random: Random, own: IntervalSet = IntervalSet.of()): IntervalSet {
  const count = random.below(3);
  const intervals = Array.from({ length: count }, () => {
    const begin = random.between(TENANT_PORTS.begin, TENANT_PORTS.end);
    return { begin, end: Math.min(TENANT_PORTS.end, begin + random.below(12)) };
  });
  return IntervalSet.from(intervals).difference(life.tenants.taken.difference(own));
}

async function isolate(life: Life, random: Random, mishap: Mishap): Promise<void> {
  if (life.tenants.all.length >= TENANTS_MAX) return;
  const stray = random.below(4) === 0 ? life.strays.shift() : undefined;
  const process = stray ?? await life.ground.start();
  assert(process !== undefined);
  const id = `c${life.born++}`;
  const ports = randomPorts(life, random);
  const { ephemeralPorts } = await life.isolator.prepare(id, { ports });
  const tenant: Tenant = { id, process, isAlive: true, ports, ephemeralPorts };
  const isTaken = life.tenants.all.some((other) => other.process.pid === process.pid);
  const act = () => life.isolator.isolate(id, process.pid);
  const end = await life.attempt(mishap, random, act).catch((error: unknown) => {
    assert(isTaken && error instanceof IsolatorError && error.code === "pid-in-use", `${error}`);
    return "failed" as const;
  });
  if (end === "done") life.tenants.add(tenant);
  else if (end === "failed") {
    await life.isolator.cleanup(id);
    await process.kill();
  } else {
    life.tenants.add({ ...tenant, unsure: ports });
    await life.restart(life.setting);
    if (life.tenants.find(id) === undefined) await process.kill();
  }
}

async function update(life: Life, random: Random, mishap: Mishap): Promise<void> {
  const tenant = pickTenant(life, random);
  if (tenant === undefined || tenant.isLeaving) return;
  const ports = randomPorts(life, random, tenant.ports);
  const cpus = random.below(3) === 0 ? { cpus: 1 + random.below(4) } : {};
  const act = () => life.isolator.update(tenant.id, { ports, ...cpus });
  const end = await life.attempt(mishap, random, act);
  if (end === "done") {
    tenant.ports = ports;
    delete tenant.unsure;
    return;
  }
  tenant.unsure = tenant.ports.union(tenant.unsure ?? IntervalSet.of()).union(ports);
  if (end === "died") await life.restart(life.setting);
}

async function cleanup(life: Life, random: Random, mishap: Mishap): Promise<void> {
  const tenant = pickTenant(life, random);
  if (tenant === undefined) return;
  if (random.below(3) > 0) await die(tenant);
  const act = () => life.isolator.cleanup(tenant.id);
  const end = await life.attempt(mishap, random, act);
  if (end === "done") {
    life.tenants.remove(tenant.id);
    await die(tenant);
    return;
  }
  tenant.unsure = tenant.ports.union(tenant.unsure ?? IntervalSet.of());
  tenant.isLeaving = true;
  if (end === "died") await life.restart(life.setting);
}

async function die(tenant: Tenant): Promise<void> {
  tenant.isAlive = false;
  await tenant.process.kill();
}

function pickTenant(life: Life, random: Random): Tenant | undefined {
  const { all } = life.tenants;
  return all.length === 0 ? undefined : random.pick(all);
}

async function command(life: Life, tool: Tool, line: string): Promise<void> {
  const { status, stderr } = await life.ground.kernel.execute({
    tool,
    args: line.split(" "),
    effect: "change",
  });
  assert(status === 0, `"${tool} ${line}" failed: ${stderr}`);
}

async function flap(life: Life): Promise<void> {
  await command(life, "ip", "link set eth0 down");
  await command(life, "ip", "link set eth0 up");
  await command(life, "ip", `route replace default via ${OUTSIDE_ADDRESS}`);
}

async function toggleForeign(life: Life, random: Random): Promise<void> {
  const priority = FOREIGN_PRIORITY + random.below(5);
  const place = `dev eth0 parent ffff: protocol ip prio ${priority}`;
  if (life.foreign.delete(priority)) return await command(life, "tc", `filter del ${place}`);
  await command(life, "tc", `filter add ${place} u32 match ip dport 9 0xffff flowid 1:1`);
  life.foreign.add(priority);
}

async function probeSomewhere(life: Life, random: Random): Promise<void> {
  const tenant = pickTenant(life, random);
  const intervals = tenant === undefined ? [] : [...tenant.ports.intervals, tenant.ephemeralPorts];
  const interval = random.below(3) === 0 || intervals.length === 0
    ? TENANT_PORTS
    : random.pick(intervals);
  await life.probe(random.pick([
    interval.begin,
    interval.end,
    Math.min(65_535, interval.end + 1),
    interval.begin - 1,
    random.between(interval.begin, interval.end),
  ]));
}

function onEachMishap(
  name: string,
  weights: Readonly<Record<Mishap, number>>,
  run: (life: Life, random: Random, mishap: Mishap) => Promise<void>,
): LifeStep[] {
  return (["nothing", "fault", "crash"] as const).map((mishap) => ({
    name: mishap === "nothing" ? name : `${name}, with a ${mishap}`,
    weight: weights[mishap],
    run: (life, random) => run(life, random, mishap),
    isChange: true,
  }));
}

/** Everything that happens in lives. */
export const LIFE_STEPS: readonly LifeStep[] = [
  ...onEachMishap("isolate", { nothing: 14, fault: 3, crash: 2 }, isolate),
  ...onEachMishap("update", { nothing: 14, fault: 3, crash: 2 }, update),
  ...onEachMishap("cleanup", { nothing: 8, fault: 2, crash: 1 }, cleanup),
  {
    name: "a process dies",
    weight: 4,
    isChange: true,
    run: async (life, random) => {
      const tenant = pickTenant(life, random);
      if (tenant !== undefined) await die(tenant);
    },
  },
  {
    name: "a dead process's id is given to another",
    weight: 4,
    isChange: true,
    run: async (life) => {
      const dead = life.tenants.all.find(({ isAlive }) => !isAlive);
      if (dead === undefined) return;
      const stray = await life.ground.start(dead.process.pid);
      if (stray !== undefined) life.strays.push(stray);
    },
  },
  {
    name: "a restart",
    weight: 4,
    isChange: true,
    run: (life) => life.restart(life.setting),
  },
  {
    name: "a restart with other options",
    weight: 1,
    isChange: true,
    run: (life, random) => life.restart(random.pick(life.settings)),
  },
  { name: "the public link goes down and up", weight: 4, isChange: true, run: flap },
  {
    name: "somebody else's filter comes or goes",
    weight: 12,
    isChange: false,
    run: toggleForeign,
  },
  { name: "a packet comes", weight: 250, isChange: false, run: probeSomewhere },
  ...(["udp", "tcp"] as const).map((transport): LifeStep => ({
    name: transport === "udp" ? "somebody sends a datagram" : "somebody opens a connection",
    weight: 40,
    isChange: false,
    needsSpeech: true,
    run: (life, random) => Promise.resolve(life.converse(randomSpeech(life, transport, random))),
  })),
];
