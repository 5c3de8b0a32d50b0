import { assert, assertEquals } from "@std/assert";
import { HOST_ADDRESS, OUTSIDE_ADDRESS } from "../support/world.ts";
import { onEachKernel } from "../support/worlds.ts";

onEachKernel("a world's two machines ping each other", async ({ host, outside }) => {
  assertEquals(await outside.ping(HOST_ADDRESS, 2), { answered: 2, duplicates: 0 });
  assertEquals(await host.ping(OUTSIDE_ADDRESS, 2), { answered: 2, duplicates: 0 });
});

onEachKernel("a world's servers answer and see their clients", async ({ host, outside }) => {
  await using tcp = await host.listenTcp(8080);
  await using udp = await host.listenUdp(8080);
  for (const exchange of [outside.tcp.bind(outside), outside.udp.bind(outside)]) {
    const result = await exchange({ address: HOST_ADDRESS, port: 8080, text: "hello" });
    assert(result.outcome === "answered");
    assertEquals(result.text, "hello");
  }
  assertEquals((await tcp.peers()).map(({ address }) => address), [OUTSIDE_ADDRESS]);
  assertEquals((await udp.peers()).map(({ address }) => address), [OUTSIDE_ADDRESS]);
});

onEachKernel("a world's clients tell refused from silent", async ({ outside }) => {
  const refused = await outside.tcp({ address: HOST_ADDRESS, port: 9, text: "" });
  assertEquals(refused, { outcome: "refused" });
  const silent = await outside.udp({ address: "10.77.0.99", port: 9, text: "x", timeoutMs: 200 });
  assert(silent.outcome === "timed-out" || silent.outcome === "unreachable");
});

onEachKernel("a world's transfer arrives whole", async ({ host, outside }) => {
  const { receivedBytes } = await outside.transfer({
    to: host,
    address: HOST_ADDRESS,
    port: 8081,
    bytes: 1_000_000,
  });
  assertEquals(receivedBytes, 1_000_000);
});

onEachKernel("a world's container has no network until it is given one", async (world) => {
  const container = await world.startContainer();
  const result = await container.tcp({ address: OUTSIDE_ADDRESS, port: 80, text: "" });
  assertEquals(result, { outcome: "unreachable" });
});
