import type { Link } from "../../sim/model/link.ts";
import { encodeEthernet, ETHERTYPE_IPV4 } from "../../sim/packet/ethernet.ts";
import { encodeIpv4 } from "../../sim/packet/ipv4.ts";
import { encodeUdp } from "../../sim/packet/udp.ts";
import { Packet } from "../../sim/path/packet.ts";
import { classifyU32 } from "../../sim/path/u32_classify.ts";
import { Machine, SeededRandom, SimKernel, VirtualClock } from "../../sim/mod.ts";
import { Isolator } from "../../src/isolator/isolator.ts";
import { DEFAULT_OPTIONS } from "../../src/isolator/options.ts";
import { parsePorts } from "../../src/ports/mod.ts";

/** Rules before the one that matches, for each bench of classification. */
const RULES = [1, 100, 2000];

/** Packets of one measurement. */
const PACKETS = 100;

function createKernel(): SimKernel {
  const clock = new VirtualClock();
  return new SimKernel(new Machine({ clock, random: new SeededRandom(1), isSandboxed: true }));
}

async function run(kernel: SimKernel, tool: "ip" | "tc", line: string): Promise<void> {
  const { status, stderr } = await kernel.execute({
    tool,
    args: line.split(" "),
    effect: "change",
  });
  if (status !== 0) throw new Error(`"${tool} ${line}" failed: ${stderr}`);
}

async function createHost() {
  const kernel = createKernel();
  const lines = ["link add eth0 type veth peer name wire", "link set lo up", "link set eth0 up"];
  for (const line of [...lines, "link set wire up", "addr add 10.0.0.2/24 dev eth0"]) {
    await run(kernel, "ip", line);
  }
  await run(kernel, "ip", "route add default via 10.0.0.1");
  const ports = parsePorts("31000-32000");
  const ephemeralPorts = parsePorts("61440-65535");
  const isolator = await Isolator.create({ ...DEFAULT_OPTIONS, ports, ephemeralPorts }, kernel);
  return { kernel, isolator };
}

const { kernel, isolator } = await createHost();

Deno.bench("isolate and clean up a container of 8 ports on the simulator", async () => {
  const process = kernel.machine.startProcess({ namespace: "new" });
  await isolator.prepare("bench", { ports: parsePorts("31000-31007") });
  await isolator.isolate("bench", process.pid);
  await isolator.cleanup("bench");
  kernel.machine.endProcess(process);
});

async function rulesOf(count: number): Promise<{ readonly link: Link }> {
  const ruled = createKernel();
  await run(ruled, "ip", "link add eth0 type veth peer name wire");
  await run(ruled, "tc", "qdisc add dev eth0 ingress");
  const lines = Array.from(
    { length: count },
    (_, i) =>
      "filter add dev eth0 parent ffff: protocol ip prio 770 u32 " +
      `match ip protocol 17 0xff match ip dport ${20_000 + i} 0xffff ` +
      "action mirred egress redirect dev wire\n",
  );
  const batch = {
    tool: "tc",
    args: ["-batch", "-"],
    stdin: lines.join(""),
    effect: "change",
  } as const;
  const { status, stderr } = await ruled.execute(batch);
  const link = ruled.machine.home.linkByName("eth0");
  if (status !== 0 || link === undefined) throw new Error(`the rules were refused: ${stderr}`);
  return { link };
}

for (const count of RULES) {
  const { link } = await rulesOf(count);
  const root = link.ingress?.filters.classifiers[0]?.root;
  if (root === undefined) throw new Error("the rules are gone");
  const addresses = { source: 0x0a000001, destination: 0x0a000002 };
  const payload = new Uint8Array(18);
  const udp = encodeUdp(addresses, { sourcePort: 9, destinationPort: 20_000 + count - 1, payload });
  const ip = encodeIpv4({ ...addresses, protocol: 17 }, udp);
  const header = { destination: 2, source: 4, etherType: ETHERTYPE_IPV4 };
  const packet = new Packet(1, encodeEthernet(header, ip), link);
  Deno.bench(
    `classify ${PACKETS} packets by the last of ${count} rules`,
    { group: "classify", baseline: count === 1 },
    () => {
      for (let i = 0; i < PACKETS; i++) classifyU32(root, packet, () => 0);
    },
  );
}
