import { assertEquals } from "@std/assert";
import { bitRate, duration, scaled } from "../../../../src/cli/serve/page/format.ts";
import { PortOwners } from "../../../../src/cli/serve/page/port_owners.ts";
import { History, ratesBetween } from "../../../../src/cli/serve/page/rates.ts";

Deno.test("ratesBetween() gives none for a counter that went back, is new, or had no time", () => {
  const before = { atMs: 1000, values: { up: 10, back: 10, fresh: undefined } };
  const now = { atMs: 3000, values: { up: 30, back: 5, fresh: 5 } };
  assertEquals(ratesBetween(before, now), { up: 10, back: undefined, fresh: undefined });
  assertEquals(ratesBetween(now, now)["up"], undefined);
  assertEquals(ratesBetween(undefined, now)["up"], undefined);
});

Deno.test("History forgets the oldest moment beyond its most, and keeps gaps", () => {
  const history = new History(["rx"], 2);
  [1, 2, 3].forEach((at) => history.add(at, at === 2 ? {} : { rx: 10 * at }));
  assertEquals(history.data, [[2, 3], [null, 30]]);
});

Deno.test("PortOwners tells ports that were asked for from ephemeral ones and from nobody's", () => {
  const owners = new PortOwners([
    { id: "a", ports: "" },
    { id: "b", ports: "31000-31001,65535", ephemeral_ports: { begin: 1024, end: 1039 } },
  ]);
  const asked = { index: 1, isEphemeral: false };
  assertEquals([31000, 31001, 65535].map((port) => owners.at(port)), [asked, asked, asked]);
  assertEquals(owners.at(1039), { index: 1, isEphemeral: true });
  assertEquals([0, 1023, 1040, 31002].map((port) => owners.at(port)), Array(4).fill(undefined));
});

Deno.test("figures are written with three digits and a prefix, and a dash where there is none", () => {
  assertEquals([0, 125, 125_000, 1.25e9].map(bitRate), [
    "0 bit/s",
    "1 kbit/s",
    "1 Mbit/s",
    "10 Gbit/s",
  ]);
  assertEquals([scaled(999.9, "B"), bitRate(undefined)], ["1.00 kB", "–"]);
  assertEquals([800, 5700, 123_456].map(duration), ["800 µs", "5.7 ms", "123 ms"]);
});
