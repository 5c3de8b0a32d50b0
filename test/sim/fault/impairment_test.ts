import { assert, assertEquals, assertThrows } from "@std/assert";
import { Impairment, type ImpairmentOptions } from "../../../sim/model/impairment.ts";
import { parseIpv4 } from "../../../sim/model/ipv4.ts";
import { Simulation, Wire } from "../../../sim/mod.ts";
import { type EchoCount, ping } from "../../../sim/program/ping.ts";
import { SeededRandom } from "../../../sim/time/seeded_random.ts";
import { Driver } from "../../../sim/world/driver.ts";
import { joinWire } from "../../../sim/world/join_wire.ts";

/** Pings over a bad wire, and gives what the pinger saw and how every packet ended. */
async function pingOver(options: ImpairmentOptions, seed = 3) {
  const simulation = new Simulation({ seed, isTracing: true });
  const wire = new Wire("wire");
  const spec = { card: "eth0", prefixLength: 24 };
  const one = await joinWire(simulation, wire, { ...spec, name: "one", address: "10.0.0.1" });
  await joinWire(simulation, wire, { ...spec, name: "two", address: "10.0.0.2" });
  wire.impairment = new Impairment(options, simulation.random);
  const stack = simulation.stack(one.machine.home);
  const count = await new Driver(simulation.clock).wait<EchoCount>((settle) =>
    ping(
      stack,
      simulation.clock,
      { destination: parseIpv4("10.0.0.2") ?? 0, count: 40 },
      settle,
    )
  );
  const steps = simulation.datapath.traces.flatMap(({ steps }) => steps.map(({ what }) => what));
  return { count, steps };
}

Deno.test("a wire that loses everything says so in the traces", async () => {
  const { count, steps } = await pingOver({ loss: 1 });
  assertEquals(count.answered, 0);
  assert(steps.includes("lost on the wire"), steps.join("\n"));
});

Deno.test("a wire loses about as many frames as it was told, and the same for the same seed", async () => {
  const runs = [await pingOver({ loss: 0.3 }), await pingOver({ loss: 0.3 })];
  const answered = runs.map(({ count }) => count.answered);
  assertEquals(answered[0], answered[1]);
  // Half of the questions are answered where seven in ten frames arrive.
  assert(answered[0] !== undefined && answered[0] > 10 && answered[0] < 30, `${answered[0]}`);
});

Deno.test("a wire that duplicates every frame brings four replies to a question", async () => {
  const { count, steps } = await pingOver({ duplication: 1 });
  assertEquals([count.answered, count.duplicates], [40, 120]);
  assert(steps.includes("duplicated on the wire"));
});

Deno.test("what a wire adds to the time of a frame stands in its trace", async () => {
  const { count, steps } = await pingOver({ delayNs: 5_000_000 });
  assertEquals(count, { answered: 40, duplicates: 0 });
  assert(steps.includes("5000000 ns late on the wire"));
});

Deno.test("a frame that is held back arrives behind the next one", () => {
  const random = new SeededRandom(1);
  const impairment = new Impairment({ reordering: 0.5, holdBackNs: 10 }, random);
  const arrivals = Array.from({ length: 20 }, (_, i) => i + (impairment.nextFate()[0] ?? 0));
  assert(arrivals.some((time, i) => time > (arrivals[i + 1] ?? Infinity)));
  assert(arrivals.every((time, i) => time === i || time === i + 10));
});

Deno.test("impairments out of range are refused", () => {
  const random = new SeededRandom(1);
  for (const options of [{ loss: 1.1 }, { duplication: -0.1 }, { delayNs: -1 }, { loss: NaN }]) {
    assertThrows(() => new Impairment(options, random), RangeError, "choose");
  }
});
