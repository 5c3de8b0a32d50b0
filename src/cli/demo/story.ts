import { assert } from "@std/assert";
import { Isolator } from "../../isolator/isolator.ts";
import { DEFAULT_OPTIONS, type IsolatorOptions } from "../../isolator/options.ts";
import { parsePorts } from "../../ports/mod.ts";
import {
  type ContainerStation,
  type ExchangeResult,
  HOST_ADDRESS,
  OUTSIDE_ADDRESS,
  type Station,
  type World,
} from "./world.ts";

/** One thing that the demo does or sees. */
export interface StoryLine {
  /** The part of the story it belongs to. */
  readonly chapter: string;
  /** What was done or tried. */
  readonly what: string;
  /** What came of it. */
  readonly seen: string;
  /** Whether that is as it should be. */
  readonly ok: boolean;
}

/** What containers of the demo may send, in bytes per second, and how much one of them does. */
const LIMIT = { rateBytesPerSecond: 1_000_000, transferBytes: 2_000_000 };

/** The operator's decisions in the demo. */
function storyOptions(leafQdisc: IsolatorOptions["leafQdisc"]): IsolatorOptions {
  return {
    ...DEFAULT_OPTIONS,
    ports: parsePorts("31000-32000"),
    ephemeralPorts: parsePorts("61440-65535"),
    egress: {
      ...DEFAULT_OPTIONS.egress,
      rateLimitPerContainer: LIMIT.rateBytesPerSecond,
    },
    leafQdisc,
  };
}

/**
 * Tells the whole story on a world: containers, traffic, a limit, statistics, an update, the end.
 *
 * @param world The world; it is left as empty as it was.
 * @param leafQdisc The queue that its kernel has for limits.
 * @returns The lines of the story, as they happen.
 */
export async function* tellStory(
  world: World,
  leafQdisc: IsolatorOptions["leafQdisc"],
): AsyncGenerator<StoryLine> {
  const isolator = await Isolator.create(storyOptions(leafQdisc), world.kernel);
  yield {
    chapter: "The host",
    what: `${isolator.host.eth0} has ${isolator.host.address}, the one address there is`,
    seen: "prepared for containers",
    ok: true,
  };
  const web = await startContainer(world, isolator, "web", "31000-31007");
  yield web.line;
  const db = await startContainer(world, isolator, "db", "31008-31015");
  yield db.line;
  yield* tellTraffic(world, web.station, db.station);
  yield* tellLimit(world, web.station);
  yield* tellUsage(isolator);
  yield* tellUpdate(world, isolator, web.station);
  yield* tellEnd(world, isolator);
}

async function startContainer(world: World, isolator: Isolator, id: string, ports: string) {
  const station = await world.startContainer();
  const launch = await isolator.prepare(id, { ports: parsePorts(ports) });
  await isolator.isolate(id, station.pid);
  const { begin, end } = launch.ephemeralPorts;
  const seen = `ports ${ports}, ephemeral ports ${begin}-${end}`;
  const line = { chapter: "Containers", what: `start ${id}`, seen, ok: true };
  return { station, line };
}

/** Where a request of the demo comes from and goes to. */
interface Path {
  readonly name: string;
  readonly from: Station;
  readonly address: string;
  readonly port: number;
}

async function* tellTraffic(
  world: World,
  web: ContainerStation,
  db: ContainerStation,
): AsyncGenerator<StoryLine> {
  const chapter = "Traffic";
  await using server = await web.listenTcp(31000);
  await using stolen = await web.listenTcp(31008);
  await using outside = await world.outside.listenTcp(80);
  const paths: readonly Path[] = [
    { name: "outside → web", from: world.outside, address: HOST_ADDRESS, port: 31000 },
    { name: "web → outside", from: web, address: OUTSIDE_ADDRESS, port: 80 },
    { name: "db → web by the public address", from: db, address: HOST_ADDRESS, port: 31000 },
    { name: "db → web by 127.0.0.1", from: db, address: "127.0.0.1", port: 31000 },
    { name: "web → web by the public address", from: web, address: HOST_ADDRESS, port: 31000 },
    { name: "host → web by 127.0.0.1", from: world.host, address: "127.0.0.1", port: 31000 },
  ];
  for (const { name, from, address, port } of paths) {
    const result = await from.tcp({ address, port, text: "hello" });
    yield { chapter, what: name, seen: describe(result), ok: result.outcome === "answered" };
  }
  const [client] = await server.peers();
  yield {
    chapter,
    what: "web sees its first client as",
    seen: client?.address ?? "nobody",
    ok: client?.address === OUTSIDE_ADDRESS,
  };
  const foreign = await world.outside.tcp({ address: HOST_ADDRESS, port: 31008, text: "hello" });
  const strangers = (await stolen.peers()).length;
  yield {
    chapter,
    what: "web listens on db's port 31008; outside → 31008",
    seen: `${describe(foreign)}; web saw ${strangers} clients`,
    ok: foreign.outcome !== "answered" && strangers === 0,
  };
  const { answered } = await web.ping(OUTSIDE_ADDRESS, 2);
  yield {
    chapter,
    what: "web pings the outside",
    seen: `${answered} of 2 answered`,
    ok: answered === 2,
  };
  assert((await outside.peers()).length > 0, "the outside has seen web's request");
}

function describe(result: ExchangeResult): string {
  return result.outcome === "answered" ? `answered "${result.text}"` : result.outcome;
}

async function* tellLimit(world: World, web: ContainerStation): AsyncGenerator<StoryLine> {
  const { rateBytesPerSecond, transferBytes } = LIMIT;
  const { receivedBytes, elapsedMs } = await web.transfer({
    to: world.outside,
    address: OUTSIDE_ADDRESS,
    port: 8000,
    bytes: transferBytes,
  });
  const seconds = elapsedMs / 1000;
  const rate = receivedBytes / seconds;
  yield {
    chapter: "A limit",
    what: `web sends ${transferBytes / 1e6} MB at ${rateBytesPerSecond / 1e6} MB/s`,
    seen: `${seconds.toFixed(2)} s, ${(rate / 1e6).toFixed(2)} MB/s`,
    ok: receivedBytes === transferBytes && rate < rateBytesPerSecond * 1.1,
  };
}

async function* tellUsage(isolator: Isolator): AsyncGenerator<StoryLine> {
  for (const { id } of isolator.containers) {
    const usage = await isolator.usage(id);
    const { net_tx_packets, net_tx_bytes, net_rx_packets, net_rx_bytes } = usage;
    yield {
      chapter: "Statistics",
      what: id,
      seen: `sent ${net_tx_packets} packets, ${net_tx_bytes} bytes; ` +
        `received ${net_rx_packets} packets, ${net_rx_bytes} bytes`,
      ok: (net_tx_packets ?? 0n) > 0n && (net_rx_packets ?? 0n) > 0n,
    };
  }
}

async function* tellUpdate(
  world: World,
  isolator: Isolator,
  web: ContainerStation,
): AsyncGenerator<StoryLine> {
  const chapter = "An update";
  await using _old = await web.listenTcp(31000);
  await using _new = await web.listenTcp(31900);
  await isolator.update("web", { ports: parsePorts("31900") });
  for (const [port, expected] of [[31900, true], [31000, false]] as const) {
    const result = await world.outside.tcp({ address: HOST_ADDRESS, port, text: "hello" });
    yield {
      chapter,
      what: `web has port 31900 instead; outside → web:${port}`,
      seen: describe(result),
      ok: (result.outcome === "answered") === expected,
    };
  }
}

async function* tellEnd(world: World, isolator: Isolator): AsyncGenerator<StoryLine> {
  for (const { id } of isolator.containers) await isolator.cleanup(id);
  const { stdout } = await world.kernel.execute({
    tool: "tc",
    args: ["filter", "show", "dev", isolator.host.eth0, "parent", "ffff:"],
    effect: "read",
  });
  const left = stdout.split("\n").filter((line) => line.includes("mirred")).length;
  yield {
    chapter: "The end",
    what: "clean up both",
    seen: `${left} filters left on ${isolator.host.eth0}`,
    ok: left === 0,
  };
}
