import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { addLink } from "../../../sim/model/link_making.ts";
import { NS_PER_MS, NS_PER_SECOND } from "../../../sim/time/virtual_clock.ts";
import { LinkStage } from "./link_stage.ts";

/** A stage whose `out` is a card of some speed, with another card at the wire's end. */
async function cards(speedMbitPerSecond: number, ...lines: readonly string[]) {
  const stage = new LinkStage();
  const [out, far] = ["out", "far"].map((name) =>
    addLink("physical", {
      namespace: stage.machine.home,
      name,
      mac: undefined,
      mtu: undefined,
      txQueueLength: undefined,
    })
  );
  assert(out !== undefined && far !== undefined);
  stage.wire(out, far);
  out.speedMbitPerSecond = speedMbitPerSecond;
  await stage.run("ip link set out up", "ip link set far up", ...lines);
  return stage;
}

Deno.test("a link without a qdisc of its own sends at once, and counts nothing in tc", async () => {
  const stage = await LinkStage.veth();
  for (let i = 0; i < 3; i++) stage.send();
  stage.runFor(0);
  assertEquals(stage.arrivals.map(({ timeNs }) => timeNs), [0, 0, 0]);
  assertMatch(await stage.run("tc -s qdisc show dev out"), /noqueue.*\n Sent 0 bytes 0 pkt/);
});

Deno.test("a dummy link counts as sent what goes nowhere", async () => {
  const stage = await LinkStage.veth("ip link add none type dummy", "ip link set none up");
  stage.send({ lengthBytes: 142 }, stage.link("none"));
  assertMatch(await stage.run("ip -s link show none"), /TX:.*\n +142 +1 +0 +0 +0 +0/);
});

Deno.test("a packet passes an empty fifo at once, and counts with its Ethernet header", async () => {
  const stage = await LinkStage.veth("tc qdisc add dev out root handle 1: pfifo limit 5");
  for (let i = 0; i < 3; i++) stage.send({ lengthBytes: 100 });
  stage.runFor(0);
  assertEquals(stage.arrivals.length, 3);
  const text = await stage.run("tc -s qdisc show dev out");
  assertMatch(text, / Sent 300 bytes 3 pkt \(dropped 0, overlimits 0 requeues 0\)/);
  assertMatch(text, /backlog 0b 0p requeues 0/);
});

Deno.test("a card takes its time for each frame, and its qdisc builds a backlog", async () => {
  const stage = await cards(100, "tc qdisc add dev out root handle 1: pfifo limit 3");
  for (let i = 0; i < 6; i++) stage.send({ lengthBytes: 1250 });
  const text = await stage.run("tc -s qdisc show dev out");
  assertMatch(text, /\(dropped 2, overlimits 0 requeues 1\)/, text);
  assertMatch(text, /backlog 3750b 3p requeues 1/, text);
  stage.runFor(1);
  const times = stage.arrivals.map(({ timeNs }) => timeNs / NS_PER_MS);
  assertEquals(times, [0.1, 0.2, 0.3, 0.4]);
});

Deno.test("pfifo_fast sends by priority, and drops above the link's queue length", async () => {
  const stage = await cards(100, "ip link set out txqueuelen 2");
  stage.send();
  for (const [sourcePort, priority] of [[10, 0], [11, 1], [12, 6], [13, 6], [14, 6]] as const) {
    stage.datapath.isTracing = true;
    stage.send({ sourcePort, priority });
  }
  stage.runFor(1);
  const ports = stage.arrivals.map(({ packet }) =>
    (packet.bytes[34] ?? 0) << 8 | (packet.bytes[35] ?? 0)
  );
  assertEquals(ports, [1000, 10, 12, 13, 11]);
  assertEquals(stage.datapath.traces.at(-1)?.end?.reason, "pfifo_fast full");
});

Deno.test("tbf carries 10 MB at 1 MB/s in 10 s, and drops above its limit", async () => {
  const stage = await LinkStage.veth(
    "tc qdisc add dev out root handle 1: tbf rate 8mbit burst 10000 limit 30000",
  );
  stage.keepBusy({}, 10 * NS_PER_SECOND);
  stage.runFor(11);
  const seconds = (stage.arrivals.at(-1)?.timeNs ?? 0) / NS_PER_SECOND;
  assertAlmostEquals(stage.arrivedBytes() / seconds / 1e6, 1, 0.01);
  for (let i = 0; i < 50; i++) stage.send();
  const text = await stage.run("tc -s qdisc show dev out");
  // 6 fit into the bucket at once, 19 into the queue.
  assertMatch(text, /dropped 25, overlimits \d+ requeues 0/, text);
  assertMatch(text, /backlog 28766b 19p/, text);
});

Deno.test("tbf never sends what is larger than its bucket, and says so in the trace", async () => {
  const stage = await LinkStage.veth(
    "tc qdisc add dev out root handle 1: tbf rate 8mbit burst 1000 limit 30000",
  );
  stage.datapath.isTracing = true;
  const packet = stage.send({ lengthBytes: 1001 });
  assertEquals(packet.trace?.end, { outcome: "dropped", reason: "tbf packet larger than burst" });
});

Deno.test("a trace tells how long a packet waited in its queue", async () => {
  const stage = await LinkStage.veth(
    "tc qdisc add dev out root handle 1: tbf rate 8mbit burst 1514 limit 30000",
  );
  stage.datapath.isTracing = true;
  stage.send();
  const waiting = stage.send({ lengthBytes: 1000 });
  stage.runFor(1);
  const step = waiting.trace?.steps.find(({ stage }) => stage === "queue");
  assertEquals(step?.what, "left the queue of out after 1 ms");
  assertEquals(step?.timeNs, 1_000_000);
});

for (
  const [what, line, reason] of [
    ["the qdisc is deleted", "tc qdisc del dev out root", "qdisc deleted"],
    ["the qdisc is replaced", "tc qdisc replace dev out root pfifo", "qdisc deleted"],
    ["the link is deleted", "ip link del out", "qdisc deleted"],
    ["the link goes down", "ip link set out down", "device down"],
    ["the other end goes down", "ip link set far down", "no carrier"],
  ] as const
) {
  Deno.test(`packets that wait are lost when ${what}`, async () => {
    const stage = await LinkStage.veth(
      "tc qdisc add dev out root handle 1: tbf rate 8kbit burst 1514 limit 30000",
    );
    stage.datapath.isTracing = true;
    const packets = [1, 2, 3].map(() => stage.send());
    stage.runFor(0);
    await stage.run(line);
    stage.runFor(10);
    assertEquals(stage.arrivals.length, 1);
    assertEquals(packets.slice(1).map(({ trace }) => trace?.end), [
      { outcome: "dropped", reason },
      { outcome: "dropped", reason },
    ]);
  });
}

Deno.test("a qdisc that comes under load goes on with the packets after it", async () => {
  const stage = await cards(100);
  stage.keepBusy({ lengthBytes: 1250 }, NS_PER_SECOND);
  stage.runFor(0.5);
  await stage.run("tc qdisc add dev out root handle 1: tbf rate 8mbit burst 10000 limit 30000");
  stage.runFor(0.5);
  assertAlmostEquals(stage.arrivedBytes(undefined, 0, 5e8) / 0.5, 12.5e6, 1e5);
  assertAlmostEquals(stage.arrivedBytes(undefined, 6e8, 1e9) / 0.4, 1e6, 2e4);
});

Deno.test("clsact asks its egress filters before the qdisc, and counts what it drops", async () => {
  const stage = await LinkStage.veth(
    "tc qdisc add dev out root handle 1: pfifo limit 5",
    "tc qdisc add dev out clsact",
  );
  stage.send({ lengthBytes: 100 });
  assertMatch(await stage.run("tc -s qdisc show dev out"), /clsact.*\n Sent 0 bytes 0 pkt/);
  await stage.run(
    "tc filter add dev out egress protocol ip prio 1 u32 match ip dport 7 0xffff action drop",
  );
  stage.send({ lengthBytes: 100, destinationPort: 7 });
  stage.send({ lengthBytes: 100, destinationPort: 8 });
  stage.runFor(0);
  assertEquals(stage.arrivals.length, 2);
  const text = await stage.run("tc -s qdisc show dev out");
  assertMatch(text, /pfifo.*\n Sent 200 bytes 2 pkt/);
  assertMatch(text, /clsact.*\n Sent 200 bytes 2 pkt \(dropped 1,/);
});

Deno.test("a sender that answers a loss with another packet does not upset the queue", async () => {
  const stage = await LinkStage.veth(
    "tc qdisc add dev out root handle 1: tbf rate 8mbit burst 1514 limit 4000",
  );
  let again = 3;
  const owner = {
    uncharge() {
      if (again-- > 0) stage.send();
    },
  };
  for (let i = 0; i < 8; i++) {
    const packet = stage.datapath.newPacket(new Uint8Array(1000), stage.link("out"));
    packet.owner = owner;
    stage.datapath.send(packet);
  }
  stage.runFor(1);
  const { counters } = stage.link("out").root ?? {};
  assertEquals([counters?.queueLength, counters?.backlogBytes], [0, 0]);
  assertEquals((counters?.packets ?? 0) + (counters?.drops ?? 0), 11);
});
