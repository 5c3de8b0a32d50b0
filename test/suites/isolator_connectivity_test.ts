import { assert, assertEquals } from "@std/assert";
import type { FilterLayout } from "../../src/isolator/options.ts";
import { createIsolator, LAYOUTS, startIsolated } from "../support/isolated.ts";
import {
  type ContainerStation,
  type ExchangeRequest,
  HOST_ADDRESS,
  OUTSIDE_ADDRESS,
  type Station,
  type World,
} from "../support/world.ts";
import { onEachKernel } from "../support/worlds.ts";

/** Two containers on one host, each with a server of each transport at its first port. */
interface Stage {
  readonly world: World;
  readonly one: ContainerStation;
  readonly two: ContainerStation;
}

const PORT_OF_ONE = 31000;
const PORT_OF_TWO = 31008;
const LOOPBACK = "127.0.0.1";

/** Every transport in every layout. */
const CASES = LAYOUTS.flatMap((layout) => [["tcp", layout], ["udp", layout]] as const);

async function stage(world: World, filterLayout: FilterLayout = "hashed"): Promise<Stage> {
  const isolator = await createIsolator(world, { filterLayout });
  return {
    world,
    one: await startIsolated(world, isolator, "one", { ports: "31000-31007" }),
    two: await startIsolated(world, isolator, "two", { ports: "31008-31015" }),
  };
}

/** A way from a client to a server, and the address that the server must see. */
interface Path {
  readonly name: string;
  readonly from: (stage: Stage) => Station;
  readonly to: (stage: Stage) => Station;
  readonly address: string;
  readonly port: number;
  readonly client: string;
}

const outside = ({ world }: Stage) => world.outside;
const host = ({ world }: Stage) => world.host;
const one = ({ one }: Stage) => one;
const two = ({ two }: Stage) => two;

function path(
  name: string,
  from: Path["from"],
  to: Path["to"],
  [address, port]: readonly [string, number],
  client: string,
): Path {
  return { name, from, to, address, port, client };
}

/** Every way of the reference's connectivity tests, in both directions. */
const PATHS: readonly Path[] = [
  path("outside to a container", outside, one, [HOST_ADDRESS, PORT_OF_ONE], OUTSIDE_ADDRESS),
  path("a container to the outside", one, outside, [OUTSIDE_ADDRESS, 8080], HOST_ADDRESS),
  path("HostToContainer by 127.0.0.1", host, one, [LOOPBACK, PORT_OF_ONE], LOOPBACK),
  path("HostToContainer by public address", host, one, [HOST_ADDRESS, PORT_OF_ONE], HOST_ADDRESS),
  path("a container to the host by 127.0.0.1", one, host, [LOOPBACK, 8081], LOOPBACK),
  path("a container to the host by public address", one, host, [HOST_ADDRESS, 8081], HOST_ADDRESS),
  path("ContainerToContainer by 127.0.0.1", one, two, [LOOPBACK, PORT_OF_TWO], LOOPBACK),
  path(
    "ContainerToContainer by public address",
    one,
    two,
    [HOST_ADDRESS, PORT_OF_TWO],
    HOST_ADDRESS,
  ),
  path(
    "ContainerToContainer back by public address",
    two,
    one,
    [HOST_ADDRESS, PORT_OF_ONE],
    HOST_ADDRESS,
  ),
  path("a container to itself by 127.0.0.1", one, one, [LOOPBACK, PORT_OF_ONE], LOOPBACK),
  path(
    "a container to itself by public address",
    one,
    one,
    [HOST_ADDRESS, PORT_OF_ONE],
    HOST_ADDRESS,
  ),
];

for (const [transport, filterLayout] of CASES) {
  const reference = transport.toUpperCase();
  onEachKernel(
    `ContainerToContainer${reference} and HostToContainer${reference}: every way carries bytes, and servers see true clients (${filterLayout})`,
    async (world, test) => {
      const played = await stage(world, filterLayout);
      for (const { name, from, to, address, port, client } of PATHS) {
        await test.step(name, async () => {
          const listen = transport === "tcp" ? "listenTcp" : "listenUdp";
          await using server = await to(played)[listen](port);
          const request: ExchangeRequest = { address, port, text: `by ${transport}` };
          const result = await from(played)[transport](request);
          assertEquals(result.outcome, "answered");
          assert(result.outcome === "answered");
          assertEquals(result.text, `by ${transport}`);
          assertEquals(await server.peers(), [{ address: client, port: result.localPort }]);
        });
      }
    },
  );

  onEachKernel(
    `a ${reference} port that a container does not own never reaches it (${filterLayout})`,
    async (world) => {
      const played = await stage(world, filterLayout);
      const listen = transport === "tcp" ? "listenTcp" : "listenUdp";
      await using stolen = await played.one[listen](PORT_OF_TWO);
      await using free = await played.one[listen](31999);
      for (const from of [world.outside, world.host, played.two]) {
        for (const port of [PORT_OF_TWO, 31999]) {
          const request = { address: HOST_ADDRESS, port, text: "for another", timeoutMs: 300 };
          const result = await from[transport](request);
          assert(result.outcome !== "answered", `${port} answered`);
        }
      }
      assertEquals([...await stolen.peers(), ...await free.peers()], []);
    },
  );

  onEachKernel(
    `what a container sends from a ${reference} port that it does not own goes nowhere (${filterLayout})`,
    async (world) => {
      const played = await stage(world, filterLayout);
      const listen = transport === "tcp" ? "listenTcp" : "listenUdp";
      await using server = await world.outside[listen](8080);
      const sourcePort = PORT_OF_TWO;
      const request = { address: OUTSIDE_ADDRESS, port: 8080, text: "forged", timeoutMs: 300 };
      const result = await played.one[transport]({ ...request, sourcePort });
      assert(result.outcome !== "answered");
      assertEquals(await server.peers(), []);
    },
  );
}

for (const filterLayout of LAYOUTS) {
  onEachKernel(
    `ContainerICMPExternal: a container and the outside ping each other (${filterLayout})`,
    async (world) => {
      const { one, two } = await stage(world, filterLayout);
      const once = { answered: 3, duplicates: 0 };
      assertEquals(await one.ping(OUTSIDE_ADDRESS, 3), once);
      assertEquals(await two.ping(OUTSIDE_ADDRESS, 3), once);
      const { answered, duplicates } = await world.outside.ping(HOST_ADDRESS, 3);
      assertEquals(answered, 3);
      // In the linear layout, the host and both containers answer.
      assertEquals(duplicates > 0, filterLayout === "linear");
    },
  );

  onEachKernel(
    `an ICMP error reaches the container that it is about (${filterLayout})`,
    async (world) => {
      const { one, two } = await stage(world, filterLayout);
      await one.udp({ address: OUTSIDE_ADDRESS, port: 9, text: "anybody?", timeoutMs: 300 });
      assertEquals(await unreachableCount(world, one), 1);
      // In the linear layout, all containers hear of it.
      assertEquals(await unreachableCount(world, two), filterLayout === "hashed" ? 0 : 1);
    },
  );
}

onEachKernel(
  "a container's closed UDP port tells the host, another container, and the container itself",
  async (world) => {
    const { one, two } = await stage(world);
    const ask = { address: HOST_ADDRESS, port: PORT_OF_TWO, text: "anybody?", timeoutMs: 300 };
    const clients = { host: world.host, one, two };
    for (const [name, client] of Object.entries(clients)) {
      const before = await unreachableCounts(world, clients);
      await client.udp(ask);
      const after = await unreachableCounts(world, clients);
      const heard = Object.keys(clients).filter((each) => after[each] !== before[each]);
      assertEquals(heard, [name]);
    }
  },
);

/** How many ICMP errors of the kind "unreachable" each has received. */
async function unreachableCounts(
  world: World,
  stations: Readonly<Record<string, ContainerStation>>,
): Promise<Record<string, number>> {
  const counts = Object.entries(stations).map(async ([name, station]) =>
    [name, await unreachableCount(world, station)] as const
  );
  return Object.fromEntries(await Promise.all(counts));
}

/** How many ICMP errors of the kind "unreachable" a station has received. */
async function unreachableCount({ kernel }: World, { pid }: ContainerStation): Promise<number> {
  const snmp = await kernel.readFile(`/proc/${pid}/net/snmp`);
  const [names = [], values = []] = snmp.split("\n")
    .filter((line) => line.startsWith("Icmp:"))
    .map((line) => line.split(" "));
  return Number(values[names.indexOf("InDestUnreachs")]);
}

onEachKernel("ContainerICMPInternal: a container pings itself by both addresses", async (world) => {
  const { one } = await stage(world);
  for (const address of [LOOPBACK, HOST_ADDRESS]) {
    assertEquals(await one.ping(address, 3), { answered: 3, duplicates: 0 });
  }
});

onEachKernel(
  "ContainerARPExternal: a container finds the outside machine's MAC address by itself",
  async (world) => {
    const { one } = await stage(world);
    const neighbours = async () => {
      const namespace = String(one.pid);
      const args = ["neigh", "show", "dev", "eth0"];
      return (await world.kernel.execute({ tool: "ip", args, namespace, effect: "read" })).stdout;
    };
    await world.kernel.execute({
      tool: "ip",
      args: ["neigh", "flush", "dev", "eth0"],
      namespace: String(one.pid),
      effect: "change",
    });
    assert(!(await neighbours()).includes("lladdr"));
    assertEquals((await one.ping(OUTSIDE_ADDRESS, 1)).answered, 1);
    assert((await neighbours()).includes("lladdr 02:00:0a:4d:00:01"));
  },
);

onEachKernel(
  "DNS: a container asks a server at port 53 outside by UDP, from its own ports",
  async (world) => {
    const { one } = await stage(world);
    await using server = await world.outside.listenUdp(53);
    const result = await one.udp({ address: OUTSIDE_ADDRESS, port: 53, text: "query" });
    assert(result.outcome === "answered");
    assert(result.localPort >= 61440 && result.localPort <= 62463, `${result.localPort}`);
    assertEquals((await server.peers())[0]?.address, HOST_ADDRESS);
  },
);
