import { assert, assertEquals } from "@std/assert";
import { Wire } from "../../../sim/model/wire.ts";
import { Simulation } from "../../../sim/simulation.ts";
import { joinWire } from "../../../sim/world/join_wire.ts";
import { readAll } from "./stage.ts";

const SERVER = { address: 0x0a020002, port: 7000 };

/** Two hosts with a router between them, whose second link carries 1,000 bytes. */
async function narrowPath() {
  const simulation = new Simulation();
  const [near, far] = [new Wire("near", { delayNs: 1e6 }), new Wire("far", { delayNs: 1e6 })];
  const join = (wire: Wire, name: string, address: string, gateway?: string) =>
    joinWire(simulation, wire, {
      ...{ name, card: "eth0", address, prefixLength: 24 },
      ...(gateway === undefined ? {} : { gateway }),
    });
  await join(near, "client", "10.1.0.1", "10.1.0.9");
  const router = await join(near, "router", "10.1.0.9");
  await join(far, "server", "10.2.0.2", "10.2.0.9");
  const [client, middle, server] = simulation.machines;
  assert(client !== undefined && middle !== undefined && server !== undefined);
  simulation.addCard(middle, { name: "eth1", wire: far });
  const setUp = ["link set eth1 mtu 1000", "link set eth1 up", "addr add 10.2.0.9/24 dev eth1"];
  for (const line of setUp) {
    const { status, stderr } = await router.execute(
      {
        ...{ tool: "ip", args: line.split(" "), effect: "change" },
      } as const,
    );
    assertEquals(status, 0, stderr);
  }
  middle.home.sysctls.set("net.ipv4.ip_forward", "1");
  return { simulation, client: client.home, server: server.home };
}

Deno.test("a path that carries less makes segments smaller, and the long ones go out again", async () => {
  const { simulation, client, server } = await narrowPath();
  const { clock } = simulation;
  let received = 0;
  const listener = simulation.stack(server).tcp.listen({ port: SERVER.port }, () => {
    listener?.accept((socket) => ({ readable: () => received += readAll(socket) }));
  });
  const socket = simulation.stack(client).tcp.connect({ remote: SERVER }, {});
  assert(typeof socket !== "string", String(socket));
  socket.write(100_000);
  clock.runUntil(() => received === 100_000, 5e9);
  assertEquals(received, 100_000);
  const [entry] = client.sockets.entries();
  assertEquals([entry?.tcp?.mss, entry?.tcp?.pathMtu], [948, 1000]);
  assert(clock.nowNs < 1e9, "no segment waited for a timeout more than once");
});
