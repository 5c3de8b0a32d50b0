import { assert, assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { NS_PER_SECOND } from "../../../sim/time/virtual_clock.ts";
import { LinkStage, sourcePortOf } from "./link_stage.ts";

const QDISC = "tc qdisc add dev out root handle 1: htb default 10";
const SPAN_NS = 10 * NS_PER_SECOND;

/** Sends from two classes for 10 s, and gives what each sent, in bytes a second. */
async function share(lines: readonly string[], priorities: readonly number[]) {
  const stage = await LinkStage.veth(QDISC, ...lines);
  priorities.forEach((priority, i) => {
    stage.keepBusy({ priority, sourcePort: 1000 + i }, SPAN_NS);
  });
  stage.clock.runTo(SPAN_NS);
  return priorities.map((_, i) => stage.arrivedBytes(1000 + i, 0, SPAN_NS) / 10);
}

const cls = (handle: string, parent: string, rest: string) =>
  `tc class add dev out parent ${parent} classid ${handle} htb ${rest}`;

Deno.test("htb keeps a class to its rate within 1%, and counts what it did", async () => {
  const stage = await LinkStage.veth(QDISC, cls("1:10", "1:", "rate 8mbit burst 10000"));
  stage.keepBusy({}, SPAN_NS);
  stage.clock.runTo(SPAN_NS);
  assertAlmostEquals(stage.arrivedBytes() / 10, 1e6, 1e4);
  const text = await stage.run("tc -s class show dev out");
  const packets = stage.arrivals.length;
  assertMatch(text, new RegExp(`Sent ${packets * 1514} bytes ${packets} pkt`), text);
  assertMatch(text, new RegExp(`lended: ${packets} borrowed: 0 giants: 0`), text);
  assertMatch(text, /backlog 7570b 5p/, text);
});

Deno.test("htb lets siblings share by their rates, and lend what one leaves unused", async () => {
  const classes = [
    cls("1:1", "1:", "rate 8mbit ceil 8mbit burst 10000 cburst 10000"),
    cls("1:10", "1:1", "rate 2mbit ceil 8mbit burst 4000 cburst 4000 quantum 1514"),
    cls("1:20", "1:1", "rate 6mbit ceil 8mbit burst 4000 cburst 4000 quantum 1514"),
  ];
  const [slow = 0, fast = 0] = await share(classes, [0x10010, 0x10020]);
  assertAlmostEquals(slow, 250_000, 5_000);
  assertAlmostEquals(fast, 750_000, 10_000);
  const [alone = 0] = await share(classes, [0x10010]);
  assertAlmostEquals(alone, 1e6, 1e4);
});

Deno.test("htb shares what is over by quantum, and by priority first", async () => {
  const parent = cls("1:1", "1:", "rate 8mbit ceil 8mbit burst 10000 cburst 10000");
  const child = (handle: string, rest: string) =>
    cls(handle, "1:1", `rate 800kbit ceil 8mbit burst 4000 cburst 4000 ${rest}`);
  const byQuantum = [
    parent,
    child("1:10", "quantum 1514"),
    child("1:20", "quantum 4542"),
  ];
  const [one = 0, three = 0] = await share(byQuantum, [0x10010, 0x10020]);
  assertAlmostEquals((one - 1e5) * 3, three - 1e5, 2e4);
  const byPriority = [
    parent,
    child("1:10", "quantum 1514 prio 1"),
    child("1:20", "quantum 1514 prio 0"),
  ];
  const [last = 0, first = 0] = await share(byPriority, [0x10010, 0x10020]);
  assertAlmostEquals(last, 1e5, 2e3);
  assertAlmostEquals(first, 9e5, 1e4);
});

Deno.test("htb never lets a class above its ceiling, though its parent has tokens", async () => {
  const [capped = 0] = await share([
    cls("1:1", "1:", "rate 80mbit ceil 80mbit burst 10000 cburst 10000"),
    cls("1:10", "1:1", "rate 800kbit ceil 4mbit burst 4000 cburst 4000"),
  ], [0x10010]);
  assertAlmostEquals(capped, 500_000, 5_000);
});

Deno.test("htb borrows through three levels, and counts lends and borrows at each", async () => {
  const stage = await LinkStage.veth(
    QDISC,
    cls("1:1", "1:", "rate 8mbit burst 10000 cburst 10000"),
    cls("1:2", "1:1", "rate 800kbit ceil 8mbit burst 4000 cburst 4000"),
    cls("1:10", "1:2", "rate 400kbit ceil 8mbit burst 4000 cburst 4000"),
  );
  stage.keepBusy({}, SPAN_NS);
  stage.clock.runTo(SPAN_NS);
  assertAlmostEquals(stage.arrivedBytes() / 10, 1e6, 1e4);
  const { classes } = stage.link("out").root ?? {};
  const counts = [0x10001, 0x10002, 0x10010].map((handle) => {
    const { lends = 0, borrows = 0 } = classes?.get(handle)?.statistics ?? {};
    return { lends, borrows };
  });
  const [top, middle, leaf] = counts;
  assert(top !== undefined && middle !== undefined && leaf !== undefined);
  assertEquals(top.lends + middle.lends + leaf.lends, stage.arrivals.length);
  assertEquals([leaf.borrows, middle.borrows], [top.lends + middle.lends, top.lends]);
  assertEquals(top.borrows, 0);
  assertAlmostEquals(leaf.lends * 151.4, 50_000, 1_000);
});

Deno.test("htb sends what has no class past all others, and counts it as direct", async () => {
  const stage = await LinkStage.veth(
    "tc qdisc add dev out root handle 1: htb",
    cls("1:10", "1:", "rate 8kbit burst 2000"),
  );
  for (let i = 0; i < 3; i++) stage.send({ priority: 0x10010 });
  stage.send({ sourcePort: 7 });
  stage.send({ sourcePort: 8, priority: 0x10000 });
  stage.runFor(0.001);
  assertEquals(stage.arrivals.map(({ packet }) => sourcePortOf(packet)), [1000, 1000, 7, 8]);
  const text = await stage.run("tc -s qdisc show dev out");
  assertMatch(text, /direct_packets_stat 2/, text);
  assertMatch(text, /Sent 6056 bytes 4 pkt \(dropped 0, overlimits 1 requeues 0\)/, text);
  assertMatch(text, /backlog 1514b 1p/, text);
});

Deno.test("htb classifies by priority, then filters down the classes, then by default", async () => {
  const filter = (parent: string, port: number, classId: string) =>
    `tc filter add dev out parent ${parent} protocol ip prio 1 u32 ` +
    `match ip dport ${port} 0xffff flowid ${classId}`;
  const rate = "rate 8mbit burst 100000 cburst 100000";
  const stage = await LinkStage.veth(
    QDISC,
    cls("1:1", "1:", rate),
    cls("1:10", "1:1", rate),
    cls("1:20", "1:1", rate),
    cls("1:30", "1:1", rate),
    filter("1:", 1, "1:20"),
    filter("1:", 2, "1:1"),
    filter("1:1", 2, "1:30"),
    filter("1:", 3, "1:99"),
    filter("1:", 4, "1:0"),
    "tc filter add dev out parent 1: protocol ip prio 2 u32 match ip dport 5 0xffff action drop",
  );
  const sent = async (classId: string) =>
    (await stage.run(`tc -s class show dev out classid ${classId}`)).match(/ (\d+) pkt/)?.[1];
  for (const destinationPort of [1, 2, 2, 3, 4, 5, 6]) stage.send({ destinationPort });
  stage.send({ destinationPort: 1, priority: 0x10030 });
  stage.send({ destinationPort: 2, priority: 0x10001 });
  stage.runFor(0.1);
  assertEquals(
    [await sent("1:10"), await sent("1:20"), await sent("1:30"), await sent("1:1")],
    ["2", "1", "4", "7"],
  );
  const text = await stage.run("tc -s qdisc show dev out");
  assertMatch(text, /direct_packets_stat 1 .*\n.* 8 pkt \(dropped 1,/, text);
});

Deno.test("htb loses what its leaf has no room for, at the leaf and above", async () => {
  const stage = await LinkStage.veth(
    "ip link set out txqueuelen 3",
    QDISC,
    cls("1:10", "1:", "rate 8kbit burst 1600 cburst 1600"),
  );
  stage.datapath.isTracing = true;
  const packets = [1, 2, 3, 4, 5, 6].map(() => stage.send());
  assertEquals(packets.at(-1)?.trace?.end, { outcome: "dropped", reason: "htb overlimit" });
  for (const kind of ["qdisc", "class"]) {
    const text = await stage.run(`tc -s ${kind} show dev out`);
    assertMatch(text, /\(dropped 1, overlimits 1 requeues 0\)/, text);
    assertMatch(text, /backlog 4542b 3p/, text);
  }
});

Deno.test("htb follows its classes under load: rates, new siblings, and classes that go", async () => {
  const stage = await LinkStage.veth(QDISC, cls("1:10", "1:", "rate 8mbit burst 4000 cburst 4000"));
  stage.keepBusy({}, 2 * NS_PER_SECOND);
  const rateOf = (seconds: number) => {
    const fromNs = stage.clock.nowNs;
    stage.runFor(seconds);
    return stage.arrivedBytes(undefined, fromNs) / seconds;
  };
  assertAlmostEquals(rateOf(1), 1e6, 1e4);
  await stage.run(
    "tc class change dev out classid 1:10 htb rate 16mbit burst 4000 cburst 4000",
  );
  assertAlmostEquals(rateOf(1), 2e6, 2e4);
  await stage.run(
    cls("1:20", "1:", "rate 4mbit burst 4000 cburst 4000"),
    "tc qdisc add dev out parent 1:20 handle 20: pfifo limit 7",
    "tc class del dev out classid 1:10",
  );
  assertEquals(stage.link("out").root?.counters.queueLength, 0);
  for (let i = 0; i < 100; i++) stage.send({ priority: 0x10020 });
  await stage.run("tc qdisc del dev out parent 1:20");
  const { counters } = stage.link("out").root ?? {};
  assertEquals([counters?.queueLength, counters?.backlogBytes], [0, 0]);
  stage.send({ priority: 0x10020 });
  await stage.run(cls("1:21", "1:20", "rate 4mbit"));
  stage.send({ priority: 0x10021 });
  stage.runFor(1);
  assertEquals(counters?.queueLength, 0);
});

Deno.test("htb above tbf lets what tbf lets, and wakes when tbf says so", async () => {
  const stage = await LinkStage.veth(
    QDISC,
    cls("1:10", "1:", "rate 80mbit burst 10000"),
    "tc qdisc add dev out parent 1:10 handle 10: tbf rate 8mbit burst 4000 limit 30000",
  );
  stage.keepBusy({}, SPAN_NS);
  stage.clock.runTo(SPAN_NS);
  assertAlmostEquals(stage.arrivedBytes() / 10, 1e6, 1e4);
});

Deno.test("tbf above htb looks at packets before their time, and loses none", async () => {
  const stage = await LinkStage.veth(
    "tc qdisc add dev out root handle 1: tbf rate 8mbit burst 4000 limit 30000",
    "tc qdisc add dev out parent 1:1 handle 2: htb default 10",
    "tc class add dev out parent 2: classid 2:10 htb rate 80mbit",
  );
  for (let i = 0; i < 20; i++) stage.send();
  assertEquals(stage.link("out").root?.counters.queueLength, 18);
  stage.runFor(1);
  assertEquals(stage.arrivals.length, 20);
});
