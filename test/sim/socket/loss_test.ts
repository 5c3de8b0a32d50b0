import { assert, assertEquals } from "@std/assert";
import { Impairment } from "../../../sim/model/impairment.ts";
import { SeededRandom } from "../../../sim/time/seeded_random.ts";
import { bytesOf, readAll, stage } from "./stage.ts";
import { type Seen, tapSegments, textsFrom } from "./segment_tap.ts";

/** 10 ms each way: a round trip takes 20 ms, far less than the shortest timeout of 200 ms. */
const PATH = { delayNs: 10e6 };

/** Sends bytes over a path on which some segments are lost. Tells how long it took. */
async function send(bytes: number, isLost: (seen: Seen) => boolean) {
  const staged = await stage(PATH);
  const { one, two, clock, pair } = staged;
  const log = tapSegments([one, two], (seen) => isLost(seen) ? "lost" : "arrives");
  const [client, server] = pair();
  let received = 0;
  server.handlers = { readable: () => received += readAll(server) };
  const startNs = clock.nowNs;
  client.write(bytes);
  clock.runUntil(() => received >= bytes, startNs + 60e9);
  assertEquals(received, bytes);
  const repeats = one.namespace.snmp.get("Tcp", "RetransSegs");
  return { elapsedMs: (clock.nowNs - startNs) / 1e6, repeats, log };
}

/** Times between segments in milliseconds. */
function waitsMs(log: readonly Seen[]): number[] {
  return log.slice(1).map(({ atMs }, i) => Math.round(atMs - (log[i]?.atMs ?? 0)));
}

/** The kernel's timers fire up to an eighth late, and never early. */
function assertWaits(waits: readonly number[], expected: readonly number[]): void {
  assertEquals(waits.length, expected.length);
  const isNear = waits.every((wait, i) => {
    const ratio = wait / (expected[i] ?? 0);
    return ratio > 0.95 && ratio < 1.13;
  });
  assert(isNear, `${waits} for ${expected}`);
}

const nthData = (...places: readonly number[]) => {
  let count = 0;
  return ({ from, payloadBytes }: Seen) => {
    if (from !== 0 || payloadBytes === 0) return false;
    count += 1;
    return places.includes(count);
  };
};

Deno.test("a lost segment goes out again at the third duplicate ACK, and alone", async () => {
  const { repeats, log } = await send(100_000, nthData(5));
  assertEquals(repeats, 1);
  const [lost, again] = log.filter(({ text }) => text.includes(` seq ${1 + 4 * 1448} `));
  const waitedMs = (again?.atMs ?? Infinity) - (lost?.atMs ?? 0);
  assertEquals(waitedMs, 20, "one round trip");
  const duplicates = textsFrom(log, 1).filter((text) => text.includes(` ack ${1 + 4 * 1448} `));
  assert(duplicates.length >= 4, "an ACK and three duplicates");
});

Deno.test("several losses of one window are repaired in as many round trips, without a timeout", async () => {
  const { elapsedMs, repeats } = await send(200_000, nthData(20, 22, 25));
  assertEquals(repeats, 3);
  assert(elapsedMs < 300, `${elapsedMs} ms`);
});

Deno.test("a lost last segment waits for the timeout, which is 200 ms and more", async () => {
  const { elapsedMs, repeats } = await send(3 * 1448, nthData(3));
  assertEquals(repeats, 1);
  assert(elapsedMs > 200 && elapsedMs < 280, `${elapsedMs} ms`);
});

Deno.test("a segment that is lost again and again is probed for, and then waits twice as long each time", async () => {
  const { log } = await send(1000, nthData(1, 2, 3, 4));
  const waits = waitsMs(log.filter(({ payloadBytes }) => payloadBytes > 0));
  const first = waits[0] ?? 0;
  // The probe does not count as a timeout: the first one is as long as the wait for it.
  assertWaits(waits, [first, first, first * 2, first * 4]);
});

Deno.test("a SYN that nobody answers goes out 11 times in 67 seconds, and the attempt ends after 131", async () => {
  const { one, two, connect, run } = await stage();
  const log = tapSegments([one, two], () => "lost");
  let endedAtMs = 0;
  connect(7000, undefined, {
    ended: (end) => {
      assertEquals(end, "timed-out");
      endedAtMs = one.machine.clock.nowNs / 1e6;
    },
  });
  run(140_000);
  assertWaits(waitsMs(log), [1, 1, 1, 1, 1, 2, 4, 8, 16, 32].map((s) => s * 1000));
  // The very times that Linux 6.18 was seen to choose.
  assertEquals(log.slice(0, 4).map(({ atMs }) => Math.round(atMs)), [0, 1024, 2048, 3072]);
  assert(endedAtMs > 131_000 && endedAtMs < 140_000, `${endedAtMs} ms`);
  assertEquals(one.namespace.snmp.get("Tcp", "AttemptFails"), 1);
});

Deno.test("a SYN-ACK that nobody answers goes out 6 times, and is forgotten after 63 seconds", async () => {
  const { one, two, connect, run, listener } = await stage();
  const log = tapSegments([one, two], ({ from }) => from === 1 ? "lost" : "arrives");
  connect().abort();
  run(62_000);
  const waits = waitsMs(log.filter(({ from }) => from === 1));
  assertWaits(waits, [1, 2, 4, 8, 16].map((s) => s * 1000));
  assertEquals([...two.namespace.sockets.entries()].map(({ state }) => state), [
    "LISTEN",
    "SYN-RECV",
  ]);
  run(6000);
  assertEquals([...two.namespace.sockets.entries()], [listener.entry]);
});

Deno.test("a connection whose peer fell silent ends after the 924.6 seconds of 15 retries", async () => {
  const { one, two, pair, run } = await stage();
  let end = "";
  const [client] = pair({ ended: (how) => end = how });
  const log = tapSegments([one, two], () => "lost");
  client.write(bytesOf("hello?"));
  run(900_000);
  assertEquals(end, "");
  run(150_000);
  assertEquals(end, "timed-out");
  assert(log.length >= 15 && log.length <= 17, `${log.length} times`);
});

Deno.test("a stream arrives whole and in order however frames are lost, doubled and reordered", async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const { outcome, isWhole } = await play(seed);
    assert(isWhole || outcome === "timed-out", `seed ${seed}: ${outcome}`);
  }
});

Deno.test("the same seed brings the same segments at the same times", async () => {
  const [first, second, other] = [await play(3), await play(3), await play(4)];
  assertEquals(first.log, second.log);
  assert(JSON.stringify(first.log) !== JSON.stringify(other.log));
});

/** Sends chance bytes both ways over a bad wire, and closes. */
async function play(seed: number) {
  const { one, two, wire, clock, pair, run } = await stage({ delayNs: 1e6, seed });
  const random = new SeededRandom(seed);
  const [client, server] = pair();
  const log = tapSegments([one, two]);
  wire.impairment = new Impairment({
    loss: random.below(8) / 100,
    duplication: random.below(5) / 100,
    reordering: random.below(10) / 100,
    holdBackNs: random.below(10) * 1e6,
    jitterNs: random.below(3) * 100_000,
  }, random);
  const stream = Uint8Array.from(
    { length: 60_000 + random.below(60_000) },
    () => random.below(256),
  );
  const got: Uint8Array[] = [];
  let outcome = "";
  let echoed = 0;
  server.handlers = {
    readable: () => {
      for (let bytes = server.read(); bytes !== undefined; bytes = server.read()) {
        got.push(bytes.slice());
        server.write(bytes.length);
      }
    },
    peerClosed: () => server.close(),
  };
  client.handlers = {
    readable: () => echoed += readAll(client),
    ended: (end) => outcome = end,
  };
  for (let at = 0; at < stream.length;) {
    const length = 1 + random.below(5000);
    client.write(stream.subarray(at, at + length));
    at += length;
    run(random.below(3));
  }
  client.finish();
  clock.runUntil(() => outcome !== "", clock.nowNs + 600e9);
  const whole = new Uint8Array(got.reduce((sum, { length }) => sum + length, 0));
  got.reduce((at, bytes) => (whole.set(bytes, at), at + bytes.length), 0);
  const isWhole = outcome === "closed" && echoed === stream.length &&
    whole.length === stream.length && whole.every((byte, i) => byte === stream[i]);
  return { outcome, isWhole, log };
}
