import { assert, assertEquals } from "@std/assert";
import type { NetworkNamespace } from "../../sim/model/namespace.ts";
import { VirtualClock } from "../../sim/time/virtual_clock.ts";
import { Isolator } from "../../src/isolator/isolator.ts";
import { DEFAULT_OPTIONS, type FilterLayout } from "../../src/isolator/options.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { LAYOUTS } from "../support/isolated.ts";
import { createSimHost } from "../support/sim_host.ts";
import { SimStations } from "../support/sim_stations.ts";
import { HOST_ADDRESS, OUTSIDE_ADDRESS } from "../support/world.ts";

/** 32 mirrors were once the most, since a filter takes no more actions. */
const COUNTS = [1, 32, 33, 500];

async function stage(filterLayout: FilterLayout, count: number) {
  const clock = new VirtualClock();
  const host = await createSimHost(clock, false);
  const isolator = await Isolator.create({
    ...DEFAULT_OPTIONS,
    ports: parsePorts("20000-29999"),
    ephemeralPorts: parsePorts("1024-17407"),
    ephemeralPortsPerContainer: 32,
    filterLayout,
  }, host.kernel);
  const namespaces: NetworkNamespace[] = [];
  await Promise.all(Array.from({ length: count }, async (_, i) => {
    const { pid, namespace } = host.machine.startProcess({ namespace: "new" });
    namespaces.push(namespace);
    await isolator.prepare(`c${i}`, { ports: parsePorts(String(20000 + 8 * i)) });
    await isolator.isolate(`c${i}`, pid);
  }));
  const outside = host.machine.home.linkByName("eth0")?.peer?.namespace;
  const [first, last] = [namespaces[0], namespaces.at(-1)];
  assert(outside !== undefined && first !== undefined && last !== undefined);
  return { host, isolator, stations: new SimStations(clock), outside, first, last };
}

function unreachables({ snmp }: NetworkNamespace): number {
  return Number(snmp.get("Icmp", "InDestUnreachs"));
}

for (const layout of LAYOUTS) {
  for (const count of COUNTS) {
    Deno.test(`ARP and ICMP serve ${count} simulated containers (${layout})`, async () => {
      const { stations, outside, first, last } = await stage(layout, count);
      for (const namespace of [first, last]) {
        assertEquals(stations.ping(namespace, OUTSIDE_ADDRESS, 2), { answered: 2, duplicates: 0 });
        const { outcome } = stations.udp(namespace, [OUTSIDE_ADDRESS, 9]);
        assertEquals(outcome, "refused");
      }
      // In the linear layout the host and every container answer, and each asks who is asking.
      if (layout === "hashed" || count < 100) {
        const { answered, duplicates } = stations.ping(outside, HOST_ADDRESS, 1);
        assertEquals([answered, duplicates], [1, layout === "hashed" ? 0 : count]);
      }
      if (count > 1) assertEquals(unreachables(last), layout === "hashed" ? 1 : 2);
    });
  }
}

Deno.test("an echo request and an ARP request cost the same among 33 containers as with one", async () => {
  const packets = async (count: number) => {
    const { stations, outside } = await stage("hashed", count);
    stations.datapath.isTracing = true;
    stations.ping(outside, HOST_ADDRESS, 1);
    return stations.datapath.traces.length;
  };
  assertEquals(await packets(33), await packets(1));
});
