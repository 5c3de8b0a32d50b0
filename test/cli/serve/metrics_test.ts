import { assert, assertEquals, assertMatch } from "@std/assert";
import parsePrometheus from "parse-prometheus-text-format";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";

const LIMITS = {
  egress: { minimumRateLimit: 1000, rateLimitPerContainer: 1_000_000 },
  ingress: { minimumRateLimit: 1000, rateLimitPerContainer: 2_000_000 },
};

async function scrape(agent: TestAgent, accept = "*/*") {
  const answer = await agent.ask("GET", "/metrics", { headers: { accept } });
  return { type: answer.headers.get("content-type") ?? "", text: await answer.text() };
}

Deno.test("a Prometheus parser reads every metric of a host, with and without containers", async () => {
  using agent = await startTestAgent(LIMITS);
  const empty = parsePrometheus((await scrape(agent)).text);
  const body = () => JSON.stringify({ pid: agent.startProcess() });
  for (const id of ["a", "b"]) await agent.ask("PUT", `/containers/${id}`, { body: body() });
  const { type, text } = await scrape(agent);
  assert(!type.includes("json"), text);
  assertMatch(type, /^text\/plain/);
  const families = parsePrometheus(text);
  assertEquals(families.length, empty.length);
  assertEquals(families.length, text.match(/^# TYPE /gm)?.length);
  const family = (name: string) => families.find((each) => each.name === name);
  const values = (name: string) =>
    (family(name)?.metrics ?? []).map((
      { labels, value },
    ) => [labels?.["id"] ?? labels?.["status"], value]);
  assertEquals(values("berth_container_tx_packets_total"), [["a", "0"], ["b", "0"]]);
  assertEquals(values("berth_container_tx_limit_bytes_per_second"), [["a", "1000000"], [
    "b",
    "1000000",
  ]]);
  assertEquals(values("berth_containers"), [["running", "2"], ["partial", "0"], ["dead", "0"]]);
  assertEquals(family("berth_container_queue_drops_total")?.metrics.length, 8);
  assertEquals(family("port_mapping_adding_eth0_ip_filters_errors_total")?.type, "COUNTER");
  assertEquals(family("berth_ephemeral_ranges_used")?.metrics[0]?.value, "2");
  const latency = family("berth_kernel_command_seconds");
  assertEquals(latency?.type, "HISTOGRAM");
  assertEquals(Object.keys(latency?.metrics[0]?.buckets ?? {}).at(-1), "+Inf");
});

Deno.test("a reader that takes OpenMetrics is given it, closed by its end mark", async () => {
  using agent = await startTestAgent(LIMITS);
  const { type, text } = await scrape(agent, "application/openmetrics-text;version=1.0.0");
  assertMatch(type, /^application\/openmetrics-text; version=1\.0\.0/);
  assert(text.endsWith("\n# EOF\n"));
  assert(!/^\s*$/m.test(text.slice(0, -1)), "an empty line is no OpenMetrics");
  const counters = [...text.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name]) => name ?? "");
  assert(counters.length > 40 && counters.every((name) => !name.endsWith("_total")));
});

Deno.test("all who are shown the same snapshot are given the same text, in each format", async () => {
  using agent = await startTestAgent(LIMITS, undefined, undefined, undefined, 60_000);
  await agent.ask("PUT", "/containers/a", { body: JSON.stringify({ pid: agent.startProcess() }) });
  const [first, open, second] = [
    await scrape(agent),
    await scrape(agent, "application/openmetrics-text"),
    await scrape(agent),
  ];
  assertEquals(second.text, first.text);
  assert(open.text !== first.text);
  await agent.ask("DELETE", "/containers/a");
  assert((await scrape(agent)).text.includes('berth_containers{status="running"} 0'));
});
