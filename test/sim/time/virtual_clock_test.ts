import { assertEquals, assertThrows } from "@std/assert";
import { SeededRandom } from "../../../sim/time/seeded_random.ts";
import { VirtualClock } from "../../../sim/time/virtual_clock.ts";
import { Random } from "../../support/random.ts";

Deno.test("VirtualClock runs events by time, and in the order of their making within an instant", () => {
  const clock = new VirtualClock();
  const random = new Random(3);
  const ran: [timeNs: number, order: number][] = [];
  for (let order = 0; order < 500; order++) {
    clock.after(random.below(50), () => ran.push([clock.nowNs, order]));
  }
  clock.runTo(100);
  const sorted = [...ran].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  assertEquals(ran, sorted);
  assertEquals([ran.length, clock.nowNs, clock.eventsRun], [500, 100, 500]);
});

Deno.test("VirtualClock runs what an instant schedules for itself after what waited for it", () => {
  const clock = new VirtualClock();
  const ran: string[] = [];
  const note = (name: string) => () => void ran.push(name);
  clock.after(5, () => {
    const calledOff = clock.after(0, note("called off"));
    clock.after(0, () => {
      ran.push("second");
      calledOff.cancel();
      clock.after(0, note("fourth"));
      clock.after(1, note("fifth, later"));
    });
    clock.after(0, note("third"));
    calledOff.cancel();
  });
  clock.after(5, note("first"));
  assertEquals([clock.step(), clock.nextEventNs], [true, 5]);
  clock.runTo(6);
  assertEquals(ran, ["first", "second", "third", "fourth", "fifth, later"]);
  assertEquals([clock.nextEventNs, clock.eventsRun, clock.step()], [undefined, 6, false]);
});

Deno.test("VirtualClock skips what was called off, and never goes back", () => {
  const clock = new VirtualClock();
  let fired = 0;
  const timer = clock.after(10, () => fired++);
  clock.after(20, () => fired++);
  timer.cancel();
  assertEquals(clock.nextEventNs, 20);
  assertEquals(clock.runUntil(() => fired > 0, 1000), true);
  assertEquals([fired, clock.nowNs], [1, 20]);
  assertEquals(clock.runUntil(() => fired > 1, 1000), false);
  assertEquals(clock.nowNs, 1000);
  assertThrows(() => clock.runTo(999), RangeError);
  assertThrows(() => clock.after(-1, () => {}), RangeError);
});

Deno.test("SeededRandom gives the same numbers for the same seed, evenly", () => {
  const [one, other] = [new SeededRandom(42), new SeededRandom(42)];
  const buckets = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) {
    const number = one.below(10);
    assertEquals(other.below(10), number);
    buckets[number] = (buckets[number] ?? 0) + 1;
  }
  assertEquals(buckets.every((count) => count > 900 && count < 1100), true);
  assertThrows(() => one.below(0), RangeError);
});
