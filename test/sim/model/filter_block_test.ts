import { assertEquals } from "@std/assert";
import { Machine, SeededRandom, SimKernel, VirtualClock } from "../../../sim/mod.ts";

Deno.test("FilterBlock gives each EtherType its classifiers, also after some came and went", async () => {
  const clock = new VirtualClock();
  const machine = new Machine({ clock, random: new SeededRandom(1), isSandboxed: true });
  const kernel = new SimKernel(machine);
  const tc = async (line: string) => {
    const { status, stderr } = await kernel.execute({
      tool: "tc",
      args: line.split(" "),
      effect: "change",
    });
    assertEquals([status, stderr], [0, ""]);
  };
  const add = (protocol: string, priority: number) =>
    tc(`filter add dev lo ingress protocol ${protocol} prio ${priority} u32 match u32 0 0`);
  await tc("qdisc add dev lo clsact");
  const block = machine.home.linkByName("lo")?.ingress?.filters;
  const prioritiesOf = (protocol: number) =>
    block?.classifiersFor(protocol).map(({ priority }) => priority);
  assertEquals(prioritiesOf(0x0806), []);
  await add("ip", 10);
  await add("all", 20);
  await add("arp", 5);
  assertEquals([prioritiesOf(0x0800), prioritiesOf(0x0806)], [[10, 20], [5, 20]]);
  await tc("filter del dev lo ingress prio 20");
  assertEquals([prioritiesOf(0x0800), prioritiesOf(0x0806), prioritiesOf(1)], [[10], [5], []]);
});
