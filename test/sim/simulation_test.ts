import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseIpv4 } from "../../sim/model/ipv4.ts";
import { Simulation, Wire } from "../../sim/mod.ts";
import { type EchoCount, ping } from "../../sim/program/ping.ts";
import { askUdp, serveUdpEcho } from "../../sim/program/udp_echo.ts";
import type { Reply } from "../../sim/program/exchange.ts";
import { NS_PER_MS } from "../../sim/time/virtual_clock.ts";
import { Driver } from "../../sim/world/driver.ts";
import { joinWire } from "../../sim/world/join_wire.ts";

const PREFIX = { card: "eth0", prefixLength: 24 };

async function twoMachines() {
  const simulation = new Simulation({ seed: 7 });
  const wire = new Wire("wire");
  const one = await joinWire(simulation, wire, { ...PREFIX, name: "one", address: "10.0.0.1" });
  const two = await joinWire(simulation, wire, { ...PREFIX, name: "two", address: "10.0.0.2" });
  const stacks = [one, two].map(({ machine }) => simulation.stack(machine.home));
  const [here, there] = stacks;
  assert(here !== undefined && there !== undefined);
  return { simulation, wire, here, there, driver: new Driver(simulation.clock) };
}

function endpoint(address: string, port: number) {
  return { address: parseIpv4(address) ?? 0, port };
}

Deno.test("machines on one wire ping each other, and virtual time passes meanwhile", async () => {
  const { simulation, here, driver } = await twoMachines();
  const options = { destination: endpoint("10.0.0.2", 0).address, count: 3 };
  const count = await driver.wait<EchoCount>((settle) =>
    ping(here, simulation.clock, options, settle)
  );
  assertEquals(count, { answered: 3, duplicates: 0 });
  assertEquals(simulation.clock.nowNs, 1400 * NS_PER_MS);
});

Deno.test("a machine's name is taken once in a simulation", async () => {
  const { simulation } = await twoMachines();
  assertThrows(() => simulation.addMachine({ name: "one" }), RangeError, '"one"');
});

Deno.test("a machine whose address cannot be read is refused in the words of ip", async () => {
  const { simulation, wire } = await twoMachines();
  const error = await joinWire(simulation, wire, {
    ...PREFIX,
    name: "three",
    address: "10.0.0.300",
  })
    .then(() => undefined, (error: unknown) => error);
  assert(error instanceof SyntaxError);
  assert(error.message.includes("addr add"), error.message);
});

Deno.test("Driver.wait() runs time for all who wait, and stops it when nobody does", async () => {
  const { simulation, here, there, driver } = await twoMachines();
  const server = serveUdpEcho(there, 53);
  const ask = (text: string, port: number) =>
    driver.wait<Reply>((settle) =>
      askUdp(here, simulation.clock, {
        to: endpoint("10.0.0.2", port),
        payload: new TextEncoder().encode(text),
        timeoutNs: 1000 * NS_PER_MS,
      }, settle)
    );
  const [answered, refused] = await Promise.all([ask("hello", 53), ask("hello", 54)]);
  assertEquals(answered.outcome, "answered");
  assertEquals(refused, { outcome: "refused" });
  assertEquals(server.clients.length, 1);
  const stoppedAtNs = simulation.clock.nowNs;
  await Promise.resolve();
  assertEquals(simulation.clock.nowNs, stoppedAtNs);
});

Deno.test("Driver.wait() hands on what keeps its start from succeeding", async () => {
  const { driver } = await twoMachines();
  const error = await driver.wait(() => {
    throw new RangeError("no");
  }).then(() => undefined, (error: unknown) => error);
  assert(error instanceof RangeError);
  assertEquals(await driver.wait<string>((settle) => settle("yes")), "yes");
});
