/**
 * Facts about Linux that the isolator's design rests on, each shown on a real and on a simulated
 * kernel: what filters at a link's ingress make of frames that somebody crafted.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { runLine } from "../support/frames/frame_stage.ts";
import { datagram, type DatagramSpec, frame, icmp, udp } from "../support/frames/frames.ts";
import { type FrameCase, framesOnEachStage, onEachStage } from "../support/frames/on_each_stage.ts";

const CLEAR = "tc -n host filter del dev eth0 parent ffff:";
const INGRESS = [
  "ip netns exec host sysctl -qw net.ipv4.icmp_ratemask=0",
  "tc -n host qdisc add dev eth0 ingress",
];

function filter(rest: string, priority = 1): string {
  return `tc -n host filter add dev eth0 parent ffff: protocol ip prio ${priority} u32 ${rest}`;
}

/** A filter that redirects what it matches to the right. */
function redirect(matches: string, priority = 1): string {
  return filter(`${matches} action mirred egress redirect dev eth1`, priority);
}

const DPORT = "match ip dport 7777 0xffff";

/** What comes out where a datagram to port 7777 is not steered: the host itself answers. */
function toHost(name: string, filters: readonly string[], spec: DatagramSpec = {}): FrameCase {
  const length = 61 + (spec.options?.length ?? 0);
  return {
    name,
    setUp: [CLEAR, ...filters],
    send: [frame(udp(spec))],
    left: [`10.0.0.2 > 10.0.0.1 ttl 64 tos 0xc0 len ${length} ICMP 3/3`],
    counts: {
      "Ip.InReceives": 1,
      "Ip.InDelivers": 1,
      "Ip.OutRequests": 1,
      "Ip.OutTransmits": 1,
      "Icmp.OutMsgs": 1,
      "Icmp.OutDestUnreachs": 1,
      "IcmpMsg.OutType3": 1,
      "Udp.NoPorts": 1,
    },
  };
}

/** A packet that is steered to the right, by which the host's stack never sees it. */
function steered(
  name: string,
  filters: readonly string[],
  packet: Uint8Array,
  ...right: readonly string[]
): FrameCase {
  return { name, setUp: [CLEAR, ...filters], send: [frame(packet)], right, counts: {} };
}

const PLAIN = "10.0.0.1 > 10.0.0.2 ttl 64 len 33 UDP 9 > 7777";
const NOPS = Uint8Array.from([1, 1, 1, 1]);
/** No-operations, then bytes that stand where a port would. */
const POSING = Uint8Array.from([1, 1, 7777 >> 8, 7777 & 0xff]);

framesOnEachStage("fact 4: a mirror that ends with continue lets the next filter run", INGRESS, [{
  name: "two mirrors",
  setUp: [1, 2].map(() => filter("match u32 0 0 action mirred egress mirror dev eth1 continue")),
  send: [frame(icmp(0, 0))],
  right: Array.from({ length: 2 }, () => "10.0.0.1 > 10.0.0.2 ttl 64 len 38 ICMP 0/0 rest 65537"),
  counts: {
    "Ip.InReceives": 1,
    "Ip.InDelivers": 1,
    "Icmp.InMsgs": 1,
    "Icmp.InEchoReps": 1,
    "IcmpMsg.InType0": 1,
  },
}]);

const QUOTED = udp({ from: "10.0.0.2", to: "10.0.0.1" }).slice(0, 28);

framesOnEachStage("fact 5: the inner source port tells whom an ICMP error is for", [
  ...INGRESS,
  redirect(DPORT),
], [
  steered(
    "a closed port's answer",
    [redirect("match ip protocol 1 0xff match u16 9 0xffff at 48")],
    icmp(3, 3, {}, QUOTED),
    "10.0.0.1 > 10.0.0.2 ttl 64 len 56 ICMP 3/3 rest 65537",
  ),
]);

const LINKED = [
  "tc -n host filter add dev eth0 parent ffff: protocol ip prio 1 handle 5: u32 divisor 1",
  redirect(`ht 5:0: match u16 7777 0xffff at 2`),
  filter("match ip protocol 17 0xff link 5: offset at 0 mask 0x0f00 shift 6 eat"),
];

framesOnEachStage(
  "fact 6: ports are read at fixed offsets, so options hide them and pose as them",
  [
    ...INGRESS,
    redirect(DPORT),
  ],
  [
    steered("no options", [redirect(DPORT)], udp(), PLAIN),
    toHost("options in front of the port", [redirect(DPORT)], { options: NOPS }),
    steered(
      "options that pose as a port",
      [redirect(DPORT)],
      udp({ options: POSING }, { port: 9 }),
      "10.0.0.1 > 10.0.0.2 ttl 64 len 37 options 01011e61 UDP 9 > 9",
    ),
    {
      name: "a guard for headers without options leaves them to the host, which refuses them",
      setUp: [CLEAR, redirect(`match ip ihl 5 0x0f ${DPORT}`)],
      send: [frame(udp({ options: POSING }))],
      left: [`10.0.0.2 > 10.0.0.1 ttl 64 tos 0xc0 len 65 ICMP 12/0 rest ${22 * 2 ** 24}`],
      counts: {
        "Ip.InReceives": 1,
        "Ip.InHdrErrors": 1,
        "Ip.OutRequests": 1,
        "Ip.OutTransmits": 1,
        "Icmp.OutMsgs": 1,
        "Icmp.OutParmProbs": 1,
        "IcmpMsg.OutType12": 1,
      },
    },
    steered(
      "an offset that is computed finds the port behind them",
      LINKED,
      udp({ options: NOPS }),
      "10.0.0.1 > 10.0.0.2 ttl 64 len 37 options 01010101 UDP 9 > 7777",
    ),
  ],
);

const LATER = { fragmentOffsetBytes: 8 };

framesOnEachStage("fact 7: a later fragment has payload where ports would be", [
  ...INGRESS,
  redirect(DPORT),
], [
  steered(
    "a crafted one is steered",
    [redirect(DPORT)],
    udp(LATER),
    "10.0.0.1 > 10.0.0.2 ttl 64 len 33 at 8 protocol 17",
  ),
  {
    name: "a guard for first fragments",
    setUp: [CLEAR, redirect(`match u16 0 0x1fff at 6 ${DPORT}`)],
    send: [frame(udp(LATER))],
    counts: { "Ip.InReceives": 1, "Ip.ReasmReqds": 1 },
  },
]);

framesOnEachStage("fact 8: without a protocol match anything has ports", [
  ...INGRESS,
  redirect(DPORT),
], [
  steered(
    "GRE is steered",
    [redirect(DPORT)],
    datagram({ protocol: 47 }, Uint8Array.from([0, 9, 7777 >> 8, 7777 & 0xff])),
    "10.0.0.1 > 10.0.0.2 ttl 64 len 24 protocol 47",
  ),
]);

framesOnEachStage("fact 9: a key past the packet's end gives up the whole priority", [
  ...INGRESS,
  redirect(DPORT),
], [
  toHost("the filters behind it are not asked", [
    redirect("match u32 1 0xffffffff at 400"),
    redirect(DPORT),
  ]),
  steered(
    "the next priority is",
    [
      redirect("match u32 1 0xffffffff at 400"),
      redirect(DPORT, 2),
    ],
    udp(),
    PLAIN,
  ),
  steered(
    "nor is one given up that stops before that key",
    [
      redirect("match ip protocol 6 0xff match u32 1 0xffffffff at 400"),
      redirect(DPORT),
    ],
    udp(),
    PLAIN,
  ),
]);

framesOnEachStage(
  "fact 18: a filter without action and class is not the end, one with a class is",
  [
    ...INGRESS,
    redirect(DPORT),
  ],
  [
    steered("nothing", [filter("match u32 0 0"), redirect(DPORT, 2)], udp(), PLAIN),
    toHost("flowid ffff:0", [filter("match u32 0 0 flowid ffff:0"), redirect(DPORT, 2)]),
  ],
);

const TABLE =
  "tc -n host filter add dev eth0 parent ffff: protocol ip prio 1 handle 5: u32 divisor 256";

/** Tables that lead to each other, the last of which redirects. */
function chain(depth: number): string[] {
  const table = (i: number) =>
    `tc -n host filter add dev eth0 parent ffff: protocol ip prio 1 handle ${i}: u32 divisor 1`;
  const last = redirect(`ht ${depth}:0: ${DPORT}`);
  const links = Array.from(
    { length: depth },
    (_, i) => filter(`${i === 0 ? "" : `ht ${i}:0: `}match u32 0 0 link ${i + 1}:`),
  );
  return [...Array.from({ length: depth }, (_, i) => table(i + 1)), last, ...links];
}

framesOnEachStage("fact 24: a hash key picks the bucket, and tables may lead eight deep", [
  ...INGRESS,
  redirect(DPORT),
], [
  steered(
    "the destination port's high byte",
    [
      TABLE,
      redirect(`ht 5:1e: ${DPORT}`),
      filter("match ip protocol 17 0xff link 5: hashkey mask 0x0000ff00 at 20"),
    ],
    udp(),
    PLAIN,
  ),
  steered(
    "the source port's high byte",
    [
      TABLE,
      redirect(`ht 5:0: ${DPORT}`),
      filter("match ip protocol 17 0xff link 5: hashkey mask 0xff000000 at 20"),
    ],
    udp(),
    PLAIN,
  ),
  toHost("another bucket is not asked", [
    TABLE,
    redirect(`ht 5:1f: ${DPORT}`),
    filter("match ip protocol 17 0xff link 5: hashkey mask 0x0000ff00 at 20"),
  ]),
  steered("eight tables", chain(8), udp(), PLAIN),
  toHost("nine tables", chain(9)),
]);

onEachStage("fact 2: a redirected frame for another MAC address is not taken", async (stage) => {
  for (const line of [...INGRESS, redirect(DPORT)]) await runLine(stage.kernel, line);
  const otherHosts = async () => {
    const text = await runLine(stage.kernel, "ip -n right -s -s -j link show dev wire");
    return JSON.parse(text)[0].stats64.rx.otherhost ?? 0;
  };
  const send = async () => {
    await stage.left.send(frame(udp()));
    await stage.right.take((frames) => frames.length > 0, 3000);
  };
  await send();
  assertEquals(await otherHosts(), 1);
  await runLine(stage.kernel, "ip -n right link set dev wire address 02:00:00:00:00:02");
  await send();
  assertEquals(await otherHosts(), 1);
});

onEachStage("fact 3: a filter takes 32 actions and no more", async (stage) => {
  for (const line of INGRESS) await runLine(stage.kernel, line);
  const actions = (count: number) =>
    filter(`match u32 0 0 ${"action mirred egress mirror dev lo ".repeat(count).trim()}`);
  await runLine(stage.kernel, actions(32));
  const [tool = "", ...args] = actions(33).split(" ");
  assert(tool === "tc");
  const { status, stderr } = await stage.kernel.execute({ tool, args, effect: "change" });
  assert(status !== 0 && stderr.includes("Only 32 actions supported per filter."), stderr);
});

onEachStage(
  "fact 10: past 4,095 filters the kernel hands out the last number again",
  async (stage) => {
    for (const line of INGRESS) await runLine(stage.kernel, line);
    const stdin = Array.from(
      { length: 4098 },
      (_, i) =>
        filter(`match u16 ${i} 0xffff at 20 flowid ffff:0`).replace("tc -n host ", "") + "\n",
    ).join(
      "",
    );
    const batch = { tool: "tc", args: ["-n", "host", "-batch", "-"], stdin } as const;
    assertEquals((await stage.kernel.execute({ ...batch, effect: "change" })).status, 0);
    const text = await runLine(stage.kernel, "tc -n host filter show dev eth0 parent ffff:");
    assertEquals(text.split("fh 800::fff ").length - 1, 4);
  },
);

onEachStage(
  "fact 11: filters may be twice the same, and outlive the link they send to",
  async (stage) => {
    const lines = ["ip -n host link add m1 type veth peer name m2", "ip -n host link set m1 up"];
    const twice = filter(`${DPORT} action mirred egress redirect dev m1`);
    for (const line of [...INGRESS, ...lines, twice, twice]) await runLine(stage.kernel, line);
    const list = () => runLine(stage.kernel, "tc -n host -s filter show dev eth0 parent ffff:");
    assertEquals((await list()).split("match 00001e61/0000ffff at 20").length - 1, 2);
    await runLine(stage.kernel, "ip -n host link del m1");
    const before = await stage.readSnmp();
    await stage.left.send(frame(udp()));
    await stage.left.send(frame(icmp(8, 0)));
    const out = await stage.left.take((frames) => frames.length > 0, 3000);
    assertEquals(out.length, 1);
    const text = await list();
    assert(text.includes("mirred (Egress Redirect to device *)"), text);
    assert(text.includes("Sent 33 bytes 1 pkt"), text);
    assert(before.includes("Udp: 0 0 0"), before);
    assert((await stage.readSnmp()).includes("Udp: 0 0 0"), "the host never saw the datagram");
  },
);

onEachStage(
  "fact 21: what belongs to no class passes HTB unshaped, unless there is a default",
  async (stage) => {
    await runLine(stage.kernel, "ip netns exec host sysctl -qw net.ipv4.ip_forward=1");
    const sent = async (fallback: number) => {
      const lines = [
        `tc -n host qdisc replace dev eth1 root handle 1: htb default ${fallback}`,
        "tc -n host class replace dev eth1 parent 1: classid 1:1 htb rate 8mbit burst 10k cburst 10k quantum 10000",
      ];
      for (const line of lines) await runLine(stage.kernel, line);
      await stage.left.send(frame(udp({ to: "10.0.1.1" })));
      await stage.right.take((frames) => frames.length > 0, 3000);
      const text = await runLine(stage.kernel, "tc -n host -s class show dev eth1");
      await runLine(stage.kernel, "tc -n host qdisc del dev eth1 root");
      return /Sent (\d+) bytes/.exec(text)?.[1];
    };
    assertEquals(await sent(0), "0");
    assertEquals(await sent(1), "47");
  },
);
