import { assert, assertEquals } from "@std/assert";
import { ReceiveBuffer } from "../../../sim/tcp/receive_buffer.ts";
import { RttEstimator } from "../../../sim/tcp/rtt.ts";
import { SendBuffer } from "../../../sim/tcp/send_buffer.ts";
import { offsetOf, wireNumber } from "../../../sim/tcp/sequence.ts";
import { nextState } from "../../../sim/tcp/state.ts";
import { Random } from "../../support/random.ts";

Deno.test("RttEstimator settles on the path's time, and keeps its timeout above 200 ms", () => {
  const rtt = new RttEstimator();
  assertEquals(rtt.rtoMs, 1000);
  for (let i = 1; i <= 100; i++) rtt.sample(50_000, i * 1460, i * 1460 + 1460);
  assertEquals(rtt.rttUs, 50_000);
  assert(rtt.rtoMs >= 250 && rtt.rtoMs < 300, `${rtt.rtoMs} ms`);
  const before = rtt.rtoMs;
  rtt.backOff();
  rtt.backOff();
  assertEquals(rtt.rtoMs, before * 4);
  rtt.sample(50_000, 200_000, 201_460);
  assertEquals(rtt.rtoMs, before);
});

Deno.test("SendBuffer gives any part of what was written, bytes and zeros alike", () => {
  const random = new Random(5);
  const buffer = new SendBuffer();
  const whole: number[] = [];
  for (let i = 0; i < 60; i++) {
    const length = random.below(2000);
    const data = i % 3 === 0 ? length : Uint8Array.from({ length }, () => random.below(256));
    buffer.append(data);
    whole.push(...(typeof data === "number" ? new Array<number>(data).fill(0) : data));
  }
  assertEquals(buffer.end, whole.length);
  let start = 0;
  while (start < whole.length) {
    const length = Math.min(random.between(1, 1460), whole.length - start);
    assertEquals([...buffer.slice(start, length)], whole.slice(start, start + length));
    start += length;
    buffer.release(start);
  }
  assertEquals(buffer.lengthBytes, 0);
});

Deno.test("ReceiveBuffer puts a stream together from pieces in any order, twice or overlapping", () => {
  const random = new Random(9);
  const stream = Uint8Array.from({ length: 5000 }, () => random.below(256));
  const pieces = Array.from({ length: 400 }, () => {
    const start = random.below(stream.length);
    return { start, bytes: stream.slice(start, start + random.between(1, 200)) };
  });
  for (let start = 0; start < stream.length; start += 100) {
    pieces.splice(random.below(pieces.length), 0, {
      start,
      bytes: stream.slice(start, start + 100),
    });
  }
  const buffer = new ReceiveBuffer(0);
  const received: number[] = [];
  for (const { start, bytes } of pieces) {
    for (const piece of buffer.take(start, bytes)) received.push(...piece);
  }
  assertEquals(received, [...stream]);
  assertEquals([buffer.next, buffer.hasGap], [5000, false]);
});

Deno.test("offsetOf() undoes wireNumber() where numbers wrap", () => {
  const initial = 0xfffffff0;
  for (const offset of [0, 1, 15, 16, 17, 100_000, 5_000_000_000]) {
    for (const drift of [-1_000_000, 0, 1_000_000]) {
      assertEquals(offsetOf(wireNumber(initial, offset), initial, offset + drift), offset);
    }
  }
});

Deno.test("nextState() follows a connection from its opening to its end, from either side", () => {
  const walk = (...inputs: Parameters<typeof nextState>[1][]) =>
    inputs.reduce<Parameters<typeof nextState>[0]>(nextState, "UNCONN");
  assertEquals(walk("open", "connected", "close", "fin-acknowledged", "fin"), "TIME-WAIT");
  assertEquals(walk("syn", "connected", "fin", "close", "fin-acknowledged"), "UNCONN");
  assertEquals(walk("open", "connected", "close", "fin", "fin-acknowledged"), "TIME-WAIT");
  assertEquals(walk("open", "end"), "UNCONN");
});
