import { assert, assertEquals, assertThrows } from "@std/assert";
import { PortRange } from "../../src/ports/mod.ts";
import {
  type Action,
  addFilter,
  deleteFilter,
  type Filter,
  filterIdentity,
} from "../../src/routing/filter.ts";
import { listedIdentity, parseFilters } from "../../src/routing/filter_listing.ts";
import { parseFilterHandle, rootHandle } from "../../src/routing/handle.ts";
import { ListingError } from "../../src/routing/json.ts";
import {
  formatKeys,
  MATCH_ANY,
  MATCH_FIRST_FRAGMENT,
  MATCH_NO_OPTIONS,
  matchAddress,
  matchMac,
  matchPort,
  matchProtocol,
  packKeys,
} from "../../src/routing/u32.ts";
import { fixture } from "../support/fixture.ts";
import { Random } from "../support/random.ts";

const PLACE = { link: "eth0", parent: "ffff:" };
const COOKIE = "62657274680100000007";

/** The same filters as in the recording. */
const REDIRECT: Filter = {
  ...PLACE,
  protocol: "ip",
  priority: 770,
  matches: [
    MATCH_NO_OPTIONS,
    MATCH_FIRST_FRAGMENT,
    matchProtocol("tcp"),
    matchMac("dst", "02:00:00:00:00:02"),
    matchAddress("dst", "10.0.0.2"),
    matchPort("dport", PortRange.fromBeginEnd(31000, 31007)),
  ],
  action: { kind: "redirect", to: "mesos7", cookie: COOKIE },
};
const MIRROR: Filter = {
  ...PLACE,
  protocol: "arp",
  priority: 258,
  matches: [MATCH_ANY],
  action: { kind: "mirror", to: "mesos7", cookie: COOKIE },
};
const STOP: Filter = {
  ...PLACE,
  protocol: "ip",
  priority: 769,
  matches: [matchPort("dport", PortRange.fromBeginEnd(31000, 31007))],
  action: { kind: "stop" },
};

Deno.test("addFilter() spells a filter in tc's words, with a number of our own", () => {
  assertEquals(
    addFilter(STOP, rootHandle(3)).words.join(" "),
    "filter add dev eth0 parent ffff: protocol ip prio 769 handle ::3 u32 " +
      "match ip dport 31000 0xfff8 flowid ffff:0",
  );
  assertEquals(
    addFilter(MIRROR, rootHandle(0x1f)).words.join(" "),
    "filter add dev eth0 parent ffff: protocol arp prio 258 handle ::1f u32 match u32 0 0 " +
      `action mirred egress mirror dev mesos7 continue cookie ${COOKIE}`,
  );
});

Deno.test("deleteFilter() names one filter by its whole handle", () => {
  assertEquals(
    deleteFilter(STOP, { table: 0x803, bucket: 0, node: 3 }).words.join(" "),
    "filter delete dev eth0 parent ffff: protocol ip prio 769 handle 803::3 u32",
  );
});

Deno.test("parseFilters() reads back what the kernel was told", async () => {
  const listed = parseFilters(await fixture("routing/fixtures/filters.txt"), PLACE);
  const identities = listed.map(listedIdentity);
  for (const filter of [REDIRECT, MIRROR, STOP]) {
    assert(identities.includes(filterIdentity(filter)), filterIdentity(filter));
  }
  const redirect = listed.find(({ priority }) => priority === 770);
  assertEquals(redirect?.handle, { table: 0x800, bucket: 0, node: 1 });
  assertEquals(redirect?.actions[0]?.cookie, COOKIE);
});

Deno.test("parseFilters() reads hash tables, what is in them, and what links to them", async () => {
  const listed = parseFilters(await fixture("routing/fixtures/filters.txt"), PLACE);
  const foreign = listed.filter(({ priority }) => priority === 10);
  assertEquals(foreign.map(({ divisor }) => divisor), [256, undefined, undefined]);
  assertEquals(foreign.map(({ handle }) => handle), [
    { table: 5, bucket: 0, node: 0 },
    { table: 5, bucket: 0x1f, node: 0x800 },
    { table: 0x804, bucket: 0, node: 0x800 },
  ]);
  assertEquals(foreign.map(({ others }) => others), [[], [], [
    "link 5:",
    "hash mask 0000ff00 at 20",
  ]]);
  const [table, , link] = foreign;
  assert(table !== undefined && link !== undefined);
  const place = { ...PLACE, protocol: "ip", priority: 10 } as const;
  const wanted: Filter = {
    ...place,
    handle: { table: 5, bucket: 0, node: 0 },
    matches: [],
    action: { kind: "table", divisor: 256 },
  };
  assertEquals(listedIdentity(table), filterIdentity(wanted));
  assert(listedIdentity(link)?.endsWith("link 5: hash mask 0000ff00 at 20"));
});

Deno.test("parseFilters() sees a redirect to a link that is gone, and its mark", async () => {
  const listed = parseFilters(await fixture("routing/fixtures/filters_dead.txt"), PLACE);
  const dead = listed.filter(({ actions }) => actions.some(({ to }) => to === "*"));
  assertEquals(dead.map(({ priority }) => priority), [258, 514, 770]);
  assertEquals(dead.every(({ actions }) => actions[0]?.cookie === COOKIE), true);
});

Deno.test("parseFilters() refuses a line that opens no filter it knows", () => {
  assertThrows(() => parseFilters("filter gibberish\n", PLACE), ListingError);
  assertEquals(parseFilters("", PLACE), []);
  assertEquals(parseFilters("  match 00000000/00000000 at 0\n", PLACE), []);
});

Deno.test("parseFilters() reads every prefix of a recording without losing its way", async () => {
  const text = await fixture("routing/fixtures/filters.txt");
  const whole = parseFilters(text, PLACE);
  for (let length = 0; length < text.length; length += 7) {
    try {
      const some = parseFilters(text.slice(0, length), PLACE);
      assert(some.length <= whole.length);
    } catch (error) {
      assert(error instanceof ListingError || error instanceof SyntaxError);
    }
  }
});

/** Prints a filter as the kernel lists it. */
function listing(filter: Filter, node: number): string {
  const keys = packKeys(filter.matches.flatMap(({ keys }) => keys));
  const head = `filter protocol ${filter.protocol} pref ${filter.priority} u32 chain 0`;
  const end = filter.action.kind === "classify"
    ? `*flowid ${filter.action.classId} not_in_hw `
    : "terminal flowid not_in_hw ";
  const action: Partial<Record<Action["kind"], string>> = {
    redirect:
      "\taction order 1: mirred (Egress Redirect to device x1) stolen\n\tindex 1 ref 1 bind 1\n",
    mirror:
      "\taction order 1: mirred (Egress Mirror to device x1) continue\n\tindex 1 ref 1 bind 1\n",
  };
  const matches = formatKeys(keys).split(", ").map((key) => `  match ${key}\n`).join("");
  const handle = `fh 800::${node.toString(16)} order ${node} key ht 800 bkt 0 ${end}`;
  return `${head} ${handle}\n${matches}${action[filter.action.kind] ?? ""}\n`;
}

Deno.test("parseFilters() of a listing gives the identity of the filter, for any filter", () => {
  const random = new Random(7);
  for (let i = 1; i <= 500; i++) {
    const size = 2 ** random.below(10);
    const begin = random.below(65536 / size) * size;
    const range = PortRange.fromBeginEnd(begin, begin + size - 1);
    const actions: Action[] = [
      { kind: "redirect", to: "x1" },
      { kind: "mirror", to: "x1" },
      { kind: "classify", classId: `1:${(random.below(1020) + 3).toString(16)}` },
    ];
    const filter: Filter = {
      ...PLACE,
      protocol: "ip",
      priority: random.between(1, 65535),
      matches: [
        MATCH_NO_OPTIONS,
        matchProtocol(random.pick(["tcp", "udp", "icmp"] as const)),
        matchAddress(random.pick(["src", "dst"] as const), `10.${random.below(256)}.0.1`),
        matchPort(random.pick(["sport", "dport"] as const), range),
      ],
      action: random.pick(actions),
    };
    const [listed, ...more] = parseFilters(listing(filter, i), PLACE);
    assertEquals(more, []);
    assertEquals(listed && listedIdentity(listed), filterIdentity(filter));
    assertEquals(listed?.handle, parseFilterHandle(`800::${i.toString(16)}`));
  }
});
