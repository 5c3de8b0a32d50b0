import { assert, assertEquals } from "@std/assert";
import type { Counterexample } from "../../src/isolator/prove/counterexample.ts";
import { prove } from "../../src/isolator/prove/prove.ts";
import { readSteering } from "../../src/isolator/prove/steering.ts";
import type { ListedFilter } from "../../src/routing/filter_listing.ts";
import { Isolator } from "../../src/isolator/isolator.ts";
import { configureHost } from "../../src/isolator/host_config.ts";
import { readHost } from "../../src/isolator/host.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { openWorldPort } from "../support/frames/world_port.ts";
import { createIsolator, LAYOUTS, OPTIONS, startIsolated } from "../support/isolated.ts";
import { setUpAsReference } from "../support/reference_host.ts";
import { changePorts, filterOfPorts, replant, uproot } from "../support/replant.ts";
import type { World } from "../support/world.ts";
import { onEachKernel } from "../support/worlds.ts";

const PORTS = { one: "31000-31007,31100", two: "31008-31015" };

async function stage(world: World, filterLayout: typeof LAYOUTS[number]) {
  const isolator = await createIsolator(world, { filterLayout });
  const one = await startIsolated(world, isolator, "one", { ports: PORTS.one });
  const two = await startIsolated(world, isolator, "two", { ports: PORTS.two });
  const containers = [
    container("one", one.pid, PORTS.one, 61440),
    container("two", two.pid, PORTS.two, 62464),
  ];
  const read = () => readSteering(world.kernel, isolator.host, containers);
  return { isolator, one, two, read, pids: new Map([["one", one.pid], ["two", two.pid]]) };
}

function container(id: string, pid: number, ports: string, begin: number) {
  return { id, pid, ports: parsePorts(ports), ephemeralPorts: { begin, end: begin + 1023 } };
}

for (const layout of LAYOUTS) {
  onEachKernel(
    `prove() shows that each packet reaches its owner and nobody else (${layout})`,
    async (world) => {
      const { isolator, read } = await stage(world, layout);
      const proof = prove(await read());
      assertEquals([proof.astray, proof.counterexample, proof.links], [0, undefined, 8]);
      assert(proof.classes > 100, `${proof.classes} classes`);
      await isolator.update("one", { ports: parsePorts("31020,31900-32000") });
      // What containers own is then read from the kernel as well.
      assertEquals(prove(await readSteering(world.kernel, isolator.host)).astray, 0);
      await isolator.cleanup("one");
      await isolator.cleanup("two");
      assertEquals(prove(await readSteering(world.kernel, isolator.host)).astray, 0);
    },
  );
}

/** Defects by which packets of the first container, or for it, go astray. */
const DEFECTS: readonly {
  readonly name: string;
  readonly plant: (world: World, filter: ListedFilter, veth2: string) => Promise<void>;
  /** Where the packet of the shortest way comes, and where it should, by layout. */
  readonly ways: Readonly<
    Record<typeof LAYOUTS[number], readonly [readonly string[], readonly string[]]>
  >;
}[] = [
  {
    name: "a filter is missing",
    plant: ({ kernel }, filter) => uproot(kernel, filter),
    ways: both(["host"], ["one"]),
  },
  {
    name: "a mask is too wide",
    plant: ({ kernel }, filter) =>
      replant(kernel, filter, { keys: changePorts(filter, { value: 30992, mask: 0xfff0 }) }),
    ways: both(["one"], ["host"]),
  },
  {
    name: "a filter leads to another container",
    plant: ({ kernel }, filter, to) => replant(kernel, filter, { to }),
    ways: both(["two"], ["one"]),
  },
  {
    name: "a filter looks at the source port only",
    plant: ({ kernel }, filter) =>
      replant(kernel, filter, {
        keys: changePorts(filter, { value: 31000 * 0x10000, mask: 0xfff80000 }),
      }),
    // A bucket of the hash table is asked about its own destination ports alone.
    ways: { hashed: [["host"], ["one"]], linear: [["one"], ["two"]] },
  },
];

function both(goes: string[], should: string[]) {
  const way: readonly [readonly string[], readonly string[]] = [goes, should];
  return { hashed: way, linear: way };
}

for (const layout of LAYOUTS) {
  for (const { name, plant, ways } of DEFECTS) {
    onEachKernel(
      `prove() finds that ${name}, and the packet that it shows goes astray (${layout})`,
      async (world) => {
        const { one, two, read, pids } = await stage(world, layout);
        const { filters } = (await read()).places[0] ?? { filters: [] };
        const veth = (pid: number) => `mesos${pid}`;
        await plant(world, filterOfPorts(filters, veth(one.pid)), veth(two.pid));
        const { counterexample, astray } = prove(await read());
        assert(counterexample !== undefined && astray > 0);
        assertEquals(counterexample.from, "outside");
        const { goes, should } = counterexample;
        assertEquals([goes, should] as const, ways[layout]);
        assertEquals(await arrivals(world, counterexample, pids), goes.filter(isContainer));
      },
    );
  }
}

function isContainer(name: string): boolean {
  return name !== "host";
}

/** Sends a counterexample's frame, and tells which containers' links see it. */
async function arrivals(
  world: World,
  { frame }: Counterexample,
  pids: ReadonlyMap<string, number>,
): Promise<string[]> {
  await using wire = await openWorldPort(world, { of: "outside", link: "wire" });
  const ports = await Promise.all([...pids].map(async ([name, pid]) => {
    return { name, port: await openWorldPort(world, { of: pid, link: "eth0" }) };
  }));
  await wire.send(Uint8Array.fromHex(frame));
  await wire.send(ARP_REPLY);
  const seen: string[] = [];
  for (const { name, port } of ports) {
    const frames = await port.take((frames) => frames.some(isReply), 3000);
    assert(frames.some(isReply), `what comes after it has come to ${name}`);
    if (frames.some((each) => each.toHex() === frame)) seen.push(name);
    await port[Symbol.asyncDispose]();
  }
  return seen;
}

/** An answer that reaches every container in every layout: what was sent before it has come. */
const ARP_REPLY = Uint8Array.fromHex(
  "ffffffffffff02000a4d000108060001080006040002" + "02000a4d00010a4d0001" +
    "ffffffffffff0a4d00fe",
);

function isReply(frame: Uint8Array): boolean {
  return frame.toHex() === ARP_REPLY.toHex();
}

onEachKernel(
  "prove() finds what is wrong with the reference's own filters, and nothing once they are taken over",
  async (world) => {
    const [web, db] = [await world.startContainer(), await world.startContainer()];
    await setUpAsReference(world.kernel, [
      { id: "web", pid: web.pid, ranges: [[31000, 0xfff8], [61440, 0xfc00]] },
      { id: "db", pid: db.pid, ranges: [[31008, 0xfffc], [62464, 0xfc00]] },
    ]);
    const host = configureHost(await readHost(world.kernel, OPTIONS), OPTIONS);
    const steering = await readSteering(world.kernel, host);
    const fromOutside = steering.places.filter(({ kind }) => kind === "eth0");
    const before = prove({ ...steering, places: fromOutside });
    assert(before.counterexample !== undefined);
    const pids = new Map([["web", web.pid], ["db", db.pid]]);
    const { goes, should } = before.counterexample;
    assertEquals(should, ["host"]);
    assertEquals(await arrivals(world, before.counterexample, pids), goes);
    for (const filterLayout of LAYOUTS) {
      const isolator = await Isolator.create({ ...OPTIONS, filterLayout }, world.kernel);
      await isolator.recover();
      assertEquals(prove(await readSteering(world.kernel, isolator.host)).astray, 0, filterLayout);
    }
  },
);
