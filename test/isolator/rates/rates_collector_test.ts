import { assertEquals } from "@std/assert";
import { percentilesOf } from "../../../src/isolator/rates/percentiles.ts";
import { RatesCollector } from "../../../src/isolator/rates/rates_collector.ts";
import { SlidingWindow } from "../../../src/isolator/rates/sliding_window.ts";
import type { LinkCounters } from "../../../src/routing/link.ts";

const POLICY = { windowMs: 10_000, intervalMs: 1000 };

/** Counters of a link: bytes, packets, dropped and errors that it sent, then that it received. */
function counters(sent: readonly number[], received: readonly number[] = [0, 0, 0, 0]) {
  const [txBytes = 0n, txPackets = 0n, txDropped = 0n, txErrors = 0n] = sent.map(BigInt);
  const [rxBytes = 0n, rxPackets = 0n, rxDropped = 0n, rxErrors = 0n] = received.map(BigInt);
  const counters: LinkCounters = {
    ...{ txBytes, txPackets, txDropped, txErrors },
    ...{ rxBytes, rxPackets, rxDropped, rxErrors },
  };
  return counters;
}

/** One second apart: a burst and then a steady rate one way, a short one the other. */
const SAMPLES = [
  counters([0, 0, 0, 0], [0, 0, 0, 0]),
  counters([100, 10, 5, 1], [10, 1, 1, 1]),
  counters([200, 20, 10, 2], [20, 2, 2, 2]),
  counters([250, 25, 11, 3], [20, 2, 2, 2]),
  counters([300, 30, 12, 4], [20, 2, 2, 2]),
  counters([350, 35, 13, 5], [20, 2, 2, 2]),
];

function collected(): RatesCollector {
  const collector = new RatesCollector(POLICY);
  SAMPLES.forEach((sample, i) => collector.sample(i * 1000, sample));
  return collector;
}

/** What the reference's test expects of each rate. */
const EXPECTED = {
  rx_rate: { samples: 5, max: 100, min: 50, p90: 100, p50: 50 },
  rx_packet_rate: { samples: 5, max: 10, min: 5, p90: 10, p50: 5 },
  rx_drop_rate: { samples: 5, max: 5, min: 1, p90: 5, p50: 1 },
  rx_error_rate: { samples: 5, max: 1, min: 1, p90: 1, p50: 1 },
  tx_rate: { samples: 5, max: 10, min: 0, p90: 10, p50: 0 },
  tx_packet_rate: { samples: 5, max: 1, min: 0, p90: 1, p50: 0 },
  tx_drop_rate: { samples: 5, max: 1, min: 0, p90: 1, p50: 0 },
  tx_error_rate: { samples: 5, max: 1, min: 0, p90: 1, p50: 0 },
} as const;

Deno.test("PercentileRatesCollector: rates of the container, with the host's counters swapped", () => {
  const statistics = collected().statistics;
  for (const [name, expected] of Object.entries(EXPECTED)) {
    const found = Object.entries(statistics).find(([key]) => key === name)?.[1] ?? {};
    const some = Object.keys(expected).map((key) => [key, found[key]]);
    assertEquals(Object.fromEntries(some), expected, name);
  }
  assertEquals(statistics.sampling_window_secs, 10);
  assertEquals(statistics.sampling_interval_secs, 1);
});

Deno.test("RatesCollector has no rates before two of them are there", () => {
  const collector = new RatesCollector(POLICY);
  const none = { sampling_window_secs: 10, sampling_interval_secs: 1 };
  assertEquals(collector.statistics, none);
  collector.sample(0, counters([0, 0, 0, 0]));
  collector.sample(1000, counters([100, 1, 0, 0]));
  assertEquals(collector.statistics, none);
  collector.sample(2000, counters([300, 2, 0, 0]));
  assertEquals(collector.statistics.rx_rate?.p50, 150);
});

Deno.test("RatesCollector makes no rate of a counter that went back, nor of time that did not go on", () => {
  const collector = collected();
  collector.sample(6000, counters([7, 1, 0, 0]));
  collector.sample(5500, counters([9, 1, 0, 0]));
  collector.sample(5500, counters([10, 1, 0, 0]));
  assertEquals(collector.statistics.rx_rate?.samples, 5);
  collector.sample(6500, counters([30, 1, 0, 0]));
  assertEquals(collector.statistics.rx_rate?.min, 20);
});

Deno.test("RatesCollector forgets what the window has left behind, even when time jumps ahead", () => {
  const collector = collected();
  collector.sample(86_400_000, counters([350, 35, 13, 5], [20, 2, 2, 2]));
  assertEquals(collector.statistics.rx_rate, undefined);
  collector.sample(86_401_000, counters([450, 35, 13, 5], [20, 2, 2, 2]));
  assertEquals(collector.statistics.rx_rate?.max, 100);
});

Deno.test("RatesCollector counts beyond 2^53 exactly", () => {
  const collector = new RatesCollector(POLICY);
  const large = (by: bigint) => ({ ...counters([0, 0, 0, 0]), txBytes: (1n << 63n) + by });
  for (let i = 0; i < 3; i++) collector.sample(i * 1000, large(BigInt(i) * 3n));
  assertEquals(collector.statistics.rx_rate?.max, 3);
});

Deno.test("percentilesOf() interpolates between the closest ranks, and cuts fractions off", () => {
  assertEquals(percentilesOf([3]), undefined);
  const hundred = Array.from({ length: 101 }, (_, i) => (100 - i) * 10);
  const found = percentilesOf(hundred);
  assertEquals(found, {
    ...{ min: 0, max: 1000, p50: 500, p90: 900, p95: 950, p99: 990, p999: 999, p9999: 999 },
    samples: 101,
  });
  assertEquals(percentilesOf([1, 2])?.p50, 1);
});

Deno.test("SlidingWindow keeps at most its capacity: every other of the older half goes first", () => {
  const window = new SlidingWindow<number>(1_000_000, 7);
  for (let i = 0; i < 7; i++) window.add(i, i);
  window.add(7, 7);
  assertEquals(window.values, [0, 2, 3, 4, 5, 6, 7]);
  window.add(8, 8);
  assertEquals(window.values, [0, 2, 4, 5, 6, 7, 8]);
  window.add(9, 9);
  assertEquals(window.values, [0, 2, 4, 6, 7, 8, 9]);
});
