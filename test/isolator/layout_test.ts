import { assert, assertEquals } from "@std/assert";
import { compareFilters } from "../../src/isolator/compare.ts";
import type { HostConfig } from "../../src/isolator/host_config.ts";
import {
  containerFilters,
  hostFilters,
  sharedFlowFilters,
} from "../../src/isolator/linear_layout.ts";
import { isolatePlan } from "../../src/isolator/isolate_plan.ts";
import { changeWords } from "../../src/isolator/change.ts";
import { NodeNumbers } from "../../src/isolator/node_numbers.ts";
import { DEFAULT_OPTIONS } from "../../src/isolator/options.ts";
import { parsePorts } from "../../src/ports/mod.ts";
import { addFilter, type Filter } from "../../src/routing/filter.ts";
import { rootHandle } from "../../src/routing/handle.ts";
import type { ListedFilter } from "../../src/routing/filter_listing.ts";
import { packKeys } from "../../src/routing/u32.ts";

const HOST: HostConfig = {
  eth0: "eth0",
  lo: "lo",
  mac: "02:00:00:00:00:02",
  mtu: 1500,
  address: "10.0.0.2",
  prefixLength: 24,
  gateway: "10.0.0.1",
  containerSettings: new Map(),
  flowQueue: { parent: "root", handle: { major: 1, minor: 0 }, exists: true },
  egress: { minimumRateLimit: 1 },
  ingress: { minimumRateLimit: 1 },
  options: { ...DEFAULT_OPTIONS, filterLayout: "linear" },
  warnings: [],
};
const CONTAINER = { id: "web", pid: 7, ports: parsePorts("31000-31007"), flow: 3 };
const WHOLE = { ...CONTAINER, ephemeralPorts: { begin: 61440, end: 62463 } };

/** A filter in tc's words, less what all filters on ports and all of one container have. */
function brief(filter: Filter): string {
  return addFilter(filter, rootHandle(1)).words.join(" ")
    .replace("filter add dev ", "")
    .replace(" handle ::1 u32", "")
    .replace("match ip ihl 5 0x0f match u16 0 0x1fff at 6 match ip protocol", "port")
    .replace(" cookie 62657274680100000007", "")
    .replace("action mirred egress ", "");
}

const veth = "mesos7 parent ffff: protocol ip";
const eth0 = "eth0 parent ffff: protocol ip prio 770 port";
const toHost =
  "match ether dst 02:00:00:00:00:02 match ip dst 10.0.0.2/32 match ip dport 31000 0xfff8";

/** The filters of one range and TCP, as the layout's table has them. */
const EXPECTED = [
  `${veth} prio 770 port 6 0xff match ip dst 10.0.0.2/32 match ip sport 31000 0xfff8 redirect dev lo`,
  `${veth} prio 770 port 6 0xff match ip dst 127.0.0.1/32 match ip sport 31000 0xfff8 redirect dev lo`,
  `${veth} prio 771 port 6 0xff match ip sport 31000 0xfff8 redirect dev eth0`,
  `${veth} prio 514 match ip protocol 1 0xff redirect dev eth0`,
  "mesos7 parent ffff: protocol arp prio 258 match u32 0 0 redirect dev eth0",
  "eth0 parent 1: protocol ip prio 771 port 6 0xff match ip sport 31000 0xfff8 classid 1:3",
  `${eth0} 6 0xff ${toHost} redirect dev mesos7`,
  "lo parent ffff: protocol ip prio 770 port 6 0xff match ip dport 31000 0xfff8 redirect dev mesos7",
  "eth0 parent ffff: protocol ip prio 514 match ip protocol 1 0xff match ip dst 10.0.0.2/32 " +
  "mirror dev mesos7 continue",
  "eth0 parent ffff: protocol arp prio 258 match u32 0 0 mirror dev mesos7 continue",
];

Deno.test("hostFilters() gives the layout's table, in the crash-safe order", () => {
  const filters = hostFilters(HOST, CONTAINER).map(({ filter }) => filter);
  const tcp = filters.map(brief).filter((words) => !words.includes("port 17"));
  assertEquals(tcp, EXPECTED);
  const udp = filters.map(brief).filter((words) => words.includes("port 17"));
  assertEquals(udp.length, EXPECTED.filter((words) => words.includes("port 6")).length);
});

Deno.test("containerFilters() keeps own ports inside and sends the rest out by eth0", () => {
  const filters = containerFilters({ ...HOST }, CONTAINER).map(brief);
  assertEquals(
    filters.filter((words) => !words.includes("port 17")),
    [
      "lo parent ffff: protocol ip prio 769 port 6 0xff match ip dport 31000 0xfff8 flowid ffff:0",
      ...["10.0.0.2", "127.0.0.1"].map((address) =>
        `lo parent ffff: protocol ip prio 770 match ip ihl 5 0x0f match ip dst ${address}/32 ` +
        "redirect dev eth0"
      ),
      ...["10.0.0.2", "127.0.0.1"].map((address) =>
        `lo parent ffff: protocol ip prio 514 match ip protocol 1 0xff match ip dst ${address}/32 ` +
        "flowid ffff:0"
      ),
      "eth0 parent ffff: protocol ip prio 770 port 6 0xff match ip dst 127.0.0.1/32 " +
      "match ip dport 31000 0xfff8 redirect dev lo",
    ].sort((a, b) => filters.indexOf(a) - filters.indexOf(b)),
  );
});

Deno.test("sharedFlowFilters() classifies ICMP, ARP and all the rest", () => {
  const queue = HOST.flowQueue;
  assert(queue !== undefined);
  assertEquals(sharedFlowFilters(HOST, queue).map(brief), [
    "eth0 parent 1: protocol ip prio 514 match ip protocol 1 0xff classid 1:2",
    "eth0 parent 1: protocol arp prio 258 match u32 0 0 classid 1:2",
    "eth0 parent 1: protocol all prio 1026 match u32 0 0 classid 1:1",
  ]);
});

Deno.test("isolatePlan() makes what leads to the rest first, and sets the veth up last", () => {
  const { begin, sides, end } = isolatePlan(HOST, WHOLE, new NodeNumbers());
  const lines = [...begin, ...sides.flat(), ...end].map((each) => changeWords(each).join(" "));
  const at = (begin: string) => lines.findIndex((line) => line.startsWith(begin));
  const order = [
    "ln -s /var/run/netns/7 /var/run/mesos/netns/web",
    "ip netns attach 7 7",
    "ip link add name mesos7 address 02:00:00:00:00:02 mtu 1500 type veth",
    "ip link set dev mesos7 alias berth web 61440-62463",
    "tc qdisc add dev mesos7 ingress",
    "tc filter add dev mesos7",
    "tc filter add dev eth0 parent ffff:",
    "tc filter add dev lo",
    "ip netns exec 7 sysctl",
    "ip -n 7 link set dev lo",
    "tc -n 7 filter add",
    "ip link set dev mesos7 up",
  ].map(at);
  assertEquals(order, [...order].sort((a, b) => a - b));
  assertEquals(order.includes(-1), false);
  assertEquals(order.at(-1), lines.length - 1);
});

/** A filter as the kernel would list it. */
function listed(filter: Filter, node: number): ListedFilter {
  const { matches, action, protocol, ...place } = filter;
  const mirred = action.kind === "redirect" || action.kind === "mirror"
    ? [{ text: "mirred", ...action }]
    : [];
  return {
    ...place,
    protocol,
    classifier: "u32",
    handle: { table: 0x800, bucket: 0, node },
    keys: packKeys(matches.flatMap(({ keys }) => keys)),
    actions: mirred,
    ...(action.kind === "classify" ? { classId: action.classId } : {}),
    ...(action.kind === "stop" ? { classId: "ffff:" } : {}),
    others: [],
  };
}

Deno.test("compareFilters() finds nothing to do where all is as it should be", () => {
  const wanted = [...hostFilters(HOST, WHOLE).map(({ filter }) => filter)];
  const there = wanted.map(listed).reverse();
  assertEquals(compareFilters(wanted, there, (filter) => filter), { missing: [], surplus: [] });
});

Deno.test("compareFilters() finds what is missing, obsolete, doubled or marked by others", () => {
  const wanted = hostFilters(HOST, WHOLE).map(({ filter }) => filter);
  const [first, second, ...rest] = wanted;
  assert(first !== undefined && second !== undefined);
  const there = [...rest, second, second].map(listed);
  const foreign = { ...listed(first, 99), actions: [{ text: "gact action drop" }] };
  const { missing, surplus } = compareFilters(wanted, [...there, foreign], (filter) => filter);
  assertEquals(missing, [first]);
  assertEquals(surplus.map(({ handle }) => handle?.node), [99, there.length - 1]);
});
