import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import type { HostFacts } from "../../src/isolator/host.ts";
import { configureHost } from "../../src/isolator/host_config.ts";
import { IsolatorError, type IsolatorErrorCode } from "../../src/isolator/isolator_error.ts";
import {
  DEFAULT_OPTIONS,
  type IsolatorOptions,
  type StatisticsOptions,
} from "../../src/isolator/options.ts";
import { parsePorts } from "../../src/ports/mod.ts";

const OPTIONS: IsolatorOptions = {
  ...DEFAULT_OPTIONS,
  ports: parsePorts("31000-32000"),
  ephemeralPorts: parsePorts("61440-65535"),
};

const LO = { index: 1, name: "lo", mac: "00:00:00:00:00:00", mtu: 65536, up: true };
const ETH0 = { index: 2, name: "eth0", mac: "02:00:00:00:00:02", mtu: 1500, up: true };

const FACTS: HostFacts = {
  links: [],
  qdiscs: [],
  defaultRoute: { gateway: "10.0.0.1", link: "eth0" },
  eth0: { ...ETH0, addresses: [{ address: "10.0.0.2", prefixLength: 24 }] },
  lo: { ...LO, addresses: [{ address: "127.0.0.1", prefixLength: 8 }] },
  linkSpeedBytesPerSecond: 125_000_000,
  localPortRange: { begin: 32768, end: 60999 },
  settings: new Map([
    ["net.ipv4.conf.lo.route_localnet", "0"],
    ["net.core.somaxconn", "4096"],
  ]),
};

/** Leaves fields out, as a host that lacks them would. */
function without(...keys: readonly (keyof HostFacts)[]): HostFacts {
  const lacking = new Set<string>(keys);
  const left = Object.entries(FACTS).filter(([key]) => !lacking.has(key));
  return {
    ...FACTS,
    ...Object.fromEntries(keys.map((key) => [key, undefined])),
    ...Object.fromEntries(left),
  };
}

const egress = OPTIONS.egress;
const qdisc = { link: "eth0", kind: "htb", handle: "1:", parent: "root" };
const clsact = { link: "eth0", kind: "clsact", handle: "ffff:", parent: "ffff:fff1" };
const flows = { egressUniqueFlowPerContainer: true };

function rates(rateWindowMs: number | undefined, rateIntervalMs: number): StatisticsOptions {
  const window = rateWindowMs === undefined ? {} : { rateWindowMs };
  return { ...OPTIONS.statistics, rates: true, ...window, rateIntervalMs };
}

/** A host or options that will not do. */
type Refusal = readonly [
  name: string,
  facts: HostFacts,
  options: Partial<IsolatorOptions>,
  code: IsolatorErrorCode,
  says: RegExp,
];

const REFUSALS: readonly Refusal[] = [
  [
    "no ephemeral ports",
    FACTS,
    { ephemeralPorts: parsePorts("1").difference(parsePorts("1")) },
    "bad-ports",
    /no ephemeral/,
  ],
  ["ports both ways", FACTS, { ports: parsePorts("65000") }, "bad-ports", /65000/],
  [
    "well-known ports",
    FACTS,
    { ephemeralPorts: parsePorts("1000-2047") },
    "bad-ports",
    /well-known/,
  ],
  [
    "the host's ports",
    FACTS,
    { ephemeralPorts: parsePorts("60000-65535") },
    "bad-ports",
    /60000-60999/,
  ],
  ["an odd size", FACTS, { ephemeralPortsPerContainer: 100 }, "bad-ports", /power of two/],
  ["a small size", FACTS, { ephemeralPortsPerContainer: 8 }, "bad-ports", /16/],
  ["a large size", FACTS, { ephemeralPortsPerContainer: 8192 }, "bad-ports", /does not fit/],
  ["no public link", without("eth0"), {}, "bad-interface", /eth0_name/],
  ["a missing link", without("eth0"), { eth0Name: "eth9" }, "bad-interface", /"eth9"/],
  ["no loopback", without("lo"), {}, "bad-interface", /127\.0\.0\.1/],
  ["a missing loopback", without("lo"), { loName: "lo9" }, "bad-interface", /"lo9"/],
  ["no address", { ...FACTS, eth0: { ...ETH0, addresses: [] } }, {}, "bad-interface", /IPv4/],
  ["no gateway", without("defaultRoute"), {}, "bad-interface", /gateway/],
  ["no route_localnet", { ...FACTS, settings: new Map() }, {}, "unsupported-kernel", /3\.6/],
  [
    "two rates",
    FACTS,
    { egress: { ...egress, ratePerCpu: 1, rateLimitPerContainer: 1 } },
    "bad-limit",
    /exclude/,
  ],
  [
    "minimum above maximum",
    FACTS,
    { egress: { ...egress, maximumRateLimit: 1 } },
    "bad-limit",
    /minimum/,
  ],
  [
    "above the link",
    FACTS,
    { egress: { ...egress, rateLimitPerContainer: 2e8 } },
    "bad-limit",
    /link/,
  ],
  [
    "a rate of 0",
    FACTS,
    { egress: { ...egress, rateLimitPerContainer: 0 } },
    "bad-limit",
    /above 0/,
  ],
  ["auto without CPUs", FACTS, { egress: { ...egress, ratePerCpu: "auto" } }, "bad-limit", /cpus/],
  ["rates without a window", FACTS, { statistics: rates(undefined, 50) }, "bad-rates", /window/],
  ["a window of one sample", FACTS, { statistics: rates(50, 50) }, "bad-rates", /widen/],
  ["rates every 19 ms", FACTS, { statistics: rates(5000, 19) }, "bad-rates", /20 ms/],
  ["clsact", { ...FACTS, qdiscs: [clsact] }, {}, "foreign-qdisc", /dev eth0 clsact"$/],
  ["a foreign qdisc", { ...FACTS, qdiscs: [qdisc] }, flows, "foreign-qdisc", /htb 1:/],
];

Deno.test("configureHost() refuses each thing that will not do, in one sentence", () => {
  for (const [name, facts, options, code, says] of REFUSALS) {
    const error = assertThrows(
      () => configureHost(facts, { ...OPTIONS, ...options }),
      IsolatorError,
      undefined,
      name,
    );
    assertEquals(error.code, code, name);
    assertMatch(error.message, says, name);
    assertMatch(error.message, /^[^\n]+[^.\n]$/, name);
  }
});

Deno.test("configureHost() gives what everything else is computed from", () => {
  const host = configureHost(FACTS, { ...OPTIONS, ...flows });
  assertEquals(host.address, "10.0.0.2");
  assertEquals(host.gateway, "10.0.0.1");
  assertEquals([...host.containerSettings], [["net.core.somaxconn", "4096"]]);
  assertEquals(host.flowQueue, {
    parent: "root",
    handle: { major: 1, minor: 0 },
    exists: false,
  });
});

Deno.test("configureHost() hangs flows below a class, and knows its own queue again", () => {
  const options = { ...OPTIONS, ...flows, egressFlowClassifierParent: "1:10" };
  const ours = { link: "eth0", kind: "fq_codel", handle: "2:", parent: "1:10" };
  const { flowQueue } = configureHost({ ...FACTS, qdiscs: [qdisc, ours] }, options);
  assertEquals(flowQueue?.handle, { major: 2, minor: 0 });
  assertEquals(flowQueue?.exists, true);
});

Deno.test("configureHost() only warns of a maximum above the link's speed", () => {
  const { warnings } = configureHost(FACTS, {
    ...OPTIONS,
    egress: { ...egress, maximumRateLimit: 1e9 },
  });
  assertEquals(warnings.length, 1);
  assert(warnings[0]?.includes("maximum_egress_rate_limit"));
});
