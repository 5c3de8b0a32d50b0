import { assert, assertEquals, assertThrows } from "@std/assert";
import { dumpMachine } from "../../../sim/dump/dump.ts";
import { loadMachine } from "../../../sim/dump/load.ts";
import { namespaceNames } from "../../../sim/dump/namespace_names.ts";
import { ALL_FEATURES } from "../../../sim/model/features.ts";
import { brokenInvariants } from "../../../sim/model/invariants.ts";
import { Machine } from "../../../sim/model/machine.ts";
import { SimKernel } from "../../../sim/sim_kernel.ts";
import { SeededRandom } from "../../../sim/time/seeded_random.ts";
import { VirtualClock } from "../../../sim/time/virtual_clock.ts";
import type { Tool } from "../../../src/kernel/kernel_network.ts";
import { Random } from "../../support/random.ts";
import { RandomCommands } from "../../support/random_commands.ts";

const SEEDS = 60;
const COMMANDS = 120;

function load(text: string): Machine {
  return loadMachine(text, { clock: new VirtualClock(), random: new SeededRandom(2) });
}

/** A machine with two namespaces beside its own, after many commands. */
async function randomMachine(seed: number) {
  const machine = new Machine({
    clock: new VirtualClock(),
    random: new SeededRandom(seed),
    features: ALL_FEATURES,
    isSandboxed: seed % 2 === 0,
  });
  machine.startProcess({ namespace: "new", pid: 4711 });
  const kernel = new SimKernel(machine, { checksInvariants: true });
  for (const line of ["netns attach 4711 4711", "netns add web", "netns attach too 4711"]) {
    await kernel.execute({ tool: "ip", args: line.split(" "), effect: "change" });
  }
  await kernel.makeDirectory("/var/run/mesos/netns");
  await kernel.symlink("/var/run/netns/4711", "/var/run/mesos/netns/some container");
  const done = await new RandomCommands(new Random(seed)).run(kernel, COMMANDS);
  return { machine, done };
}

for (let seed = 1; seed <= SEEDS; seed++) {
  Deno.test(`a machine is loaded from its dump as it was (seed ${seed})`, async () => {
    const { machine, done } = await randomMachine(seed);
    const text = dumpMachine(machine);
    const loaded = load(text);
    assertEquals(brokenInvariants(loaded), []);
    assertEquals(dumpMachine(loaded), text, done.join("\n"));
    assertEquals(settings(loaded), settings(machine));
    for (const namespace of [undefined, "4711", "web"]) {
      const [before, after] = [
        await listings(machine, namespace),
        await listings(loaded, namespace),
      ];
      assertEquals(after, before, `${namespace ?? "home"}\n${text}`);
    }
  });
}

/** What the tools list of a namespace; qdiscs and tables stand in the order of their making. */
async function listings(machine: Machine, namespace: string | undefined): Promise<string> {
  const kernel = new SimKernel(machine);
  const where = namespace === undefined ? {} : { namespace };
  const show = async (tool: Tool, line: string) => {
    const args = line.split(" ");
    return (await kernel.execute({ tool, args, effect: "read", ...where })).stdout;
  };
  const names = [...(await show("ip", "-br link")).matchAll(/^([\w:]+)/gm)].map(([name]) => name);
  const filters = [];
  for (const name of names) {
    filters.push(sorted(await show("tc", `class show dev ${name}`)));
    filters.push(await show("ethtool", `-k ${name}`));
    for (const parent of ["ffff:", "1:", "1:1", "ffff:fff3"]) {
      filters.push(sorted(await show("tc", `filter show dev ${name} parent ${parent}`)));
    }
  }
  return [
    await show("ip", "link"),
    await show("ip", "-4 addr"),
    await show("ip", "route"),
    await show("ip", "route show table local"),
    sorted(await show("ip", "neigh show nud all")),
    sorted(await show("tc", "qdisc")),
    ...filters,
  ].join("");
}

/** Settings that are not the kernel's own, namespace by namespace. */
function settings(machine: Machine): [string, string][][] {
  return [...namespaceNames(machine).values()].map(({ sysctls }) => sysctls.changed());
}

function sorted(text: string): string {
  return text.split("\n").sort().join("\n");
}

Deno.test("dumps of machines that were led to one state in different ways are equal", async () => {
  const orders = [["a0", "b0"], ["b0", "a0"]];
  const texts = [];
  for (const names of orders) {
    const machine = new Machine({ clock: new VirtualClock(), random: new SeededRandom(1) });
    const kernel = new SimKernel(machine);
    const run = (line: string) =>
      kernel.execute({ tool: "ip", args: line.split(" "), effect: "change" });
    for (const name of names) {
      const index = name === "a0" ? 10 : 20;
      await run(
        `link add ${name} index ${index} address 02:00:00:00:00:${index} type veth ` +
          `peer name p${name} index ${index + 1} address 02:00:00:00:01:${index}`,
      );
      await run(`link set ${name} up`);
    }
    texts.push(dumpMachine(machine));
  }
  assert(texts[0]?.includes("ip link add name a0 index 10"), texts[0]);
  assertEquals(texts[0], texts[1]);
});

Deno.test("a dump that cannot be read says which line", () => {
  const bad: readonly (readonly [text: string, complaint: string])[] = [
    ["namespace home\n", 'begins with "machine"'],
    ["machine host cpus 2 sandboxed\n", 'value is missing in "machine'],
    ["machine host cpus 2 sandboxed no features act_gact\nfly\n", 'cannot say "fly"'],
    ["machine host\nnamespace pid:1\n", 'no namespace "pid:1"'],
    ["machine host\nip link del nope\n", '"ip link del nope" failed: Cannot find device "nope"'],
  ];
  for (const [text, complaint] of bad) assertThrows(() => load(text), SyntaxError, complaint);
});
