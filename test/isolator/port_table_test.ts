import { assert, assertEquals } from "@std/assert";
import {
  blocksOf,
  portFilters,
  type PortTable,
  portTableFilters,
} from "../../src/isolator/port_table.ts";
import { IntervalSet, parsePorts } from "../../src/ports/mod.ts";
import type { Filter } from "../../src/routing/filter.ts";
import { formatFilterHandle } from "../../src/routing/handle.ts";
import { randomPorts } from "../ports/random_ports.ts";
import { Random } from "../support/random.ts";

const SHARED: PortTable = {
  link: "eth0",
  parent: "ffff:",
  protocol: "ip",
  priority: 770,
  family: 1,
  side: "dport",
  isShared: true,
};
const OWN: PortTable = { ...SHARED, link: "mesos7", side: "sport", isShared: false };

/** Finds what a table does with a port, by the bits that the kernel would look at. */
function find(table: PortTable, filters: readonly Filter[], port: number) {
  const all = [...tablesOf(table), ...filters];
  const word = table.side === "sport" ? port << 16 >>> 0 : port;
  return walk(0x611);

  function walk(number: number, bucket = 0): Filter | undefined {
    const inBucket = all
      .filter(({ handle }) => handle?.table === number && handle.bucket === bucket)
      .sort((a, b) => (a.handle?.node ?? 0) - (b.handle?.node ?? 0));
    for (const filter of inBucket) {
      const keys = filter.matches.flatMap(({ keys }) => keys);
      if (!keys.every(({ value, mask }) => ((word ^ value) & mask) === 0)) continue;
      if (filter.action.kind !== "link") return filter;
      const { table: next, hash } = filter.action.to;
      assert(hash !== undefined);
      const shift = 31 - Math.clz32(hash.mask & -hash.mask);
      const found = walk(next, (word & hash.mask) >>> shift);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

const everything = parsePorts("0-65535");

function tablesOf(table: PortTable): Filter[] {
  return portTableFilters(table, blocksOf(everything)).filter(({ action }) =>
    action.kind !== "table"
  );
}

for (const table of [SHARED, OWN]) {
  const kind = table.isShared ? "a shared table of destination" : "a table of source";
  Deno.test(`${kind} ports finds exactly the ports that were put into it, for any set`, () => {
    const random = new Random(11);
    for (let i = 0; i < 20; i++) {
      const ports = randomPorts(random, random.between(1, 12));
      const filters = portFilters(table, ports, { kind: "redirect", to: "x" });
      for (let k = 0; k < 30; k++) {
        const edge = random.pick(ports.intervals.map(({ begin }) => begin));
        for (const port of [random.below(65536), edge, Math.max(0, edge - 1)]) {
          const found = find(table, filters, port)?.action.kind;
          assertEquals(found, ports.contains(port) ? "redirect" : undefined, `port ${port}`);
        }
      }
    }
  });
}

Deno.test("handles in a shared table are all different, also while ports change hands", () => {
  const random = new Random(5);
  for (let i = 0; i < 50; i++) {
    const [before, after] = [
      randomPorts(random, random.between(1, 12)),
      randomPorts(random, random.between(1, 12)),
    ];
    const own = new Map<string, string>();
    for (const ports of [before, after]) {
      for (const { handle, matches } of portFilters(SHARED, ports, { kind: "stop" })) {
        assert(handle !== undefined);
        assert(handle.node > 0 && handle.node < 0x200 && handle.bucket < 256 && handle.table > 0);
        const name = formatFilterHandle(handle);
        const words = matches.map((match) => match.words.join(" ")).join();
        assertEquals(own.get(name) ?? words, words, "one handle, one range");
        own.set(name, words);
      }
    }
  }
});

Deno.test("ranges wider than a bucket get one filter for each 256 ports, narrower ones 16", () => {
  const handles = (ports: string, table: PortTable) =>
    portFilters(table, parsePorts(ports), { kind: "stop" })
      .map(({ handle }) => handle && formatFilterHandle(handle));
  assertEquals(handles("61440-62463", SHARED), ["601:f0:1", "601:f1:1", "601:f2:1", "601:f3:1"]);
  assertEquals(handles("31000-31007", SHARED), ["179:1:23"]);
  assertEquals(handles("31008-31039", SHARED), ["179:2:12", "179:3:13"]);
  assertEquals(handles("31008-31039", OWN), ["601:79:9"]);
  assertEquals(handles("0,65535", SHARED), ["100::100", "1ff:f:1ff"]);
});

Deno.test("blocksOf() names each block of 256 ports that a set touches, once", () => {
  assertEquals(blocksOf(parsePorts("0,255-256,65535")), [0, 1, 255]);
  assertEquals(blocksOf(IntervalSet.of()), []);
  assertEquals(blocksOf(everything).length, 256);
});
