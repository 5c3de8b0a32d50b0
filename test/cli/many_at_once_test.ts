import { assertEquals } from "@std/assert";
import { berth } from "../support/berth.ts";
import { onEachKernel } from "../support/worlds.ts";

/** How many containers there are: as many as there are ephemeral ranges. */
const COUNT = 4;

onEachKernel(
  "many commands at once each do their part: nothing is given twice, nothing is lost",
  async (world) => {
    const stations = await Promise.all(
      Array.from({ length: COUNT }, () => world.startContainer()),
    );
    const isolated = await Promise.all(
      stations.map(({ pid }, i) =>
        berth("isolate", `c${i}`, "--pid", `${pid}`, "--ports", `${31000 + 8 * i}-${31007 + 8 * i}`)
      ),
    );
    assertEquals(
      isolated.map(({ status, stderr }) => ({ status, stderr })),
      stations.map(() => ({
        status: 0,
        stderr: "",
      })),
    );
    // Each asks for other ports, one for those of its neighbour, and one leaves.
    const ends = await Promise.all([
      berth("update", "c0", "--ports", "31100-31103"),
      berth("update", "c1", "--ports", "31016-31017"),
      berth("update", "c2", "--ports", "31016-31023,31200"),
      berth("cleanup", "c3"),
      berth("recover"),
    ]);
    assertEquals(ends.map(({ status }) => status), [0, 1, 0, 0, 0]);
    const { stdout } = await berth("list", "--json");
    const listed: {
      readonly id: string;
      readonly ports: readonly { readonly begin: number; readonly end: number }[];
      readonly ephemeral_ports: unknown;
    }[] = JSON.parse(stdout);
    assertEquals(
      listed.map(({ id, ports }) => [id, ...ports.map(({ begin, end }) => `${begin}-${end}`)])
        .sort(),
      [["c0", "31100-31103"], ["c1", "31008-31015"], ["c2", "31016-31023", "31200-31200"]],
    );
    const ranges = listed.map((each) => JSON.stringify(each.ephemeral_ports));
    assertEquals(new Set(ranges).size, COUNT - 1);
  },
  { only: "host" },
);
