import { assert, assertEquals } from "@std/assert";
import { newQueueCounters } from "../../../sim/model/counters.ts";
import { Machine } from "../../../sim/model/machine.ts";
import { Packet } from "../../../sim/path/packet.ts";
import { codelDequeue, newCodelState } from "../../../sim/qdisc/codel.ts";
import { Fifo } from "../../../sim/qdisc/fifo.ts";
import { ShiftList } from "../../../sim/qdisc/shift_list.ts";
import type { QueueContext } from "../../../sim/qdisc/packet_queue.ts";
import { durationNs, prepareRate } from "../../../sim/qdisc/rate.ts";
import { SeededRandom } from "../../../sim/time/seeded_random.ts";
import { NS_PER_MS, VirtualClock } from "../../../sim/time/virtual_clock.ts";

const FRAME_BYTES = 1514;

function stage() {
  const clock = new VirtualClock();
  const machine = new Machine({ clock, random: new SeededRandom(1) });
  const link = machine.home.loopback;
  const dropped: string[] = [];
  const context: QueueContext = {
    nowNs: () => clock.nowNs,
    drop: (_packet, reason) => dropped.push(reason),
    wakeAt: () => {},
    reduceBacklog: () => {},
    classify: () => ({ verdict: -1, classId: undefined }),
    inner: () => {
      throw new Error("a fifo has no queue inside");
    },
  };
  let id = 0;
  const packet = () => new Packet(++id, new Uint8Array(FRAME_BYTES), link);
  return { clock, link, context, dropped, packet };
}

Deno.test("Fifo gives packets out in order, drops above its limit, and counts both", () => {
  const { context, dropped, packet } = stage();
  const counters = newQueueCounters();
  const fifo = new Fifo(counters, context, { packets: () => 3, reason: "pfifo full" });
  const results = [1, 2, 3, 4].map(() => fifo.enqueue(packet()));
  assertEquals(results, ["queued", "queued", "queued", "lost"]);
  assertEquals(dropped, ["pfifo full"]);
  assertEquals(counters.backlogBytes, 3 * FRAME_BYTES);
  assertEquals([fifo.dequeue()?.id, fifo.dequeue()?.id, fifo.dequeue()?.id], [1, 2, 3]);
  assertEquals(fifo.dequeue(), undefined);
  assertEquals([counters.packets, counters.drops, counters.queueLength], [3, 1, 0]);
});

Deno.test("ShiftList keeps its order over thousands of packets", () => {
  const { packet } = stage();
  const list = new ShiftList<Packet>();
  for (let round = 0; round < 50; round++) {
    for (let i = 0; i < 100; i++) list.push(packet());
    for (let i = 0; i < 90; i++) list.shift();
  }
  assertEquals(list.length, 500);
  assertEquals(list.shift()?.id, 4501);
});

Deno.test("durationNs() is what a rate asks for, at every speed", () => {
  for (const rate of [125, 125_000, 1_000_000, 125_000_000, 12_500_000_000]) {
    const exact = FRAME_BYTES * 1e9 / rate;
    const counted = durationNs(prepareRate(rate), FRAME_BYTES);
    assert(Math.abs(counted - exact) <= Math.max(1, exact * 1e-6), `${rate}: ${counted}`);
  }
});

Deno.test("codelDequeue() leaves short delays alone, and drops more and more of long ones", () => {
  const { clock, packet } = stage();
  const waiting = new ShiftList<Packet>();
  const state = newCodelState();
  const unit = 1024;
  const parameters = {
    target: Math.floor(5 * NS_PER_MS / unit),
    interval: Math.floor(100 * NS_PER_MS / unit),
    ceThreshold: Infinity,
    mtuBytes: FRAME_BYTES,
    ecn: false,
  };
  const drops: number[] = [];
  const queue = {
    take: () => waiting.shift(),
    get backlogBytes() {
      return waiting.length * FRAME_BYTES;
    },
    drop: () => drops.push(clock.nowNs),
    mark: () => false,
    countMark: () => {},
    countThresholdMark: () => {},
    see: () => {},
  };
  const tick = (delayMs: number) => {
    const late = packet();
    late.enqueuedAtNs = clock.nowNs - delayMs * NS_PER_MS;
    waiting.push(late);
    codelDequeue(queue, state, parameters, clock.nowNs);
    clock.runTo(clock.nowNs + NS_PER_MS);
  };
  for (let i = 0; i < 300; i++) tick(1);
  assertEquals(drops, []);
  for (let i = 0; i < 400; i++) {
    const stale = packet();
    stale.enqueuedAtNs = clock.nowNs - 50 * NS_PER_MS;
    waiting.push(stale);
  }
  const beginNs = clock.nowNs;
  for (let i = 0; i < 600; i++) tick(50);
  const [first = 0] = drops;
  assert(first - beginNs >= 99 * NS_PER_MS, "no drop within the first interval");
  const gaps = drops.slice(1).map((timeNs, i) => timeNs - (drops[i] ?? 0));
  assert(drops.length > 10, `${drops.length} drops`);
  assert((gaps.at(-1) ?? 0) < (gaps[0] ?? 0), "drops come closer together");
});
