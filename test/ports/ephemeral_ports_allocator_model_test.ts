import { assert, assertEquals, assertThrows } from "@std/assert";
import { EphemeralPortsAllocator } from "../../src/ports/ephemeral_ports_allocator.ts";
import { EphemeralPortsExhaustedError } from "../../src/ports/ephemeral_ports_exhausted_error.ts";
import { formatInterval, type Interval } from "../../src/ports/interval.ts";
import { parsePorts } from "../../src/ports/parse_ports.ts";
import { Random } from "../support/random.ts";

/** An allocator without any cleverness: the set of used ports, and the list of used ranges. */
class Model {
  readonly #total: Set<number>;
  readonly #size: number;
  readonly #taken = new Set<number>();
  readonly used = new Map<string, Interval>();

  constructor(total: Set<number>, size: number) {
    this.#total = total;
    this.#size = size;
  }

  isFree(range: Interval): boolean {
    for (let port = range.begin; port <= range.end; port++) {
      if (!this.#total.has(port) || this.#taken.has(port)) return false;
    }
    return true;
  }

  lowestFree(): Interval | undefined {
    for (let begin = 0; begin + this.#size <= 65_536; begin += this.#size) {
      const range = { begin, end: begin + this.#size - 1 };
      if (this.isFree(range)) return range;
    }
    return undefined;
  }

  mark(range: Interval): void {
    this.used.set(formatInterval(range), range);
    for (let port = range.begin; port <= range.end; port++) this.#taken.add(port);
  }

  free(range: Interval): void {
    this.used.delete(formatInterval(range));
    for (let port = range.begin; port <= range.end; port++) this.#taken.delete(port);
  }
}

/** Steps one operation on both and compares their answers. */
function step(random: Random, allocator: EphemeralPortsAllocator, model: Model): void {
  const kind = random.below(10);
  if (kind < 4) {
    const expected = model.lowestFree();
    if (expected === undefined) {
      assertThrows(() => allocator.allocate(), EphemeralPortsExhaustedError);
      return;
    }
    assertEquals(allocator.allocate(), expected);
    model.mark(expected);
  } else if (kind < 7 && model.used.size > 0) {
    const range = random.pick([...model.used.values()]);
    allocator.deallocate(range);
    model.free(range);
  } else {
    markOrFree(random, allocator, model, randomRange(random, allocator.portsPerContainer));
  }
}

/** Marks a random range, or frees it: either may be refused. */
function markOrFree(
  random: Random,
  allocator: EphemeralPortsAllocator,
  model: Model,
  range: Interval,
): void {
  if (random.below(3) === 0) {
    if (model.used.has(formatInterval(range))) {
      allocator.deallocate(range);
      model.free(range);
    } else assertThrows(() => allocator.deallocate(range), RangeError);
  } else if (model.isFree(range)) {
    allocator.mark(range);
    model.mark(range);
  } else assertThrows(() => allocator.mark(range), RangeError);
}

/** A range near the total: a slot, an aligned range of another size, or none of both. */
function randomRange(random: Random, size: number): Interval {
  const length = random.pick([size, size, size / 2, size * 2, random.between(1, 3 * size)]);
  const begin = random.between(990, 2_300);
  const aligned = random.below(3) > 0 ? begin - begin % length : begin;
  return { begin: aligned, end: aligned + length - 1 };
}

for (const [seed, size] of [[1, 16], [2, 32], [3, 2]] as const) {
  Deno.test(`EphemeralPortsAllocator of ${size} ports agrees with a model, seed ${seed}`, () => {
    const random = new Random(seed);
    const total = parsePorts("1000-1499,1504-1519,1600-2100,2112-2254");
    const allocator = new EphemeralPortsAllocator(total, size);
    const ports = new Set<number>();
    for (const { begin, end } of total) {
      for (let port = begin; port <= end; port++) ports.add(port);
    }
    const model = new Model(ports, size);
    for (let i = 0; i < 20_000; i++) {
      step(random, allocator, model);
      assert(allocator.used === model.used.size, `step ${i}`);
    }
    for (const range of [...model.used.values()]) allocator.deallocate(range);
    assertEquals(allocator.used, 0);
    const whole = new EphemeralPortsAllocator(total, size);
    for (let i = 0; i < whole.capacity; i++) assertEquals(allocator.allocate(), whole.allocate());
  });
}
