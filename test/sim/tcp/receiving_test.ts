import { assert, assertEquals } from "@std/assert";
import { AckPolicy } from "../../../sim/tcp/ack_policy.ts";
import { initialWindowBytes, ReceiveWindow } from "../../../sim/tcp/receive_window.ts";
import { retryTimeMs } from "../../../sim/tcp/retry_limit.ts";
import { wheelTimeNs } from "../../../sim/time/timer_wheel.ts";

const MS = 1e6;

Deno.test("AckPolicy acknowledges a young sender at once, and lets answers carry ACKs later", () => {
  const policy = new AckPolicy();
  policy.dataReceived(0, 200, 45);
  for (let i = 0; i < 16; i++) {
    assert(policy.isQuick, `segment ${i}`);
    policy.sent();
  }
  assert(!policy.isQuick);
  policy.enterQuick(45, 2);
  assert(policy.isQuick);
  policy.dataSent(10 * MS);
  assert(!policy.isQuick && policy.isPingPong);
  assertEquals(policy.delayMs(0), 40);
});

Deno.test("AckPolicy waits longer for each ACK that waited in vain, up to 200 ms", () => {
  const policy = new AckPolicy();
  policy.dataReceived(0, 200, 45);
  const delays = [1, 2, 3].map(() => {
    policy.delayPassed(1000);
    return policy.delayMs(0);
  });
  assertEquals(delays, [80, 160, 200]);
});

Deno.test("ReceiveWindow never takes back what it promised, and grows when the reader keeps up", () => {
  const memoryBytes = { initial: 131_072, maximum: 33_554_432 };
  assertEquals([1460, 1448].map((mss) => initialWindowBytes(131_072, mss)), [64_240, 65_160]);
  const window = new ReceiveWindow({ memoryBytes, mss: 1448, scaleBits: 10, initialBytes: 65_160 });
  let end = window.end;
  for (let next = 1; next < 60_000; next += 1448) {
    window.tell(next, next, 1448);
    assert(window.end >= end);
    end = window.end;
  }
  assertEquals(window.possibleBytes(64_000, 1448), 0);
  for (let second = 1; second <= 12; second++) {
    window.consumed(window.spaceBytes, second * 1e9, 1e8);
    window.consumed(0, second * 1e9 + 5e8, 1e8);
  }
  assertEquals(window.spaceBytes, 16_777_216);
});

Deno.test("retryTimeMs() gives the 924.6 s that RFC 1122 asks for, and doubles below", () => {
  assertEquals(retryTimeMs(15), 924_600);
  assertEquals([0, 1, 2].map(retryTimeMs), [200, 600, 1400]);
});

Deno.test("wheelTimeNs() is never early, and late by an eighth at most beyond 63 ticks", () => {
  const seen = [0, 1024, 2048].map((ms) => wheelTimeNs(ms * MS, 1000 * MS) / MS);
  assertEquals(seen, [1024, 2048, 3072]);
  for (let delayMs = 1; delayMs < 120_000; delayMs = Math.ceil(delayMs * 1.3)) {
    const nowNs = delayMs * 777_777;
    const lateMs = (wheelTimeNs(nowNs, delayMs * MS) - nowNs) / MS - delayMs;
    assert(lateMs > 0 && lateMs <= Math.max(8, delayMs * 0.14), `${delayMs} ms: ${lateMs} late`);
  }
});
