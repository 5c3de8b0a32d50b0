/**
 * Packets through one list of `u32` rules: rule by rule as the kernel walks, and through the index.
 *
 * @module
 */

import type { Link } from "../../sim/model/link.ts";
import { encodeEthernet, ETHERTYPE_IPV4 } from "../../sim/packet/ethernet.ts";
import { encodeIpv4 } from "../../sim/packet/ipv4.ts";
import { encodeUdp } from "../../sim/packet/udp.ts";
import { Datapath } from "../../sim/path/datapath.ts";
import { Packet } from "../../sim/path/packet.ts";
import { classifyU32 } from "../../sim/path/u32_classify.ts";
import { scanFast } from "../../sim/path/u32_index.ts";
import { scanRules, type U32Scan } from "../../sim/path/u32_scan.ts";
import { Machine, SeededRandom, SimKernel, VirtualClock } from "../../sim/mod.ts";

/** Rules of the list. */
const RULES = [1, 100, 2000, 4000];
/** Packets of one measurement. */
const PACKETS = 1000;
const FIRST_PORT = 20_000;
const ADDRESSES = { source: 0x0a000001, destination: 0x0a000002 };

async function run(kernel: SimKernel, tool: "ip" | "tc", args: string[], stdin = "") {
  const { status, stderr } = await kernel.execute({ tool, args, stdin, effect: "change" });
  if (status !== 0) throw new Error(`"${tool} ${args.join(" ")}" failed: ${stderr}`);
}

/** A machine whose `eth0` sends each of some ports on to another link. */
async function steered(count: number) {
  const clock = new VirtualClock();
  const machine = new Machine({ clock, random: new SeededRandom(1), isSandboxed: true });
  const kernel = new SimKernel(machine);
  for (const name of ["eth0", "m1"]) {
    await run(kernel, "ip", ["link", "add", name, "type", "veth", "peer", "name", `${name}-peer`]);
    await run(kernel, "ip", ["link", "set", name, "up"]);
    await run(kernel, "ip", ["link", "set", `${name}-peer`, "up"]);
  }
  await run(kernel, "tc", ["qdisc", "add", "dev", "eth0", "ingress"]);
  const rule = (port: number) =>
    `filter add dev eth0 parent ffff: protocol ip prio 770 u32 match ip protocol 17 0xff ` +
    `match ip dport ${port} 0xffff action mirred egress redirect dev m1\n`;
  const rules = Array.from({ length: count }, (_, i) => rule(FIRST_PORT + i));
  await run(kernel, "tc", ["-batch", "-"], rules.join(""));
  const link = machine.home.linkByName("eth0");
  if (link === undefined) throw new Error("eth0 is gone");
  return { clock, link };
}

/** Frames, each to one of the ports. */
function frames(portOf: (i: number) => number): Uint8Array[] {
  return Array.from({ length: PACKETS }, (_, i) => {
    const destinationPort = portOf(i);
    const udp = encodeUdp(ADDRESSES, {
      sourcePort: 9,
      destinationPort,
      payload: new Uint8Array(18),
    });
    const ip = encodeIpv4({ ...ADDRESSES, protocol: 17 }, udp);
    return encodeEthernet({ destination: 2, source: 4, etherType: ETHERTYPE_IPV4 }, ip);
  });
}

function benchClassify(name: string, group: string, link: Link, scan: U32Scan, count: number) {
  const root = link.ingress?.filters.classifiers[0]?.root;
  if (root === undefined) throw new Error("the rules are gone");
  const packets = frames((i) => FIRST_PORT + i * 7919 % count)
    .map((frame, i) => new Packet(i, frame, link));
  Deno.bench(name, { group, baseline: scan === scanRules }, () => {
    for (const packet of packets) classifyU32(root, packet, () => 0, scan);
  });
}

for (const count of RULES) {
  const { clock, link } = await steered(count);
  const group = `${PACKETS} packets to ports all over ${count} rules`;
  benchClassify(`${group}, rule by rule`, group, link, scanRules, count);
  benchClassify(`${group}, by index`, group, link, scanFast, count);

  const datapath = new Datapath({
    clock,
    makeQueues: ({ transmit }) => ({ send: (_link, packet) => transmit(packet) }),
    makeStack: (context) => ({
      receiveArp: (packet) => context.delivered(packet, "stack"),
      receiveIp: (packet) => context.delivered(packet, "stack"),
    }),
  });
  const arriving = frames(() => FIRST_PORT + count - 1);
  Deno.bench(
    `steer ${PACKETS} packets to a container by the last of ${count} rules`,
    { group: "steer", baseline: count === 1 },
    () => {
      for (const frame of arriving) datapath.inject(link, frame);
      clock.runUntil(() => false, clock.nowNs);
    },
  );
}
