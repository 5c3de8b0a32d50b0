import { assert, assertEquals } from "@std/assert";
import type { Link } from "../../sim/model/link.ts";
import { Machine } from "../../sim/model/machine.ts";
import { parseMac } from "../../sim/model/mac.ts";
import { encodeEthernet, ETHERTYPE_ARP, ETHERTYPE_IPV4 } from "../../sim/packet/ethernet.ts";
import { encodeIpv4 } from "../../sim/packet/ipv4.ts";
import { encodeUdp } from "../../sim/packet/udp.ts";
import { Datapath } from "../../sim/path/datapath.ts";
import { makeLinkQueues } from "../../sim/qdisc/link_queues.ts";
import { SimKernel } from "../../sim/sim_kernel.ts";
import { SeededRandom } from "../../sim/time/seeded_random.ts";
import { VirtualClock } from "../../sim/time/virtual_clock.ts";

const MAC = "02:00:00:00:00:02";
const HOST = { source: 0x0a000001, destination: 0x0a000002 };

/** A machine whose links lead to each other, and who received what in the end. */
async function stage(...lines: readonly string[]) {
  const clock = new VirtualClock();
  const machine = new Machine({ clock, random: new SeededRandom(1), isSandboxed: true });
  const kernel = new SimKernel(machine);
  const setup = [
    `ip link add eth0 address ${MAC} type veth peer name wire`,
    ...[1, 2].map((i) =>
      `ip link add m${i} address ${MAC} type veth peer name c${i} address ${MAC}`
    ),
    ...["lo", "eth0", "wire", "m1", "c1", "m2", "c2"].map((link) => `ip link set ${link} up`),
    "tc qdisc add dev eth0 ingress",
    ...lines,
  ];
  for (const line of setup) {
    const [tool, ...args] = line.split(" ");
    assert(tool === "ip" || tool === "tc");
    const output = await kernel.execute({ tool, args, effect: "change" });
    assertEquals(output.status, 0, `${line}: ${output.stderr}`);
  }
  const received: string[] = [];
  const arrive = (link: Link, type: string) => {
    if (type === "otherhost") return false;
    received.push(link.name);
    return true;
  };
  const datapath = new Datapath({
    clock,
    makeQueues: makeLinkQueues,
    makeStack: (context) => {
      const take = (packet: Parameters<typeof context.drop>[0]) =>
        arrive(packet.link, packet.type)
          ? context.delivered(packet, "stack")
          : context.drop(packet, "otherhost");
      return { receiveArp: take, receiveIp: take };
    },
  });
  datapath.isTracing = true;
  const link = (name: string): Link => {
    const found = machine.home.linkByName(name);
    assert(found !== undefined);
    return found;
  };
  const inject = (frame: Uint8Array) => {
    received.length = 0;
    const packet = datapath.inject(link("eth0"), frame);
    clock.runUntil(() => false, clock.nowNs + 1e9);
    return { packet, received: [...received].sort() };
  };
  return { machine, kernel, datapath, link, inject, clock };
}

/** What a UDP frame to a port of the host looks like, and what may be odd about it. */
function udpFrame(
  port: number,
  odd: {
    readonly mac?: string;
    readonly options?: Uint8Array;
    readonly fragmentOffsetBytes?: number;
  } = {},
): Uint8Array {
  const { mac = MAC, ...header } = odd;
  const datagram = encodeUdp(HOST, {
    sourcePort: 9,
    destinationPort: port,
    payload: new TextEncoder().encode("hello"),
  });
  const addresses = { destination: parseMac(mac) ?? 0, source: 0x020000000001 };
  const ip = encodeIpv4({ ...HOST, ...header, protocol: 17 }, datagram);
  return encodeEthernet({ ...addresses, etherType: ETHERTYPE_IPV4 }, ip);
}

function arpFrame(): Uint8Array {
  const addresses = { destination: 0xffffffffffff, source: 0x020000000001 };
  return encodeEthernet({ ...addresses, etherType: ETHERTYPE_ARP }, new Uint8Array(28));
}

const filter = (rest: string) => `tc filter add dev eth0 parent ffff: ${rest}`;
const redirect = (prio: number, match: string, to: string) =>
  filter(`protocol ip prio ${prio} u32 ${match} action mirred egress redirect dev ${to}`);

Deno.test("Datapath redirects what a filter matches, and the rest goes to the host", async () => {
  const { inject } = await stage(redirect(770, "match ip dport 31000 0xfff8", "m1"));
  assertEquals(inject(udpFrame(31003)).received, ["c1"]);
  assertEquals(inject(udpFrame(31008)).received, ["eth0"]);
});

Deno.test("Datapath drops what arrives at a MAC address that is not its link's (otherhost)", async () => {
  const { inject, kernel } = await stage(redirect(770, "match ip dport 31000 0xfff8", "m1"));
  const args = ["link", "set", "dev", "c1", "address", "02:00:00:00:00:99"];
  await kernel.execute({ tool: "ip", args, effect: "change" });
  const { packet, received } = inject(udpFrame(31000));
  assertEquals(received, []);
  assertEquals(packet.trace?.end, { outcome: "dropped", reason: "otherhost" });
});

Deno.test("Datapath mirrors through a chain of filters that end with continue", async () => {
  const mirror = (to: string) =>
    filter(
      `protocol arp prio 258 u32 match u32 0 0 action mirred egress mirror dev ${to} continue`,
    );
  const { inject } = await stage(mirror("m1"), mirror("m2"));
  assertEquals(inject(arpFrame()).received, ["c1", "c2", "eth0"]);
});

Deno.test("Datapath reads ports at fixed offsets, so options hide them and pose as them", async () => {
  const { inject } = await stage(redirect(770, "match ip dport 31000 0xfff8", "m1"));
  const options = Uint8Array.from([1, 1, 31000 >> 8, 31000 & 0xff]);
  assertEquals(inject(udpFrame(31000, { options: new Uint8Array(4).fill(1) })).received, ["eth0"]);
  assertEquals(inject(udpFrame(9, { options })).received, ["c1"]);
  const guarded = "match ip ihl 5 0x0f match ip dport 31000 0xfff8";
  const guard = await stage(redirect(770, guarded, "m1"));
  assertEquals(guard.inject(udpFrame(9, { options })).received, ["eth0"]);
});

Deno.test("Datapath takes a later fragment's payload for ports, unless a filter guards against it", async () => {
  const crafted = () => udpFrame(31000, { fragmentOffsetBytes: 8 });
  const bare = await stage(redirect(770, "match ip dport 31000 0xfff8", "m1"));
  assertEquals(bare.inject(crafted()).received, ["c1"]);
  const match = "match u16 0 0x1fff at 6 match ip dport 31000 0xfff8";
  const guarded = await stage(redirect(770, match, "m1"));
  assertEquals(guarded.inject(crafted()).received, ["eth0"]);
});

Deno.test("Datapath gives up a priority at a key past the packet's end, and asks the next", async () => {
  const { inject } = await stage(
    redirect(10, "match u32 1 0xffffffff at 400", "m1"),
    redirect(10, "match ip dport 31000 0xfff8", "m1"),
    redirect(11, "match ip dport 31000 0xfff8", "m2"),
  );
  assertEquals(inject(udpFrame(31000)).received, ["c2"]);
});

Deno.test("Datapath swallows what a filter sends to a device that is gone", async () => {
  const { inject, kernel } = await stage(redirect(770, "match ip dport 31000 0xfff8", "m1"));
  await kernel.execute({ tool: "ip", args: ["link", "del", "m1"], effect: "change" });
  const { packet, received } = inject(udpFrame(31000));
  assertEquals(received, []);
  assertEquals(packet.trace?.end?.outcome, "dropped");
  assert(packet.trace?.steps.some(({ what }) => what.includes("a device that is gone")));
});

Deno.test("Datapath stops a loop between links at its hop limit, and reports it", async () => {
  const { inject, datapath } = await stage(
    redirect(770, "match ip dport 31000 0xfff8", "lo"),
    "tc qdisc add dev lo ingress",
    "tc filter add dev lo parent ffff: protocol ip prio 1 u32 match u32 0 0 " +
      "action mirred egress redirect dev lo",
  );
  const { packet, received } = inject(udpFrame(31000));
  assertEquals(received, []);
  assertEquals(packet.trace?.end?.reason, "loop: hop limit");
  assertEquals(datapath.findings.length, 1);
});

Deno.test("Datapath follows links between hash tables by the port's high byte", async () => {
  const port = 31000;
  const bucket = (port >> 8).toString(16);
  const { inject } = await stage(
    filter("protocol ip prio 10 handle 5: u32 divisor 256"),
    filter(
      `protocol ip prio 10 u32 ht 5:${bucket}: match ip dport ${port} 0xffff action mirred egress redirect dev m2`,
    ),
    filter(
      "protocol ip prio 10 u32 match ip protocol 17 0xff link 5: hashkey mask 0x0000ff00 at 20",
    ),
  );
  assertEquals(inject(udpFrame(port)).received, ["c2"]);
  assertEquals(inject(udpFrame(port + 1)).received, ["eth0"]);
  assertEquals(inject(udpFrame(port + 256)).received, ["eth0"]);
});

Deno.test("Datapath counts what links, rules and actions carried, and copies apart", async () => {
  const { inject, link, kernel } = await stage(redirect(770, "match ip dport 31000 0xfff8", "m1"));
  for (let i = 0; i < 3; i++) inject(udpFrame(31000));
  inject(udpFrame(80));
  assertEquals([link("eth0").counters.rxPackets, link("m1").counters.txPackets], [4, 3]);
  assertEquals(link("c1").counters.rxBytes, 3 * (14 + 20 + 8 + 5));
  const args = ["-s", "filter", "show", "dev", "eth0", "parent", "ffff:"];
  const { stdout } = await kernel.execute({ tool: "tc", args, effect: "read" });
  assert(stdout.includes("Sent 99 bytes 3 pkt"), stdout);
});
