import { assert, assertEquals, assertMatch } from "@std/assert";
import { type BerthResult, berthWords, finished, until } from "../support/berth.ts";
import { HOST_ADDRESS, type World } from "../support/world.ts";
import { onEachKernel } from "../support/worlds.ts";

const SOCKET = "/run/mesos/berth.sock";

/** All that Berth ever needs, as SECURITY.md says. */
const NEEDED = ["net_admin", "sys_admin", "sys_ptrace"];

/** Starts the command as root with certain capabilities and no others. */
function startWith(capabilities: readonly string[], words: readonly string[]): Deno.ChildProcess {
  const bounding = ["-all", ...capabilities.map((name) => `+${name}`)].join(",");
  const args = [`--bounding-set=${bounding}`, "--inh-caps=-all", "--", ...berthWords(words)];
  const options = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
  return new Deno.Command("setpriv", { args, ...options }).spawn();
}

async function berthWith(
  capabilities: readonly string[],
  ...words: readonly string[]
): Promise<BerthResult> {
  return await finished(startWith(capabilities, words));
}

onEachKernel(
  "the whole lifecycle works with the capabilities that SECURITY.md names",
  async (world) => {
    const station = await world.startContainer();
    const limit = ["--leaf_qdisc=pfifo", "--egress_rate_limit_per_container=10MB"];
    const berth = async (...words: readonly string[]) => {
      const { status, stdout, stderr } = await berthWith(NEEDED, ...words);
      assertEquals([status, stderr], [0, ""], words.join(" "));
      return stdout;
    };
    await berth("isolate", "web", "--pid", String(station.pid), "--ports=31000-31007", ...limit);
    await using _server = await station.listenTcp(31000);
    const request = { address: HOST_ADDRESS, port: 31000, text: "hello" };
    assertEquals((await world.outside.tcp(request)).outcome, "answered");
    assertMatch(await berth("list"), /^web +\d+ +running/m);
    assertMatch(await berth("usage", "--network_enable_snmp_statistics", "web"), /^web /m);
    await berth("update", "web", "--ports=31000-31003");
    await berth("recover");
    assertEquals(await berth("audit", ...limit), "All is as it should be\n");
    await berth("repair", ...limit);
    await berth("cleanup", "web");
    assertEquals((await berthWith(NEEDED, "run", "--", "true")).status, 0);
  },
  { only: "host" },
);

onEachKernel("the agent works with them, and its service has no others", async (world) => {
  const { pid } = await world.startContainer();
  const child = startWith(NEEDED, ["serve"]);
  await until("the agent's socket", () => Deno.stat(SOCKET).then(() => true, () => false), 30);
  const client = Deno.createHttpClient({ proxy: { transport: "unix", path: SOCKET } });
  const body = JSON.stringify({ pid, ports: "31000" });
  const answer = await fetch("http://berth/containers/web", { client, method: "PUT", body });
  assertEquals(answer.status, 201, await answer.text());
  client.close();
  child.kill("SIGTERM");
  assertEquals((await finished(child)).status, 0);
  const service = await Deno.readTextFile(new URL("../../docs/berth.service", import.meta.url));
  const [, bounding = ""] = /^CapabilityBoundingSet=(.*)$/m.exec(service) ?? [];
  assertEquals(bounding.split(" "), NEEDED.map((name) => `CAP_${name.toUpperCase()}`));
}, { only: "host" });

onEachKernel("without one of these capabilities Berth refuses in one sentence", async (world) => {
  for (const missing of NEEDED) {
    const rest = NEEDED.filter((name) => name !== missing);
    const result = await isolateWith(world, rest);
    assertEquals(result.status, 1, missing);
    assertMatch(
      result.stderr,
      new RegExp(`^berth: [^\\n]*CAP_${missing.toUpperCase()}[^\\n]*\\n$`),
    );
  }
}, { only: "host" });

async function isolateWith(world: World, capabilities: readonly string[]): Promise<BerthResult> {
  const { pid } = await world.startContainer();
  return await berthWith(capabilities, "isolate", "web", "--pid", String(pid));
}

Deno.test("SECURITY.md names these capabilities and the permissions of the task, and no others", async () => {
  const text = await Deno.readTextFile(new URL("../../SECURITY.md", import.meta.url));
  const named = [...new Set(text.match(/\bCAP_[A-Z_]+\b/g) ?? [])]
    .filter((name) => new RegExp(`^\\| \`${name}\``, "m").test(text));
  assertEquals(named.sort(), NEEDED.map((name) => `CAP_${name.toUpperCase()}`).sort());
  for (const word of berthWords([]).filter((word) => word.startsWith("--allow"))) {
    assert(text.includes(`\`${word}\``), `SECURITY.md does not name ${word}`);
  }
});
