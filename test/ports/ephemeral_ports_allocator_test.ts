import { assert, assertEquals, assertThrows } from "@std/assert";
import { EphemeralPortsAllocator } from "../../src/ports/ephemeral_ports_allocator.ts";
import { EphemeralPortsExhaustedError } from "../../src/ports/ephemeral_ports_exhausted_error.ts";
import type { Interval } from "../../src/ports/interval.ts";
import { IntervalSet } from "../../src/ports/interval_set.ts";
import { parsePorts } from "../../src/ports/parse_ports.ts";

function interval(begin: number, end: number): Interval {
  return { begin, end };
}

/** Takes all that is free; the begins tell the state of an allocator. */
function drain(allocator: EphemeralPortsAllocator): number[] {
  const begins: number[] = [];
  for (;;) {
    try {
      begins.push(allocator.allocate().begin);
    } catch (error) {
      assert(error instanceof EphemeralPortsExhaustedError);
      return begins;
    }
  }
}

Deno.test("EphemeralPortsAllocator.allocate() gives aligned ranges, the lowest free one first", () => {
  const allocator = new EphemeralPortsAllocator(parsePorts("40-100,128-143"), 16);
  assertEquals(allocator.capacity, 4);
  assertEquals(allocator.allocate(), interval(48, 63));
  assertEquals(allocator.allocate(), interval(64, 79));
  assertEquals(allocator.allocate(), interval(80, 95));
  assertEquals(allocator.allocate(), interval(128, 143));
  allocator.deallocate(interval(80, 95));
  allocator.deallocate(interval(64, 79));
  assertEquals(allocator.allocate(), interval(64, 79));
  assertEquals(allocator.used, 3);
});

Deno.test("EphemeralPortsAllocator works at port 0 and at port 65535", () => {
  const allocator = new EphemeralPortsAllocator(parsePorts("0-65535"), 32_768);
  assertEquals(allocator.allocate(), interval(0, 32_767));
  assertEquals(allocator.allocate(), interval(32_768, 65_535));
  const whole = new EphemeralPortsAllocator(parsePorts("0-65535"), 65_536);
  assertEquals(whole.allocate(), interval(0, 65_535));
  const single = new EphemeralPortsAllocator(parsePorts("0,65535"), 1);
  assertEquals([single.allocate(), single.allocate()], [interval(0, 0), interval(65_535, 65_535)]);
});

Deno.test("EphemeralPortsAllocator.allocate() says when all is taken, and what to do", () => {
  const allocator = new EphemeralPortsAllocator(parsePorts("1024-1055"), 16);
  drain(allocator);
  const error = assertThrows(() => allocator.allocate(), EphemeralPortsExhaustedError);
  assertEquals([error.portsPerContainer, error.used, error.capacity], [16, 2, 2]);
  assertEquals(error.name, "EphemeralPortsExhaustedError");
  assertEquals(
    error.message,
    "No range of 16 ports is free: ephemeral ports exhausted with 2 ranges in use and room " +
      "for 2; clean up a container, lower ephemeral_ports_per_container, or give more " +
      "ephemeral_ports",
  );
  allocator.deallocate(interval(1_040, 1_055));
  assertEquals(allocator.allocate(), interval(1_040, 1_055));
});

Deno.test("EphemeralPortsAllocator without room for a range is exhausted at once", () => {
  for (const total of [IntervalSet.of(), parsePorts("1-31")]) {
    const allocator = new EphemeralPortsAllocator(total, 32);
    assertEquals([allocator.capacity, allocator.used], [0, 0]);
    assertThrows(() => allocator.allocate(), EphemeralPortsExhaustedError, "room for 0");
  }
});

Deno.test("EphemeralPortsAllocator refuses sizes that are no power of two", () => {
  for (const size of [0, -16, 15, 24, 0.5, NaN, Infinity, 131_072]) {
    assertThrows(
      () => new EphemeralPortsAllocator(parsePorts("0-65535"), size),
      RangeError,
      "power of two",
    );
  }
});

Deno.test("EphemeralPortsAllocator.allocate(range) marks ranges that containers already have", () => {
  const allocator = new EphemeralPortsAllocator(parsePorts("1024-1087"), 16);
  assertEquals(allocator.allocate(interval(1_024, 1_039)), interval(1_024, 1_039));
  allocator.mark(interval(1_056, 1_071));
  assertEquals(allocator.used, 2);
  assertEquals(drain(allocator), [1_040, 1_072]);
});

Deno.test("EphemeralPortsAllocator keeps every slot that an odd range touches until it is freed", () => {
  const allocator = new EphemeralPortsAllocator(parsePorts("1000-1103"), 16);
  const large = interval(1_030, 1_061);
  const neighbour = interval(1_062, 1_070);
  const tiny = interval(1_000, 1_001);
  for (const range of [large, tiny, neighbour]) allocator.mark(range);
  assertEquals([allocator.used, allocator.capacity], [3, 6]);
  assertEquals(drain(allocator), [1_008, 1_072, 1_088]);
  allocator.deallocate(large);
  // Its last slot waits for the neighbour, which touches it too.
  assertEquals(drain(allocator), [1_024, 1_040]);
  allocator.deallocate(neighbour);
  assertEquals(drain(allocator), [1_056]);
  // The slot below 1008 is not wholly in the total, so freeing it brings none back.
  allocator.deallocate(tiny);
  assertEquals(drain(allocator), []);
});

Deno.test("EphemeralPortsAllocator refuses to mark what is not free, and changes nothing", () => {
  const allocator = new EphemeralPortsAllocator(parsePorts("1024-1103"), 16);
  allocator.mark(interval(1_024, 1_039));
  allocator.mark(interval(1_050, 1_051));
  const refused: [range: Interval, says: string][] = [
    [interval(1_024, 1_039), "in use at 1024-1039"],
    [interval(1_030, 1_031), "in use at 1030-1031"],
    [interval(1_024, 1_103), "in use at 1024-1039,1050-1051"],
    [interval(1_040, 1_055), "in use at 1050-1051"],
    [interval(1_051, 1_052), "in use at 1051"],
    [interval(1_050, 1_051), "in use at 1050-1051"],
    [interval(1_008, 1_023), "leave the ephemeral ports 1024-1103"],
    [interval(1_100, 1_104), "leave the ephemeral ports"],
    [interval(1_063, 1_056), "begins above its end"],
    [interval(1_056.5, 1_071.5), "integers from 0 to 65535"],
    [interval(-16, -1), "integers from 0 to 65535"],
    [interval(65_536, 65_551), "integers from 0 to 65535"],
    [interval(NaN, NaN), "integers from 0 to 65535"],
  ];
  for (const [range, says] of refused) {
    assertThrows(() => allocator.mark(range), RangeError, says);
    assertThrows(() => allocator.allocate(range), RangeError, says);
  }
  assertEquals(allocator.used, 2);
  assertEquals(drain(allocator), [1_056, 1_072, 1_088]);
});

Deno.test("EphemeralPortsAllocator refuses to free what is not used, and changes nothing", () => {
  const allocator = new EphemeralPortsAllocator(parsePorts("1024-1087"), 16);
  allocator.mark(interval(1_024, 1_039));
  allocator.mark(interval(1_050, 1_059));
  for (
    const range of [
      interval(1_072, 1_087),
      interval(1_024, 1_030),
      interval(1_024, 1_055),
      interval(1_040, 1_055),
      interval(1_050, 1_058),
      interval(1_051, 1_059),
      interval(1_024.5, 1_039.5),
      interval(1_039, 1_024),
      interval(0, 15),
      interval(-16, -1),
      interval(1 << 20, (1 << 20) + 15),
    ]
  ) {
    assertThrows(() => allocator.deallocate(range), RangeError, "are no range in use");
  }
  assertEquals(allocator.used, 2);
  allocator.deallocate(interval(1_024, 1_039));
  assertThrows(() => allocator.deallocate(interval(1_024, 1_039)), RangeError);
  allocator.deallocate(interval(1_050, 1_059));
  assertThrows(() => allocator.deallocate(interval(1_050, 1_059)), RangeError);
  assertEquals(drain(allocator), [1_024, 1_040, 1_056, 1_072]);
});

Deno.test("EphemeralPortsAllocator.isManaged() asks for the total, used or free", () => {
  const allocator = new EphemeralPortsAllocator(parsePorts("1024-1055"), 16);
  const range = allocator.allocate();
  assert(allocator.isManaged(range) && allocator.isManaged(interval(1_055, 1_055)));
  assert(!allocator.isManaged(interval(1_023, 1_024)) && !allocator.isManaged(interval(0, 15)));
  assertThrows(() => allocator.isManaged(interval(5, 4)), RangeError);
});
