/**
 * Packets through the qdiscs of one link, from backlogged senders; beside them the same packets
 * through a link that has none.
 *
 * @module
 */

import { encodeEthernet, ETHERTYPE_IPV4 } from "../../sim/packet/ethernet.ts";
import { encodeIpv4 } from "../../sim/packet/ipv4.ts";
import { encodeUdp } from "../../sim/packet/udp.ts";
import { Datapath } from "../../sim/path/datapath.ts";
import type { Packet } from "../../sim/path/packet.ts";
import { makeLinkQueues } from "../../sim/qdisc/link_queues.ts";
import { Machine, SeededRandom, SimKernel, VirtualClock } from "../../sim/mod.ts";

/** Packets of one measurement, and how many of them wait at a time. */
const PACKETS = 1000;
const WAITING = 20;
const FLOWS = 4;
const ADDRESSES = { source: 0x0a000001, destination: 0x0a000002 };

const CLASS = "class add dev out parent 1: classid 1:10 htb rate 800mbit burst 4000 cburst 4000";
const QDISCS: Readonly<Record<string, readonly string[]>> = {
  "no qdisc": [],
  tbf: ["qdisc add dev out root handle 1: tbf rate 800mbit burst 4000 limit 1000000"],
  htb: ["qdisc add dev out root handle 1: htb default 10", CLASS],
  "htb over fq_codel": [
    "qdisc add dev out root handle 1: htb default 10",
    CLASS,
    "qdisc add dev out parent 1:10 handle 10: fq_codel limit 10240",
  ],
};

async function createLink(lines: readonly string[]) {
  const clock = new VirtualClock();
  const machine = new Machine({ clock, random: new SeededRandom(1), isSandboxed: true });
  const kernel = new SimKernel(machine);
  const run = async (tool: "ip" | "tc", line: string) => {
    const { status, stderr } = await kernel.execute({
      tool,
      args: line.split(" "),
      effect: "change",
    });
    if (status !== 0) throw new Error(`"${tool} ${line}" failed: ${stderr}`);
  };
  await run("ip", "link add out type veth peer name far");
  for (const name of ["out", "far"]) await run("ip", `link set ${name} up`);
  for (const line of lines) await run("tc", line);
  const link = machine.home.linkByName("out");
  if (link === undefined) throw new Error("the link is gone");
  let arrived = 0;
  const take = (packet: Packet) => {
    arrived += 1;
    datapath.delivered(packet, "bench");
  };
  const datapath: Datapath = new Datapath({
    clock,
    makeQueues: makeLinkQueues,
    makeStack: () => ({ receiveArp: take, receiveIp: take }),
  });
  const frames = Array.from({ length: FLOWS }, (_, flow) => frameOf(1000 + flow));
  return () => {
    const end = arrived + PACKETS;
    for (let sent = 0; arrived < end;) {
      while (sent < PACKETS && sent - (PACKETS - end + arrived) < WAITING) {
        const bytes = frames[sent % FLOWS] ?? new Uint8Array(64);
        datapath.send(datapath.newPacket(bytes, link));
        sent += 1;
      }
      clock.step();
    }
  };
}

function frameOf(sourcePort: number): Uint8Array {
  const payload = new Uint8Array(1472);
  const datagram = encodeUdp(ADDRESSES, { sourcePort, destinationPort: 9, payload });
  const ip = encodeIpv4({ ...ADDRESSES, protocol: 17 }, datagram);
  const macs = { destination: 0xffffffffffff, source: 0x020000000001 };
  return encodeEthernet({ ...macs, etherType: ETHERTYPE_IPV4 }, ip);
}

for (const [name, lines] of Object.entries(QDISCS)) {
  const carry = await createLink(lines);
  Deno.bench(`${PACKETS} packets through ${name}`, {
    group: "queues",
    baseline: lines.length === 0,
  }, carry);
}
