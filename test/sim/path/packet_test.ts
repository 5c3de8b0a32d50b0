import { assertEquals } from "@std/assert";
import { Machine, SeededRandom, VirtualClock } from "../../../sim/mod.ts";
import { Packet } from "../../../sim/path/packet.ts";

Deno.test("Packet and its copies change their bytes without each other's knowledge", () => {
  const clock = new VirtualClock();
  const machine = new Machine({ clock, random: new SeededRandom(1), isSandboxed: true });
  const link = machine.home.linkByName("lo");
  if (link === undefined) throw new Error("lo is gone");
  const first = new Packet(1, Uint8Array.of(1, 1, 1), link);
  const second = first.clone(2);
  const third = second.clone(3);
  second.ownBytes[0] = 2;
  second.ownBytes[1] = 2;
  first.ownBytes[0] = 9;
  assertEquals([[...first.bytes], [...second.bytes], [...third.bytes]], [
    [9, 1, 1],
    [2, 2, 1],
    [1, 1, 1],
  ]);
});
