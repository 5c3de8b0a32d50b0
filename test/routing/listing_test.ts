import { assertEquals, assertThrows } from "@std/assert";
import { parseAddresses } from "../../src/routing/address.ts";
import { carriesLimit } from "../../src/routing/htb.ts";
import { parseHtbClasses } from "../../src/routing/htb_listing.ts";
import { ListingError, parseJson } from "../../src/routing/json.ts";
import { parseCounters, parseLinks } from "../../src/routing/link.ts";
import { isSharedMount } from "../../src/routing/namespace.ts";
import { hasIngress, parseQdiscs, rootQdisc } from "../../src/routing/qdisc.ts";
import { parseDefaultRoutes } from "../../src/routing/route.ts";
import { parseSysctls } from "../../src/routing/sysctl.ts";
import { fixture } from "../support/fixture.ts";

Deno.test("parseLinks() reads names, MAC addresses, MTUs, flags and aliases", async () => {
  const links = parseLinks(await fixture("routing/fixtures/links.txt"));
  assertEquals(links.map(({ name, mac, mtu, up }) => ({ name, mac, mtu, up })), [
    { name: "lo", mac: "00:00:00:00:00:00", mtu: 65536, up: true },
    { name: "wire", mac: links[1]?.mac, mtu: 1500, up: true },
    { name: "eth0", mac: "02:00:00:00:00:02", mtu: 1500, up: true },
    { name: "mesos7", mac: "02:00:00:00:00:02", mtu: 1400, up: false },
  ]);
  assertEquals(links.map(({ alias }) => alias).at(-1), "berth web 61440-62463");
});

Deno.test("parseCounters() reads every link's counters, exact to 64 bits", async () => {
  const text = await fixture("routing/fixtures/counters.txt");
  assertEquals([...parseCounters(text).keys()], ["lo", "wire", "eth0", "mesos7"]);
  const largest = '[{"ifname":"x","stats64":{"rx":{"bytes":18446744073709551615,"packets":' +
    '9007199254740993,"errors":0,"dropped":1},"tx":{"bytes":2,"packets":3,"errors":4,"dropped":5}}}]';
  const counters = parseCounters(largest).get("x");
  assertEquals(counters?.rxBytes, 18446744073709551615n);
  assertEquals(counters?.rxPackets, 9007199254740993n);
  assertEquals(counters?.txDropped, 5n);
});

Deno.test("parseAddresses() reads IPv4 addresses and passes IPv6 over", async () => {
  const links = parseAddresses(await fixture("routing/fixtures/addresses.txt"));
  const addresses = Object.fromEntries(links.map(({ name, addresses }) => [name, addresses]));
  assertEquals(addresses["lo"], [{ address: "127.0.0.1", prefixLength: 8 }]);
  assertEquals(addresses["eth0"], [{ address: "10.0.0.2", prefixLength: 24 }]);
  assertEquals(addresses["wire"], []);
});

Deno.test("parseDefaultRoutes() gives the preferred gateway first", async () => {
  const text = await fixture("routing/fixtures/routes.txt");
  assertEquals(parseDefaultRoutes(text), [{ gateway: "10.0.0.1", link: "eth0" }]);
  const two = '[{"dst":"default","gateway":"10.0.0.9","dev":"b","metric":100},' +
    '{"dst":"default","dev":"tun0"},{"dst":"default","gateway":"10.0.0.1","dev":"a"}]';
  assertEquals(parseDefaultRoutes(two).map(({ link }) => link), ["a", "b"]);
});

Deno.test("parseQdiscs() tells ours from those that the kernel made", async () => {
  const qdiscs = parseQdiscs(await fixture("routing/fixtures/qdiscs.txt"));
  assertEquals(hasIngress(qdiscs, "eth0"), true);
  assertEquals(hasIngress(qdiscs, "wire"), false);
  assertEquals(rootQdisc(qdiscs, "eth0")?.kind, "htb");
  assertEquals(rootQdisc(qdiscs, "wire"), undefined);
  assertEquals(qdiscs.find(({ handle }) => handle === "2:")?.parent, "1:1");
});

Deno.test("parseHtbClasses() reads rate, ceil and burst in bytes", async () => {
  const [only, ...more] = parseHtbClasses(await fixture("routing/fixtures/classes.txt"));
  assertEquals(more, []);
  assertEquals(only?.handle, "1:1");
  assertEquals(only?.rateBytesPerSecond, 1_000_000);
  assertEquals(only?.ceilBytesPerSecond, 2_000_000);
  const limit = { rateBytesPerSecond: 1e6, ceilBytesPerSecond: 2e6, burstBytes: 500_000 };
  assertEquals(only && carriesLimit(only, limit), true);
  assertEquals(only && carriesLimit(only, { ...limit, burstBytes: 400_000 }), false);
  assertEquals(only && carriesLimit(only, { rateBytesPerSecond: 1_010_000 }), false);
});

Deno.test("parseSysctls() folds blanks and keeps the last value", async () => {
  const values = parseSysctls(await fixture("routing/fixtures/sysctls.txt"));
  assertEquals(values.get("net.ipv4.tcp_rmem"), "4096 131072 33554432");
  assertEquals(parseSysctls("a = 1\na = 2\nno value\n").get("a"), "2");
});

Deno.test("isSharedMount() asks for a mount of its own that passes changes on", () => {
  const line = (optional: string) =>
    `63 43 0:39 / /run/netns rw,relatime ${optional}- tmpfs t rw\n`;
  assertEquals(isSharedMount(line("shared:1 "), "/run/netns"), true);
  assertEquals(isSharedMount(line("master:1 "), "/run/netns"), false);
  assertEquals(isSharedMount(line(""), "/run/netns"), false);
  assertEquals(isSharedMount(line("shared:1 "), "/run"), false);
});

Deno.test("parsers answer cut-off and strange text with a ListingError", async () => {
  const parsers = { parseLinks, parseCounters, parseAddresses, parseDefaultRoutes, parseQdiscs };
  const whole = await fixture("routing/fixtures/links.txt");
  for (const [name, parse] of Object.entries(parsers)) {
    for (const text of [whole.slice(0, 40), "{}", "[1]", '[{"ifname":1}]x', "\0", "no JSON"]) {
      assertThrows(() => parse(text), ListingError, undefined, `${name} of ${text.slice(0, 9)}`);
    }
    assertEquals([...parse("")], [], name);
  }
  assertThrows(() => parseHtbClasses("class htb 1:1 root prio 0 rate 8Mbit\n"), ListingError);
  assertThrows(
    () => parseHtbClasses("class htb 1:1 root rate 8Xbit ceil 1bit burst 1b "),
    ListingError,
  );
});

Deno.test("parseJson() keeps every digit of a large number", () => {
  assertEquals(parseJson("[18446744073709551615, 1.5, 7]"), [18446744073709551615n, 1.5, 7]);
});
