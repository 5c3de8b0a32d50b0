import { assert, assertEquals } from "@std/assert";
import { Wire } from "../../../sim/model/wire.ts";
import { Simulation } from "../../../sim/simulation.ts";
import type { UdpError } from "../../../sim/socket/udp_sockets.ts";
import { NS_PER_MS } from "../../../sim/time/virtual_clock.ts";
import { joinWire } from "../../../sim/world/join_wire.ts";
import { address } from "../../support/frames/frames.ts";

/** Two machines with a router between them, whose second wire takes no more than `mtu` bytes. */
async function stage(mtu: number) {
  const simulation = new Simulation();
  const [near, far] = [new Wire("near"), new Wire("far")];
  const place = { card: "eth0", prefixLength: 24 };
  const client = { ...place, name: "client", address: "10.0.0.1", gateway: "10.0.0.9" };
  const server = { ...place, name: "server", address: "10.0.1.1", gateway: "10.0.1.9" };
  await joinWire(simulation, near, client);
  await joinWire(simulation, far, server);
  const router = await joinWire(simulation, near, {
    ...place,
    name: "router",
    address: "10.0.0.9",
  });
  simulation.addCard(router.machine, { name: "eth1", wire: far });
  const commands = [
    "ip link set eth1 up",
    `ip link set eth1 mtu ${mtu}`,
    "ip addr add 10.0.1.9/24 dev eth1",
    "sysctl -w net.ipv4.ip_forward=1",
  ];
  for (const command of commands) {
    const [tool, ...args] = command.split(" ");
    assert(tool === "ip" || tool === "sysctl");
    assertEquals((await router.execute({ tool, args, effect: "change" })).status, 0, command);
  }
  const [from, to] = simulation.machines;
  assert(from !== undefined && to !== undefined);
  const received: number[] = [];
  simulation.stack(to.home).udp.open({ port: 7 }, {
    received: ({ length }) => received.push(length),
  });
  const errors: UdpError[] = [];
  const remote = { address: address("10.0.1.1"), port: 7 };
  const socket = simulation.stack(from.home).udp.open({ remote }, {
    received: () => {},
    failed: (error) => errors.push(error),
  });
  assert(socket !== undefined);
  const send = (bytes: number) => {
    const failure = socket.send(new Uint8Array(bytes), remote);
    const { clock } = simulation;
    clock.runUntil(() => false, clock.nowNs + 100 * NS_PER_MS);
    return failure;
  };
  return { send, received, errors, sent: from.home.snmp, got: to.home.snmp };
}

Deno.test("UdpSocket sends what is larger than the MTU in fragments, and it arrives whole", async () => {
  const { send, received, sent, got } = await stage(1500);
  assertEquals(send(4000), undefined);
  assertEquals(received, [4000]);
  assertEquals([sent.get("Ip", "FragOKs"), sent.get("Ip", "FragCreates")], [1, 3]);
  assertEquals([got.get("Ip", "ReasmReqds"), got.get("Ip", "ReasmOKs")], [3, 1]);
  assertEquals(got.get("Udp", "InDatagrams"), 1);
});

Deno.test("UdpSocket sends the largest datagram there is, and refuses a larger one", async () => {
  const { send, received } = await stage(1500);
  assertEquals(send(65_507), undefined);
  assertEquals(received, [65_507]);
  assertEquals(send(65_508), "message too long");
});

Deno.test("UdpSocket hears of a narrow path once, and fits what it sends to it from then on", async () => {
  const { send, received, errors, sent } = await stage(600);
  send(1000);
  assertEquals([received, errors], [[], ["message too long"]]);
  send(1000);
  assertEquals([received, errors], [[1000], ["message too long"]]);
  assertEquals(sent.get("Ip", "FragCreates"), 2);
});
