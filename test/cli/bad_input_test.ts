import { assert, assertEquals, assertMatch } from "@std/assert";
import { berth } from "../support/berth.ts";
import { hostDump } from "../support/host_dump.ts";
import { onEachKernel } from "../support/worlds.ts";

/** A command line that must be refused. */
interface BadInput {
  readonly name: string;
  readonly words: readonly string[];
  /** Status 2: wrong usage. Status 1: the host or its containers will not do. */
  readonly status: 1 | 2;
  /** What the one sentence must say. */
  readonly says: RegExp;
}

const run = (...options: readonly string[]) => ["run", ...options, "--", "true"];
const resources = (text: string) => run(`--resources=${text}`);

const CASES: readonly BadInput[] = [
  { name: "half a range", words: run("--ports", "31000-"), status: 2, says: /"31000-"/ },
  { name: "a port above 65535", words: run("--ports", "70000"), status: 2, says: /65535/ },
  { name: "a range backwards", words: run("--ports", "5-4"), status: 2, says: /lower port first/ },
  { name: "overlapping ports", words: run("--ports", "5-9,7"), status: 2, says: /overlap/ },
  { name: "text for ports", words: run("--ports", "http"), status: 2, says: /"http"/ },
  { name: "ports not managed", words: run("--ports", "8080"), status: 1, says: /not managed/ },
  { name: "an id with a slash", words: run("--id", "a/b"), status: 2, says: /"a\/b"/ },
  { name: "an id with a blank", words: run("--id", "a b"), status: 2, says: /"a b"/ },
  { name: "an id of 300 letters", words: run("--id", "x".repeat(300)), status: 2, says: /128/ },
  { name: "an id that climbs", words: run("--id", "../../x"), status: 2, says: /container id/ },
  { name: "an id like an option", words: run("--id=-x"), status: 2, says: /"-x"/ },
  { name: "an id of two lines", words: run("--id", "a\nlink del lo"), status: 2, says: /a\\nlink/ },
  { name: "a link like an option", words: run("--eth0_name=-force"), status: 1, says: /-force/ },
  { name: "a prefix that climbs", words: run("--veth_prefix=../x"), status: 2, says: /"..\/x"/ },
  { name: "no CPUs", words: run("--cpus", "0"), status: 2, says: /0\.5/ },
  { name: "an unknown flag", words: run("--frob"), status: 2, says: /--frob/ },
  { name: "an unknown command", words: ["frob"], status: 2, says: /frob/ },
  { name: "no command", words: [], status: 2, says: /--help/ },
  { name: "no program", words: ["run", "--"], status: 2, says: /cmd/ },
  {
    name: "a process that is gone",
    words: ["isolate", "x", "--pid=4194303"],
    status: 1,
    says: /4194303/,
  },
  {
    name: "the host's own process",
    words: ["isolate", "x", `--pid=${Deno.pid}`],
    status: 1,
    says: /own network/,
  },
  { name: "text for a process", words: ["isolate", "x", "--pid=one"], status: 2, says: /"one"/ },
  {
    name: "an unknown id to update",
    words: ["update", "x", "--ports=31000"],
    status: 1,
    says: /"x"/,
  },
  { name: "nothing to update", words: ["update", "x"], status: 2, says: /nothing to update/ },
  { name: "an unknown id to show", words: ["usage", "x"], status: 1, says: /"x"/ },
  {
    name: "statistics of a process without a network",
    words: ["helper", "statistics", "--eth0_name=eth0", "--pid=4194303"],
    status: 1,
    says: /4194303/,
  },
  {
    name: "a flag that is neither true nor false",
    words: [
      ...["helper", "statistics", "--eth0_name=eth0", "--pid=1"],
      "--enable_snmp_statistics=yes",
    ],
    status: 2,
    says: /"yes"/,
  },
  {
    name: "a window without a unit",
    words: run("--network_rate_statistics_window=5"),
    status: 2,
    says: /5secs/,
  },
  {
    name: "a helper with nothing to do",
    words: ["helper", "update", "--eth0_name=eth0", "--lo_name=lo", "--pid=1"],
    status: 2,
    says: /nothing to update/,
  },
  { name: "resources cut off", words: resources("ports:[1-2"), status: 2, says: /ports:\[1-2/ },
  {
    name: "no ephemeral ports",
    words: resources("ports:[31000-31999]"),
    status: 1,
    says: /no ephemeral ports/,
  },
  {
    name: "ports both ways",
    words: resources("ports:[61440-62000];ephemeral_ports:[61440-65535]"),
    status: 1,
    says: /61440-62000/,
  },
  {
    name: "well-known ports",
    words: resources("ephemeral_ports:[1000-2999]"),
    status: 1,
    says: /well-known/,
  },
  {
    name: "the host's own ephemeral ports",
    words: resources("ephemeral_ports:[60000-65535]"),
    status: 1,
    says: /60000-60999/,
  },
  {
    name: "an odd size",
    words: run("--ephemeral_ports_per_container=1000"),
    status: 1,
    says: /power of two/,
  },
  { name: "a small size", words: run("--ephemeral-ports-per-container=8"), status: 1, says: /16/ },
  {
    name: "a size that does not fit",
    words: run("--ephemeral_ports_per_container=8192"),
    status: 1,
    says: /does not fit/,
  },
  {
    name: "an interface that is not there",
    words: run("--eth0_name=eth9"),
    status: 1,
    says: /"eth9"/,
  },
  { name: "a loopback that is not there", words: run("--lo_name=lo9"), status: 1, says: /"lo9"/ },
  {
    name: "two kinds of rate",
    words: run("--egress_rate_per_cpu=1MB", "--egress_rate_limit_per_container=1MB"),
    status: 1,
    says: /exclude/,
  },
  {
    name: "minimum above maximum",
    words: run("--minimum_egress_rate_limit=2MB", "--maximum_egress_rate_limit=1MB"),
    status: 1,
    says: /above/,
  },
  {
    name: "a limit above the link",
    words: run("--network_link_speed=1MB", "--ingress_rate_limit_per_container=2MB"),
    status: 1,
    says: /link/,
  },
  {
    name: "auto without a speed",
    words: run(
      "--egress_rate_per_cpu=auto",
      "--resources=ports:[31000-31999];ephemeral_ports:[61440-65535]",
    ),
    status: 1,
    says: /network_link_speed/,
  },
  {
    name: "no such config file",
    words: run("--config=/nonexistent"),
    status: 2,
    says: /nonexistent/,
  },
  { name: "no queue of that kind", words: run("--leaf_qdisc=cake"), status: 2, says: /cake/ },
];

onEachKernel(
  "bad input gets one plain sentence and its status, and changes nothing",
  async (_world, test) => {
    assertEquals((await berth("run", "--", "true")).status, 0);
    const before = await hostDump();
    for (const { name, words, status, says } of CASES) {
      await test.step(name, async () => {
        const result = await berth(...words);
        assertEquals(result.status, status, result.stderr);
        assertEquals(result.stdout, "");
        assertMatch(result.stderr, /^berth: [^\n]+\n$/);
        assertMatch(result.stderr, says);
        assertEquals(await hostDump(), before);
      });
    }
  },
  { only: "host" },
);

onEachKernel("a dry run prints commands and changes nothing", async (world) => {
  const container = await world.startContainer();
  const before = await hostDump();
  const words = ["isolate", "web", "--pid", String(container.pid), "--ports", "31000-31007"];
  const { status, stdout } = await berth(...words, "--dry-run");
  assertEquals(status, 0);
  assertEquals(await hostDump(), before);
  assertMatch(stdout, /^ip link add name mesos\d+ /m);
  assertMatch(stdout, /^tc filter add dev eth0 parent ffff: .* redirect dev mesos\d+/m);
  assert(stdout.trimEnd().endsWith(`ip link set dev mesos${container.pid} up`));
}, { only: "host" });

onEachKernel("berth without privileges says so in one sentence", async () => {
  const { status, stderr } = await withoutPrivileges("list");
  assertEquals(status, 1);
  assertMatch(stderr, /^berth: [^\n]*CAP_NET_ADMIN[^\n]*run it as root[^\n]*\n$/);
}, { only: "host" });

async function withoutPrivileges(...words: readonly string[]) {
  const { berthWords, finished } = await import("../support/berth.ts");
  const drop = ["--bounding-set=-all", "--inh-caps=-all", "--"];
  const options = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
  const args = [...drop, ...berthWords(words)];
  return await finished(new Deno.Command("setpriv", { args, ...options }).spawn());
}
