import { assert, assertEquals } from "@std/assert";
import { VirtualClock } from "../../sim/time/virtual_clock.ts";
import { Isolator } from "../../src/isolator/isolator.ts";
import { DEFAULT_OPTIONS } from "../../src/isolator/options.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { FORGED_FRAMES } from "../support/forged_frames.ts";
import { createSimHost } from "../support/sim_host.ts";
import { SimStations } from "../support/sim_stations.ts";

const OPTIONS = {
  ...DEFAULT_OPTIONS,
  ports: parsePorts("31000-32000"),
  ephemeralPorts: parsePorts("61440-65535"),
};

Deno.test("a simulated container's forged frames get exactly as far as on the real kernel", async () => {
  const clock = new VirtualClock();
  const host = await createSimHost(clock);
  const isolator = await Isolator.create(OPTIONS, host.kernel);
  const { pid, namespace } = host.machine.startProcess({ namespace: "new" });
  await isolator.prepare("one", { ports: parsePorts("31000-31007") });
  await isolator.isolate("one", pid);
  const { datapath } = new SimStations(clock);
  datapath.isTracing = true;
  const eth0 = namespace.linkByName("eth0");
  const { home } = host.machine;
  const outside = home.linkByName("eth0")?.peer?.namespace;
  assert(eth0 !== undefined && outside !== undefined);
  for (const { name, bytes, reaches } of FORGED_FRAMES) {
    const packet = datapath.newPacket(bytes.slice(), eth0);
    datapath.send(packet);
    clock.runUntil(() => false, clock.nowNs + 1_000_000);
    const steps = packet.trace?.steps ?? [];
    const received = (where: { readonly inode: number }, link: string) =>
      steps.some((step) =>
        step.namespace === where.inode && step.link === link && step.stage === "receive"
      );
    const isInStack = steps.some(({ namespace, stage }) =>
      namespace === home.inode && (stage === "deliver" || stage === "drop")
    );
    const way = received(outside, "wire") ? "wire" : received(home, "lo") ? "lo" : "nobody";
    assertEquals([way, isInStack], [reaches, reaches === "lo"], name);
  }
});
