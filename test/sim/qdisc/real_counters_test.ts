/**
 * What a real kernel counted, asked of the simulator. Measured on Linux 6.18 with iproute2 6.1: a
 * veth link in a namespace of its own, its neighbour permanent, one UDP socket that sent as fast as
 * it could, its class chosen by `SO_PRIORITY`; counters read once all was quiet. Those of fq_codel
 * come from Linux 6.1 in User-Mode Linux, where a burst of 200 packets takes some milliseconds.
 *
 * @module
 */

import { assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import { LinkStage } from "./link_stage.ts";

const LENGTH_BYTES = 1042;

async function lines(stage: LinkStage, kind: "class" | "qdisc"): Promise<string[]> {
  const text = await stage.run(`tc -s ${kind} show dev out`);
  return text.split("\n").filter((line) => line.startsWith(" ")).map((line) => line.trim());
}

function sendMany(stage: LinkStage, count: number, priority = 0): void {
  for (let i = 0; i < count; i++) stage.send({ lengthBytes: LENGTH_BYTES, priority });
}

Deno.test("one class of htb counts 20 packets as a real kernel did", async () => {
  const stage = await LinkStage.veth(
    "tc qdisc add dev out root handle 1: htb default 10",
    "tc class add dev out parent 1: classid 1:10 htb rate 80kbit burst 2000 cburst 2000",
  );
  sendMany(stage, 20);
  stage.runFor(2.6);
  const [sent, backlog, lended, tokens = ""] = await lines(stage, "class");
  assertEquals([sent, backlog, lended], [
    "Sent 20840 bytes 20 pkt (dropped 0, overlimits 19 requeues 0)",
    "backlog 0b 0p requeues 0",
    "lended: 20 borrowed: 0 giants: 0",
  ]);
  // The real one was at -1627037: it had woken 70 microseconds late.
  assertAlmostEquals(Number(/ctokens: (-?\d+)/.exec(tokens)?.[1]), -1_627_037, 2_000);
  assertEquals((await lines(stage, "qdisc"))[0], sent);
});

Deno.test("two classes of htb that borrow count as on a real kernel", async () => {
  const leaf = "htb rate 80kbit ceil 800kbit burst 2000 cburst 2000 quantum 1514";
  const stage = await LinkStage.veth(
    "tc qdisc add dev out root handle 1: htb default 10",
    "tc class add dev out parent 1: classid 1:1 htb rate 800kbit burst 3000 cburst 3000",
    `tc class add dev out parent 1:1 classid 1:10 ${leaf}`,
    `tc class add dev out parent 1:1 classid 1:20 ${leaf}`,
  );
  sendMany(stage, 50);
  sendMany(stage, 50, 0x10020);
  stage.runFor(1.5);
  const classes = await lines(stage, "class");
  assertEquals(classes.filter((line) => /^Sent|^lended/.test(line)), [
    "Sent 52100 bytes 50 pkt (dropped 0, overlimits 2 requeues 0)",
    "lended: 12 borrowed: 38 giants: 0",
    "Sent 104200 bytes 100 pkt (dropped 0, overlimits 77 requeues 0)",
    "lended: 76 borrowed: 0 giants: 0",
    "Sent 52100 bytes 50 pkt (dropped 0, overlimits 2 requeues 0)",
    "lended: 12 borrowed: 38 giants: 0",
  ]);
  assertEquals(
    (await lines(stage, "qdisc"))[0],
    "Sent 104200 bytes 100 pkt (dropped 0, overlimits 81 requeues 0)",
  );
  const tokens = classes.flatMap((line) =>
    /^tokens: (-?\d+) ctokens: (-?\d+)/.exec(line)?.slice(1) ?? []
  );
  const real = [-924_705, 149_687, -161_752, -161_752, -767_110, 149_687];
  real.forEach((ticks, i) => assertAlmostEquals(Number(tokens[i]), ticks, 5_000));
});

Deno.test("htb counts direct packets and full leaves as a real kernel did", async () => {
  const stage = await LinkStage.veth(
    "ip link set out txqueuelen 10",
    "tc qdisc add dev out root handle 1: htb default 0 direct_qlen 5",
    "tc class add dev out parent 1: classid 1:10 htb rate 8kbit burst 1500 cburst 1500",
  );
  sendMany(stage, 7);
  sendMany(stage, 20, 0x10010);
  stage.runFor(0.01);
  assertEquals((await lines(stage, "class")).slice(0, 3), [
    "Sent 2084 bytes 2 pkt (dropped 8, overlimits 1 requeues 0)",
    "backlog 10420b 10p requeues 0",
    "lended: 2 borrowed: 0 giants: 0",
  ]);
  assertEquals(await lines(stage, "qdisc"), [
    "Sent 9378 bytes 9 pkt (dropped 8, overlimits 1 requeues 0)",
    "backlog 10420b 10p requeues 0",
  ]);
  assertEquals(stage.link("out").root?.directPackets, 7);
});

Deno.test("tbf counts 20 packets as a real kernel did, each of its refusals too", async () => {
  const stage = await LinkStage.veth(
    "tc qdisc add dev out root handle 1: tbf rate 80kbit burst 2000 limit 10000",
  );
  sendMany(stage, 20);
  stage.runFor(1.5);
  assertEquals(await lines(stage, "qdisc"), [
    "Sent 10420 bytes 10 pkt (dropped 10, overlimits 35 requeues 0)",
    "backlog 0b 0p requeues 0",
  ]);
});

/** Counters of `htb` at 800 kbit/s over `fq_codel`, 3 s after 200 packets. */
async function afterBurst(ecn: number) {
  const stage = await LinkStage.veth(
    "tc qdisc add dev out root handle 1: htb default 10",
    "tc class add dev out parent 1: classid 1:10 htb rate 800kbit burst 2000 cburst 2000",
    "tc qdisc add dev out parent 1:10 handle 10: fq_codel limit 1000 target 5ms interval 100ms",
  );
  for (let i = 0; i < 200; i++) stage.send({ lengthBytes: LENGTH_BYTES, ecn });
  stage.runFor(3);
  return (await stage.run("tc -s qdisc show dev out")).split("\n").slice(3);
}

Deno.test("fq_codel drops as many of 200 packets as a real kernel did", async () => {
  assertEquals((await afterBurst(0)).slice(1, 5), [
    " Sent 149006 bytes 143 pkt (dropped 57, overlimits 0 requeues 0) ",
    " backlog 0b 0p requeues 0",
    "  maxpacket 1042 drop_overlimit 0 new_flow_count 1 ecn_mark 0",
    "  new_flows_len 0 old_flows_len 1",
  ]);
});

Deno.test("fq_codel marks nearly as many of 200 packets as a real kernel did", async () => {
  const [, sent, , marks = ""] = await afterBurst(2);
  assertEquals(sent, " Sent 208400 bytes 200 pkt (dropped 0, overlimits 0 requeues 0) ");
  assertAlmostEquals(Number(/ecn_mark (\d+)/.exec(marks)?.[1]), 110, 2);
});

Deno.test("a full fq_codel drops as a real kernel did, and lists its flows", async () => {
  const stage = await LinkStage.veth(
    "tc qdisc add dev out root handle 1: htb default 10",
    "tc class add dev out parent 1: classid 1:10 htb rate 80kbit burst 2000 cburst 2000",
    "tc qdisc add dev out parent 1:10 handle 10: fq_codel limit 100 drop_batch 64",
  );
  const flows = [[2, 1514, 1000], [20, 200, 1001], [81, 1514, 1002]] as const;
  for (const [count, lengthBytes, sourcePort] of flows) {
    for (let i = 0; i < count; i++) stage.send({ lengthBytes, sourcePort });
  }
  stage.runFor(20);
  const text = await stage.run("tc -s qdisc show dev out");
  assertMatch(text, / {2}maxpacket 1514 drop_overlimit 41 new_flow_count 3 ecn_mark 0\n/);
  const classes = (await stage.run("tc -s class show dev out")).split("\n");
  assertMatch(classes[1] ?? "", /\(dropped 1, /);
  assertMatch(
    classes.slice(6).join("\n"),
    new RegExp(
      "^class fq_codel 10:[0-9a-f]+ parent 10: \n" +
        " \\(dropped 0, overlimits 0 requeues 0\\) \n" +
        " backlog 0b 0p requeues 0\n" +
        " {2}deficit -?\\d+ count \\d+ lastcount \\d+ ldelay [0-9.]+m?s\n$",
    ),
  );
});
