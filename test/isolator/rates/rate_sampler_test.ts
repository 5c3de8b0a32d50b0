import { assertEquals } from "@std/assert";
import { RateSampler, type SampledLink } from "../../../src/isolator/rates/rate_sampler.ts";
import type { SampleClock } from "../../../src/isolator/rates/sample_clock.ts";
import { ScriptedKernel, type ScriptedRun } from "../../support/scripted_kernel.ts";

const POLICY = { windowMs: 10_000, intervalMs: 1000 };

/** A clock that moves when told. */
class TestClock implements SampleClock {
  #nowMs = 0;
  #due: { readonly atMs: number; readonly run: () => void } | undefined;

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Disposable {
    const due = { atMs: this.#nowMs + delayMs, run };
    this.#due = due;
    return { [Symbol.dispose]: () => this.#due === due && (this.#due = undefined) };
  }

  /** Whether something is to come. */
  get isWaited(): boolean {
    return this.#due !== undefined;
  }

  /** Moves to what comes next, and lets it finish. */
  async next(): Promise<void> {
    const due = this.#due;
    this.#due = undefined;
    this.#nowMs = due?.atMs ?? this.#nowMs;
    due?.run();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** One listing of links, each of which has received some bytes. */
function listing(bytes: Readonly<Record<string, number>>): ScriptedRun {
  const links = Object.entries(bytes).map(([ifname, received]) => ({
    ifname,
    stats64: {
      rx: { bytes: received, packets: 0, errors: 0, dropped: 0 },
      tx: { bytes: 0, packets: 0, errors: 0, dropped: 0 },
    },
  }));
  return { line: "ip -s -j link show", answer: { stdout: JSON.stringify(links) } };
}

function sampler(runs: readonly ScriptedRun[], links: readonly SampledLink[]) {
  const clock = new TestClock();
  const errors: unknown[] = [];
  const kernel = new ScriptedKernel(runs);
  const parts = { kernel, clock, policy: POLICY, links: () => links };
  return {
    kernel,
    clock,
    errors,
    sampler: new RateSampler({ ...parts, onError: (error) => errors.push(error) }),
  };
}

const [A, B] = [{ id: "a", link: "mesos1" }, { id: "b", link: "mesos2" }];

Deno.test("RateSampler takes one listing a sample for all containers, an interval apart", async () => {
  const runs = [1, 2, 3, 4].map((i) => listing({ mesos1: i * 100, mesos2: i * 7, eth0: i * 9 }));
  const { kernel, clock, sampler: sampling } = sampler(runs, [A, B]);
  sampling.start();
  await clock.next();
  for (let i = 0; i < 3; i++) await clock.next();
  assertEquals(sampling.statisticsOf(A)?.tx_rate?.p50, 100);
  assertEquals(sampling.statisticsOf(B)?.tx_rate?.max, 7);
  assertEquals(sampling.statisticsOf({ id: "c", link: "mesos3" }), undefined);
  kernel.done();
  sampling[Symbol.dispose]();
  assertEquals(clock.isWaited, false);
});

Deno.test("RateSampler forgets containers that are gone, and begins anew with a new link", async () => {
  const links = [A, B];
  const runs = [1, 2, 3, 4].map((i) => listing({ mesos1: i * 100, mesos2: i, mesos3: i }));
  const { sampler: sampling } = sampler(runs, links);
  for (let i = 0; i < 3; i++) await sampling.sample();
  links.splice(0, 2, { id: "a", link: "mesos3" });
  await sampling.sample();
  assertEquals(sampling.statisticsOf(A), undefined);
  assertEquals(sampling.statisticsOf(B), undefined);
  assertEquals(sampling.statisticsOf({ id: "a", link: "mesos3" })?.tx_rate, undefined);
});

Deno.test("RateSampler reports a sample that fails, and takes the next", async () => {
  const failing = { line: "ip -s -j link show", answer: { status: 1, stderr: "Cannot allocate" } };
  const runs = [
    listing({ mesos1: 0 }),
    failing,
    listing({ mesos1: 200 }),
    listing({ mesos1: 300 }),
  ];
  const { clock, errors, sampler: sampling } = sampler(runs, [A]);
  sampling.start();
  await clock.next();
  for (let i = 0; i < 3; i++) await clock.next();
  assertEquals(errors.length, 1);
  assertEquals(sampling.statisticsOf(A)?.tx_rate, {
    ...{ min: 100, max: 100, p50: 100, p90: 100, p95: 100, p99: 100, p999: 100, p9999: 100 },
    samples: 2,
  });
  sampling[Symbol.dispose]();
});
