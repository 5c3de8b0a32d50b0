import { assertEquals } from "@std/assert";
import { createSimWorld } from "../../src/cli/sim/sim_world.ts";
import { Isolator } from "../../src/isolator/isolator.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { optionsOf } from "../reliability/setting.ts";
import { Random } from "../support/random.ts";

const SETTING = { layout: "hashed", isLimited: true, hasUniqueFlows: true } as const;

/** How many containers come, change and go at once, and how often. */
const COUNT = 6;
const ROUNDS = 8;

for (const layout of ["hashed", "linear"] as const) {
  Deno.test(`calls side by side give nothing twice and lose nothing, ${layout} layout`, async () => {
    const world = await createSimWorld();
    const options = optionsOf({ ...SETTING, layout });
    const isolator = await Isolator.create(options, world.kernel);
    await isolator.recover();
    const random = new Random(5);
    let pids = await Promise.all(Array.from({ length: COUNT }, () => world.startContainer()));
    const ports = (i: number, shift = 0) => parsePorts(`${31000 + 16 * i + shift}`);
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all(pids.map(async ({ pid }, i) => {
        await isolator.prepare(`c${i}`, { ports: ports(i) });
        await isolator.isolate(`c${i}`, pid);
        await isolator.update(`c${i}`, { ports: ports(i, 1 + random.below(8)) });
      }));
      // Of those that change and those that leave at once, the latter may win.
      const leaving = random.below(COUNT);
      await Promise.all(
        pids.map((_, i) =>
          i === leaving
            ? isolator.cleanup(`c${i}`)
            : isolator.update(`c${i}`, { ports: ports(i, 9), cpus: 2 })
        ),
      );
      const again = await Isolator.create(options, world.kernel);
      const report = await again.recover();
      assertEquals([report.mendedFilters, report.problems], [0, []]);
      const whole = pids.flatMap((_, i) => i === leaving ? [] : [`c${i}`]);
      assertEquals([...report.recovered].sort(), whole);
      for (const key of ["ephemeralPorts", "flow"] as const) {
        const values = again.containers.map((entry) => JSON.stringify(entry[key]));
        assertEquals(new Set(values).size, COUNT - 1, key);
      }
      assertEquals(
        again.containers.map(({ id, ports: has }) => [id, has.toString()]).sort(),
        whole.map((id) => [id, ports(Number(id.slice(1)), 9).toString()]),
      );
      await Promise.all(whole.map((id) => isolator.cleanup(id)));
      for (const station of pids) await station.kill();
      pids = await Promise.all(Array.from({ length: COUNT }, () => world.startContainer()));
    }
  });
}
