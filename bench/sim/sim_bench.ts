import { Machine, SeededRandom, SimKernel, VirtualClock } from "../../sim/mod.ts";
import { Isolator } from "../../src/isolator/isolator.ts";
import { DEFAULT_OPTIONS } from "../../src/isolator/options.ts";
import { parsePorts } from "../../src/ports/mod.ts";

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
