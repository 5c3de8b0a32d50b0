import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { decodeIpv4 } from "../../../sim/packet/ipv4.ts";
import { NS_PER_MS, NS_PER_SECOND } from "../../../sim/time/virtual_clock.ts";
import { LinkStage, sourcePortOf } from "./link_stage.ts";

/** A link with an `fq_codel` that gets 1 MB/s from the `tbf` or `htb` around it. */
function stage(options: string, ...lines: readonly string[]): Promise<LinkStage> {
  return LinkStage.veth(
    "tc qdisc add dev out root handle 1: htb default 10",
    "tc class add dev out parent 1: classid 1:10 htb rate 8mbit burst 2000 cburst 2000",
    `tc qdisc add dev out parent 1:10 handle 10: fq_codel ${options}`,
    ...lines,
  );
}

/** Sends frames at a steady pace, whether they get through or not. */
function sendEvery(link: LinkStage, periodNs: number, spec: Parameters<LinkStage["send"]>[0]) {
  const next = () => {
    link.send(spec);
    link.clock.after(periodNs, next);
  };
  link.clock.after(0, next);
}

const statistics = (link: LinkStage) => {
  const qdisc = link.link("out").qdiscs.get(0x100000);
  assert(qdisc !== undefined);
  return { ...qdisc.fqCodel, ...qdisc.counters };
};

Deno.test("fq_codel gives every busy flow the same share, whatever its packets' size", async () => {
  const link = await stage("quantum 1514");
  const sizes = [1514, 1000, 500, 200];
  sizes.forEach((lengthBytes, i) => {
    link.keepBusy({ lengthBytes, sourcePort: 1000 + i }, 10 * NS_PER_SECOND, 10);
  });
  link.clock.runTo(10 * NS_PER_SECOND);
  for (const i of sizes.keys()) {
    assertAlmostEquals(link.arrivedBytes(1000 + i) / 10, 250_000, 12_500, `flow ${i}`);
  }
});

Deno.test("fq_codel lets a sparse flow pass a full one", async () => {
  const link = await stage("limit 10240");
  link.keepBusy({ sourcePort: 1 }, NS_PER_SECOND, 200);
  link.runFor(0.5);
  link.send({ sourcePort: 2, lengthBytes: 100 });
  const sentAtNs = link.clock.nowNs;
  link.runFor(0.5);
  const arrival = link.arrivals.find(({ packet }) => sourcePortOf(packet) === 2);
  assert(arrival !== undefined && arrival.timeNs - sentAtNs < 4 * NS_PER_MS);
});

Deno.test("fq_codel drops late packets more and more often, and says codel in the trace", async () => {
  const link = await stage("limit 10000 target 5ms interval 100ms noecn");
  link.datapath.isTracing = true;
  // 2 MB/s into 1 MB/s.
  sendEvery(link, 757_000, { ecn: 2 });
  link.runFor(5);
  const drops = link.datapath.traces
    .filter(({ end }) => end?.reason === "codel")
    .map(({ steps }) => steps.at(-1)?.timeNs ?? 0);
  assert(drops.length > 50, `${drops.length} drops`);
  const [first = 0, second = 0, third = 0] = drops;
  assertAlmostEquals((first - 10 * NS_PER_MS) / NS_PER_MS, 100, 5);
  assertAlmostEquals((second - first) / NS_PER_MS, 100, 3);
  // Not 100/√2: the kernel's one step of Newton's from 1 gives 0.5.
  assertAlmostEquals((third - second) / NS_PER_MS, 50, 3);
  assertEquals(statistics(link).drops, drops.length);
  assertEquals(link.link("out").root?.counters.drops, drops.length);
});

Deno.test("fq_codel marks instead of dropping where the sender takes part in ECN", async () => {
  const link = await stage("limit 10000 target 5ms interval 100ms");
  sendEvery(link, 757_000, { ecn: 2 });
  link.runFor(3);
  const { ecnMark, drops } = statistics(link);
  const marked = link.arrivals.filter(({ packet }) => {
    const header = decodeIpv4(packet.bytes, packet.networkOffset);
    assert(header?.checksumValid);
    return (header.trafficClass & 3) === 3;
  });
  assertEquals(drops, 0);
  assert(ecnMark > 10);
  assertEquals(marked.length, ecnMark);
  const text = await link.run("tc -s qdisc show dev out");
  assertMatch(
    text,
    new RegExp(`maxpacket 1514 drop_overlimit 0 new_flow_count 1 ecn_mark ${ecnMark}`),
  );
});

Deno.test("fq_codel marks at the CE threshold at once", async () => {
  const link = await stage("ce_threshold 2ms target 500ms interval 900ms");
  sendEvery(link, 1_300_000, { ecn: 1 });
  link.runFor(0.1);
  const { ceMark, ecnMark } = statistics(link);
  assert(ceMark > 10 && ecnMark === 0, `${ceMark} ${ecnMark}`);
});

Deno.test("fq_codel drops half of the fullest flow, at most a batch, when it is full", async () => {
  const link = await stage("limit 100 drop_batch 64");
  link.datapath.isTracing = true;
  // Two empty the bucket of the class.
  for (let i = 0; i < 2; i++) link.send();
  for (let i = 0; i < 20; i++) link.send({ sourcePort: 2, lengthBytes: 200 });
  for (let i = 0; i < 81; i++) link.send({ sourcePort: 1 });
  const { drops, dropOverlimit, queueLength, backlogBytes, newFlowCount } = statistics(link);
  assertEquals([drops, dropOverlimit, newFlowCount], [41, 41, 3]);
  const { counters } = link.link("out").root ?? {};
  assertEquals([counters?.queueLength, counters?.backlogBytes], [queueLength, backlogBytes]);
  assertEquals(
    link.datapath.traces.filter(({ end }) => end?.reason === "fq_codel overlimit").length,
    41,
  );
  link.runFor(1);
  assertEquals([counters?.queueLength, counters?.backlogBytes], [0, 0]);
  assertEquals(link.arrivedBytes(2), 20 * 200);
});

Deno.test("fq_codel drops for memory before its limit, and counts that apart", async () => {
  const link = await stage("limit 1000 memory_limit 20000 drop_batch 1");
  for (let i = 0; i < 20; i++) link.send();
  const { dropOvermemory, dropOverlimit, memoryUsage, queueLength } = statistics(link);
  assert(memoryUsage <= 20_000 && dropOvermemory > 0);
  assertEquals(dropOverlimit, dropOvermemory);
  // The first one passed before the bucket was empty, the second one overdrew it.
  assertEquals(queueLength + dropOvermemory, 18);
});

Deno.test("fq_codel puts packets where filters say, and loses those that they do not know", async () => {
  const filter = (port: number, flow: string) =>
    "tc filter add dev out parent 10: protocol ip prio 1 u32 " +
    `match ip dport ${port} 0xffff flowid ${flow}`;
  const link = await stage(
    "limit 10240 target 500ms",
    filter(1, "10:1"),
    filter(2, "10:2"),
    filter(3, "10:2000"),
  );
  link.datapath.isTracing = true;
  link.keepBusy({ destinationPort: 1, sourcePort: 1 }, 2 * NS_PER_SECOND, 20);
  link.keepBusy({ destinationPort: 1, sourcePort: 2 }, 2 * NS_PER_SECOND, 20);
  link.keepBusy({ destinationPort: 2, sourcePort: 3 }, 2 * NS_PER_SECOND, 20);
  link.clock.runTo(2 * NS_PER_SECOND);
  assertAlmostEquals(link.arrivedBytes(3) / 2, 500_000, 50_000);
  for (const destinationPort of [3, 4]) {
    const { trace } = link.send({ destinationPort });
    assertEquals(trace?.end, { outcome: "dropped", reason: "fq_codel filter" });
  }
  assertEquals(link.link("out").root?.counters.drops, 2);
});

Deno.test("fq_codel takes the flow that a sender chose, and lets one packet pass when empty", async () => {
  const link = await LinkStage.veth("tc qdisc add dev out root handle 10: fq_codel flows 4");
  for (let i = 0; i < 3; i++) link.send({ priority: 0x100003, lengthBytes: 500 });
  link.runFor(0);
  const text = await link.run("tc -s qdisc show dev out");
  assertMatch(text, /Sent 1500 bytes 3 pkt/);
  assertMatch(text, /maxpacket 0 drop_overlimit 0 new_flow_count 0 ecn_mark 0/);
});

Deno.test("fq_codel that gets a smaller limit under load loses what does not fit", async () => {
  const link = await stage("limit 100");
  for (let i = 0; i < 60; i++) link.send();
  await link.run("tc qdisc change dev out parent 1:10 handle 10: fq_codel limit 10");
  const { counters } = link.link("out").root ?? {};
  assertEquals(statistics(link).queueLength, 10);
  assertEquals(counters?.queueLength, 10);
  link.runFor(1);
  assertEquals([counters?.queueLength, counters?.backlogBytes], [0, 0]);
});

Deno.test("the same seed gives the same shares, byte for byte; another seed another hash", async () => {
  const run = async (seed: number) => {
    const link = new LinkStage(seed);
    await link.run(
      "ip link add out type veth peer name far",
      "ip link set out up",
      "ip link set far up",
      "tc qdisc add dev out root handle 1: tbf rate 8mbit burst 2000 limit 100000",
      "tc qdisc add dev out parent 1:1 handle 10: fq_codel flows 4",
    );
    for (let i = 0; i < 6; i++) link.keepBusy({ sourcePort: 1000 + i }, NS_PER_SECOND, 10);
    link.clock.runTo(NS_PER_SECOND);
    return link.arrivals.map(({ timeNs, packet }) => `${timeNs} ${sourcePortOf(packet)}`).join();
  };
  assertEquals(await run(1), await run(1));
  assert(await run(1) !== await run(2));
});
