import { assertEquals } from "@std/assert";
import { Machine, SeededRandom, SimKernel, VirtualClock } from "../../sim/mod.ts";

async function stage() {
  const clock = new VirtualClock();
  const machine = new Machine({ clock, random: new SeededRandom(1), isSandboxed: true });
  const kernel = new SimKernel(machine);
  const run = async (tool: "ip" | "sysctl", ...args: string[]) => {
    assertEquals((await kernel.execute({ tool, args, effect: "change" })).status, 0);
  };
  await run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "wire");
  const { sysctls } = machine.home;
  return { run, strictness: (link: string) => sysctls.largerOfAllAndLink("rp_filter", link) };
}

Deno.test("Sysctls gives the number that was written last, however often it was read before", async () => {
  const { run, strictness } = await stage();
  assertEquals(strictness("eth0"), 0);
  await run("sysctl", "-w", "net.ipv4.conf.eth0.rp_filter=1");
  assertEquals(strictness("eth0"), 1);
  await run("sysctl", "-w", "net.ipv4.conf.all.rp_filter=2");
  assertEquals(strictness("eth0"), 2);
  await run("sysctl", "-w", "net.ipv4.conf.all.rp_filter=0");
  assertEquals(strictness("eth0"), 1);
});

Deno.test("Sysctls keeps a link's numbers when it is renamed, and forgets them when it goes", async () => {
  const { run, strictness } = await stage();
  await run("sysctl", "-w", "net.ipv4.conf.eth0.rp_filter=1");
  assertEquals([strictness("eth0"), strictness("eth1")], [1, 0]);
  await run("ip", "link", "set", "eth0", "name", "eth1");
  assertEquals([strictness("eth0"), strictness("eth1")], [0, 1]);
  await run("ip", "link", "del", "eth1");
  assertEquals(strictness("eth1"), 0);
  await run("ip", "link", "add", "eth1", "type", "veth", "peer", "name", "wire");
  assertEquals(strictness("eth1"), 0);
  await run("sysctl", "-w", "net.ipv4.conf.default.rp_filter=2");
  assertEquals(strictness("eth1"), 2);
});
