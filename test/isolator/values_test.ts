import { assertEquals, assertThrows } from "@std/assert";
import { containerId, pidOfVeth, vethName } from "../../src/isolator/container.ts";
import { FlowIds } from "../../src/isolator/flow.ts";
import { IsolatorError } from "../../src/isolator/isolator_error.ts";
import { limitOf } from "../../src/isolator/limit.ts";
import { aliasOf, cookieOf, parseAlias, pidOfCookie } from "../../src/isolator/mark.ts";
import { COUNTER_NAMES, Metrics } from "../../src/isolator/metrics.ts";
import { NodeNumbers } from "../../src/isolator/node_numbers.ts";
import { missingCapabilities } from "../../src/isolator/privileges.ts";
import { htbParameters } from "../../src/routing/htb.ts";
import { rootHandle } from "../../src/routing/handle.ts";

Deno.test("containerId() takes what can be a file name and one word, and nothing else", () => {
  for (const id of ["a", "web-1.2_x", "0", "x".repeat(128)]) assertEquals(containerId(id), id);
  for (const id of ["", ".", "..", "-a", "a/b", "a b", "a\nb", "x".repeat(129), "ä"]) {
    assertThrows(() => containerId(id), SyntaxError, "container id");
  }
});

Deno.test("pidOfVeth() knows only names that vethName() makes", () => {
  assertEquals(pidOfVeth("mesos", vethName("mesos", 4711)), 4711);
  for (const name of ["mesos", "mesos0", "mesos07", "mesosx", "eth0", "xmesos7"]) {
    assertEquals(pidOfVeth("mesos", name), undefined, name);
  }
});

Deno.test("marks give back what they were made of, and foreign ones nothing", () => {
  assertEquals(pidOfCookie(cookieOf(4_194_303)), 4_194_303);
  for (const cookie of [undefined, "", "62", "626572746802000000ff", "ffffffffff0100000001"]) {
    assertEquals(pidOfCookie(cookie), undefined);
  }
  const mark = { id: "web", ephemeralPorts: { begin: 61440, end: 62463 } };
  assertEquals(parseAlias(aliasOf(mark)), mark);
  for (const alias of [undefined, "", "berth", "uplink to rack 7", "berth a b 1-2"]) {
    assertEquals(parseAlias(alias), undefined);
  }
});

Deno.test("FlowIds gives the lowest free flow from 3 to 1023, and then none", () => {
  const flows = new FlowIds();
  for (let flow = 3; flow <= 1023; flow++) assertEquals(flows.take(), flow);
  assertThrows(() => flows.take(), IsolatorError, "1021 flows");
  flows.release(500);
  assertEquals(flows.mark(499), false);
  assertEquals(flows.take(), 500);
});

Deno.test("NodeNumbers gives the lowest free number of each table, up to 4,095", () => {
  const numbers = new NodeNumbers();
  const place = { link: "eth0", parent: "ffff:", protocol: "ip", priority: 770 } as const;
  for (let node = 1; node <= 4095; node++) assertEquals(numbers.take(place).node, node);
  assertThrows(() => numbers.take(place), IsolatorError, "4095 filters of priority 770");
  assertEquals(numbers.take({ ...place, priority: 771 }).node, 1);
  numbers.release({ ...place, handle: rootHandle(77) });
  assertEquals(numbers.take(place).node, 77);
  numbers.forget("eth0");
  assertEquals(numbers.take(place).node, 1);
});

Deno.test("limitOf() scales by CPUs between minimum and maximum; a ceil counts above the rate", () => {
  const policy = {
    ratePerCpu: 1e6,
    minimumRateLimit: 125_000,
    maximumRateLimit: 4e6,
    ceilLimit: 3e6,
  };
  assertEquals(limitOf(policy, 0.1), { rateBytesPerSecond: 125_000, ceilBytesPerSecond: 3e6 });
  assertEquals(limitOf({ ...policy, burst: 9 }, 1), {
    rateBytesPerSecond: 1e6,
    ceilBytesPerSecond: 3e6,
    burstBytes: 9,
  });
  assertEquals(limitOf({ ...policy, burst: 9 }, 8), { rateBytesPerSecond: 4e6 });
  assertEquals(limitOf(policy, undefined), undefined);
  assertEquals(limitOf({ minimumRateLimit: 1 }, 2), undefined);
});

Deno.test("htbParameters() always gives burst, cburst and a quantum that no kernel warns about", () => {
  for (const rateBytesPerSecond of [1, 1e3, 1e6, 1e7, 3.125e9, 4.25e9, 12.5e9]) {
    const { rate, ceil, burst, cburst, quantum } = htbParameters({ rateBytesPerSecond });
    assertEquals([rate, ceil], [rateBytesPerSecond, rateBytesPerSecond]);
    for (const size of [burst, cburst]) {
      assertEquals(size >= 68_000 && size >= rate / 1000, true, String(rate));
    }
    assertEquals(quantum >= 1514 && quantum <= 200_000, true);
  }
  assertThrows(() => htbParameters({ rateBytesPerSecond: 0 }), RangeError);
  const below = { rateBytesPerSecond: 2, ceilBytesPerSecond: 1 };
  assertThrows(() => htbParameters(below), RangeError, "below");
});

Deno.test("missingCapabilities() reads the effective set", () => {
  assertEquals(missingCapabilities("CapEff:\t000001fffeffffff\n"), []);
  assertEquals(missingCapabilities("CapEff:\t0000000000000000\n").length, 2);
  assertEquals(missingCapabilities("nothing").length, 2);
});

Deno.test("Metrics counts under the reference's 35 names, and no others", () => {
  const metrics = new Metrics();
  metrics.count("adding_veth_ip_filters_errors");
  metrics.count("adding_veth_ip_filters_errors");
  metrics.count("removing_veth_icmp_filters_errors");
  const counted = Object.entries(metrics.snapshot()).filter(([, value]) => value > 0);
  assertEquals(counted, [["port_mapping/adding_veth_ip_filters_errors", 2]]);
  assertEquals(COUNTER_NAMES.length, new Set(COUNTER_NAMES).size);
  assertEquals(COUNTER_NAMES.length, 35);
});
