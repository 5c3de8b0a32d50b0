import { assert, assertEquals } from "@std/assert";
import type { FilterLayout } from "../../src/isolator/options.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { createIsolator, LAYOUTS } from "../support/isolated.ts";
import { HOST_ADDRESS, OUTSIDE_ADDRESS, type World } from "../support/world.ts";
import { onEachKernel } from "../support/worlds.ts";

/** 32 mirrors were once the most, since a filter takes no more actions. */
const COUNTS = [1, 32, 33];

/** Containers that are isolated side by side, as an agent does that starts. */
async function stage(world: World, filterLayout: FilterLayout, count: number) {
  const isolator = await createIsolator(world, {
    filterLayout,
    ephemeralPorts: parsePorts("61440-65535"),
    ephemeralPortsPerContainer: 32,
  });
  const stations = await Promise.all(
    Array.from({ length: count }, () => world.startContainer()),
  );
  await Promise.all(stations.map(async ({ pid }, i) => {
    await isolator.prepare(`c${i}`, { ports: parsePorts(String(31000 + i)) });
    await isolator.isolate(`c${i}`, pid);
  }));
  const [first, last] = [stations[0], stations.at(-1)];
  assert(first !== undefined && last !== undefined);
  return { first, last };
}

for (const layout of LAYOUTS) {
  for (const count of COUNTS) {
    onEachKernel(
      `the first and the last of ${count} containers have ARP and ICMP (${layout})`,
      async (world) => {
        const { first, last } = await stage(world, layout, count);
        for (const station of new Set([first, last])) {
          const [tool, namespace, effect] = ["ip", String(station.pid), "read"] as const;
          assertEquals(await station.ping(OUTSIDE_ADDRESS, 2), { answered: 2, duplicates: 0 });
          const args = ["neigh", "show", "dev", "eth0"];
          const { stdout } = await world.kernel.execute({ tool, args, namespace, effect });
          assert(stdout.includes(`${OUTSIDE_ADDRESS} lladdr 02:00:0a:4d:00:01`), stdout);
        }
        // In the linear layout, the host and every container answer.
        const { answered, duplicates } = await world.outside.ping(HOST_ADDRESS, 3);
        assertEquals([answered, duplicates > 0], [3, layout === "linear"]);
      },
    );
  }
}
