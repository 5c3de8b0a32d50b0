/**
 * Churn of ephemeral ranges on a half-full host: 4,032 ranges of 16 ports, 2,016 of them in use.
 *
 * One iteration is a batch of 4,032 operations, a free of a random range and an allocation in turn;
 * divide the time shown by 4,032 for one operation. The peers do the same batch.
 *
 * @module
 */

import { EphemeralPortsAllocator } from "../../src/ports/ephemeral_ports_allocator.ts";
import type { Interval } from "../../src/ports/interval.ts";
import { IntervalSet } from "../../src/ports/interval_set.ts";
import { Random } from "../../test/support/random.ts";

const TOTAL = { begin: 1_024, end: 65_535 };
const PORTS_PER_CONTAINER = 16;
const RANGES = 4_032;

/** What a batch needs of an allocator. */
interface Churned {
  allocate(): Interval;
  deallocate(range: Interval): void;
}

/** Keeps the begins of the free ranges sorted: the shortest thing to write that stays correct. */
class SortedArrayAllocator implements Churned {
  readonly #free: number[] = [];

  constructor() {
    for (let begin = TOTAL.begin; begin < TOTAL.end; begin += PORTS_PER_CONTAINER) {
      this.#free.push(begin);
    }
  }

  allocate(): Interval {
    const begin = this.#free.shift();
    if (begin === undefined) throw new Error("exhausted");
    return { begin, end: begin + PORTS_PER_CONTAINER - 1 };
  }

  deallocate(range: Interval): void {
    let low = 0;
    let high = this.#free.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#free[middle] ?? Infinity) < range.begin) low = middle + 1;
      else high = middle;
    }
    this.#free.splice(low, 0, range.begin);
  }
}

/** Keeps the used ranges in a set and looks at each range from the lowest on. */
class ScanningSetAllocator implements Churned {
  readonly #used = new Set<number>();

  allocate(): Interval {
    for (let begin = TOTAL.begin; begin < TOTAL.end; begin += PORTS_PER_CONTAINER) {
      if (this.#used.has(begin)) continue;
      this.#used.add(begin);
      return { begin, end: begin + PORTS_PER_CONTAINER - 1 };
    }
    throw new Error("exhausted");
  }

  deallocate(range: Interval): void {
    this.#used.delete(range.begin);
  }
}

/** Fills half of an allocator and gives a function that does one batch. */
function churn(allocator: Churned): () => void {
  const random = new Random(1);
  const all = Array.from({ length: RANGES }, () => allocator.allocate());
  for (let i = all.length - 1; i > 0; i--) {
    const other = random.below(i + 1);
    const [a, b] = [all[i], all[other]];
    if (a !== undefined && b !== undefined) [all[i], all[other]] = [b, a];
  }
  for (const range of all.splice(RANGES / 2)) allocator.deallocate(range);
  const order = Uint16Array.from({ length: RANGES / 2 }, () => random.below(RANGES / 2));
  return () => {
    for (const i of order) {
      const range = all[i];
      if (range === undefined) throw new Error(`There is no range ${i}`);
      allocator.deallocate(range);
      all[i] = allocator.allocate();
    }
  };
}

const group = "churn of ephemeral ranges";
const total = IntervalSet.of(TOTAL);

Deno.bench(
  "EphemeralPortsAllocator, 4,032 operations",
  { group, baseline: true },
  churn(new EphemeralPortsAllocator(total, PORTS_PER_CONTAINER)),
);

Deno.bench(
  "sorted array of free ranges, 4,032 operations",
  { group },
  churn(new SortedArrayAllocator()),
);

Deno.bench(
  "scan over a set of used ranges, 4,032 operations",
  { group },
  churn(new ScanningSetAllocator()),
);
