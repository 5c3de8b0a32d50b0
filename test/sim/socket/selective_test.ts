import { assert, assertEquals } from "@std/assert";
import { Impairment } from "../../../sim/model/impairment.ts";
import { decodeTcp, type TcpSegment } from "../../../sim/packet/tcp.ts";
import { SeededRandom } from "../../../sim/time/seeded_random.ts";
import { type Seen, tapSegments } from "./segment_tap.ts";
import { readAll, type Stage, stage } from "./stage.ts";

const MSS = 1448;

/** 10 ms each way: a round trip takes 20 ms, far less than the shortest timeout of 200 ms. */
const PATH = { delayNs: 10e6 };

/** Keeps the segments that a host receives, as they were on the wire. */
function segmentsTo({ stack }: Stage["one"]): TcpSegment[] {
  const receive = stack.tcp.receive.bind(stack.tcp);
  const segments: TcpSegment[] = [];
  stack.tcp.receive = (datagram) => {
    const segment = decodeTcp(datagram.header, datagram.payload);
    if (segment !== undefined) segments.push(segment);
    receive(datagram);
  };
  return segments;
}

/** Loses the given data segments of the first host, counted from 1. */
function losing(places: readonly number[]): (seen: Seen) => "lost" | "arrives" {
  let count = 0;
  return ({ from, payloadBytes }) => {
    if (from === 0 && payloadBytes > 0) count += 1;
    return from === 0 && payloadBytes > 0 && places.includes(count) ? "lost" : "arrives";
  };
}

/** Sends bytes while some segments are lost. Tells how long it took, and what the sender heard. */
async function send(bytes: number, places: readonly number[], sack = "1") {
  const { one, two, clock, pair } = await stage(PATH);
  one.namespace.sysctls.set("net.ipv4.tcp_sack", sack);
  const log = tapSegments([one, two], losing(places));
  const heard = segmentsTo(one);
  const [client, server] = pair();
  let received = 0;
  server.handlers = { readable: () => received += readAll(server) };
  const startNs = clock.nowNs;
  client.write(bytes);
  clock.runUntil(() => received >= bytes, startNs + 60e9);
  assertEquals(received, bytes);
  const repeats = one.namespace.snmp.get("Tcp", "RetransSegs");
  return { elapsedMs: (clock.nowNs - startNs) / 1e6, repeats, log, heard };
}

/** The lists of blocks that the sender heard, in segments from its first byte, without repeats. */
function blocksOf(heard: readonly TcpSegment[], firstByte: number): string[] {
  const texts = heard.flatMap(({ sackBlocks }) =>
    sackBlocks === undefined ? [] : sackBlocks
      .map(({ start, end }) =>
        `${((start - firstByte) >>> 0) / MSS}-${((end - firstByte) >>> 0) / MSS}`
      )
      .join(" ")
  );
  return texts.filter((text, i) => text !== texts[i - 1]);
}

Deno.test("a receiver tells of the newest gap's end first, and of three blocks at most", async () => {
  const { heard } = await send(10 * MSS, [2, 4, 6, 8]);
  const start = heard.find(({ sackBlocks }) => sackBlocks !== undefined);
  assert(start !== undefined);
  const firstByte = start.acknowledgment - MSS;
  assertEquals(blocksOf(heard, firstByte).slice(0, 5), [
    "2-3",
    "4-5 2-3",
    "6-7 4-5 2-3",
    "8-9 6-7 4-5",
    "8-10 6-7 4-5",
  ]);
});

Deno.test("with tcp_sack 0 on one side nobody speaks of gaps", async () => {
  const { heard } = await send(10 * MSS, [2, 4], "0");
  assert(
    heard.every(({ sackBlocks, sackPermitted }) =>
      sackBlocks === undefined && sackPermitted === undefined
    ),
  );
});

Deno.test("several losses of one window are repaired in one round trip", async () => {
  const places = [20, 22, 25, 28, 29];
  const holed = await send(200_000, places);
  assertEquals(holed.repeats, places.length);
  const again = holed.log.filter(({ from, payloadBytes, text }, i) =>
    from === 0 && payloadBytes > 0 && holed.log.slice(0, i).some((seen) => seen.text === text)
  );
  const times = again.map(({ atMs }) => atMs);
  assertEquals(again.length, places.length);
  assert(Math.max(...times) - Math.min(...times) <= 20, `${times} ms`);
});

Deno.test("with tcp_sack 0 they take a round trip each", async () => {
  const places = [20, 22, 25, 28, 29];
  const selective = await send(200_000, places);
  const plain = await send(200_000, places, "0");
  assert(plain.elapsedMs > selective.elapsedMs + 20, `${plain.elapsedMs} ms`);
});

Deno.test("lost last segments are probed for after two round trips, without a timeout", async () => {
  const { elapsedMs, log } = await send(10 * MSS, [8, 9, 10]);
  // A round trip of the first seven, two until the probe, one and a half for it and for the rest.
  assert(elapsedMs < 150, `${elapsedMs} ms`);
  assertEquals(log.filter(({ from, payloadBytes }) => from === 0 && payloadBytes > 0).length, 13);
});

Deno.test("a segment that came twice is told of once, before the others", async () => {
  const { one, two, clock, pair } = await stage(PATH);
  const heard = segmentsTo(one);
  const [client, server] = pair();
  server.handlers = { readable: () => void readAll(server) };
  // The first answers get lost, so that the probe sends again what has arrived.
  const log = tapSegments(
    [one, two],
    ({ from }) => from === 1 && clock.nowNs < 300e6 ? "lost" : "arrives",
  );
  client.write(2 * MSS);
  clock.runTo(clock.nowNs + 1e9);
  const told = heard.flatMap(({ sackBlocks, acknowledgment }) =>
    (sackBlocks ?? []).map(({ end }) => (acknowledgment - end) >>> 0)
  );
  assert(told.length > 0, `${log.length} segments and no D-SACK`);
  assert(told.every((behind) => behind < 2 * MSS), `${told}`);
});

/** Sends over a path with chance losses. @returns What arrived, and every segment. */
async function overBadPath(seed: number) {
  const { one, two, wire, clock, pair } = await stage({ ...PATH, seed });
  const [client, server] = pair();
  const log = tapSegments([one, two]);
  const random = new SeededRandom(seed);
  wire.impairment = new Impairment({
    loss: 0.01,
    duplication: 0,
    reordering: 0,
    holdBackNs: 0,
    jitterNs: 0,
  }, random);
  const stream = Uint8Array.from({ length: 400_000 }, () => random.below(256));
  const got: number[] = [];
  server.handlers = {
    readable: () => {
      for (let bytes = server.read(); bytes !== undefined; bytes = server.read()) {
        got.push(...bytes);
      }
    },
  };
  client.write(stream);
  clock.runUntil(() => got.length >= stream.length, clock.nowNs + 60e9);
  return { isWhole: got.every((byte, i) => byte === stream[i]), length: got.length, log };
}

Deno.test("a stream arrives whole over a path of 20 ms that loses one frame in a hundred", async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { isWhole, length } = await overBadPath(seed);
    assert(isWhole && length === 400_000, `seed ${seed}: ${length} bytes`);
  }
});

Deno.test("the same seed brings the same losses and the same repairs", async () => {
  assertEquals((await overBadPath(3)).log, (await overBadPath(3)).log);
});
