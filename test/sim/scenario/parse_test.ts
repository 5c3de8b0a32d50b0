import { assert, assertEquals, assertThrows } from "@std/assert";
import { checkScenario, parseScenario } from "../../../sim/scenario/parse.ts";
import { type ScenarioInput, scenarioJsonSchema } from "../../../sim/scenario/schema.ts";
import { ScenarioError } from "../../../sim/scenario/scenario_error.ts";

const FLOW: NonNullable<ScenarioInput["flows"]>[number] = {
  name: "f",
  protocol: "udp",
  from: "outside",
  to: "web",
  port: 31000,
  datagrams: 1,
  bytes: 1,
};

const GOOD: ScenarioInput = {
  title: "t",
  about: "a",
  containers: [{ id: "web", ports: "31000" }],
  flows: [FLOW],
  expect: [{ expect: "arrives", flow: "f" }],
};

/** What is wrong with a scenario, and the path that must be named. */
const FAULTS: Readonly<Record<string, { readonly value: unknown; readonly path: string }>> = {
  "an unknown key": { value: { ...GOOD, floww: [] }, path: "floww" },
  "an unknown key deep inside": {
    value: { ...GOOD, flows: [{ ...FLOW, spede: 1 }] },
    path: "flows[0].spede",
  },
  "an impossible port of a flow": {
    value: { ...GOOD, flows: [{ ...FLOW, port: 70000 }] },
    path: "flows[0].port",
  },
  "impossible ports of a container": {
    value: { ...GOOD, containers: [{ id: "web", ports: "5-4" }] },
    path: "containers[0].ports",
  },
  "impossible ports of an update": {
    value: {
      ...GOOD,
      events: [{ event: "update", atMs: 1, container: "web", ports: "x" }],
    },
    path: "events[0].ports",
  },
  "two containers of one id": {
    value: {
      ...GOOD,
      containers: [{ id: "web", ports: "31000" }, { id: "web", ports: "31001" }],
    },
    path: "containers[1].id",
  },
  "a container named like a machine": {
    value: { ...GOOD, containers: [{ id: "outside", ports: "31000" }] },
    path: "containers[0].id",
  },
  "an unknown host in a flow": {
    value: { ...GOOD, flows: [{ ...FLOW, from: "nowhere" }] },
    path: "flows[0].from",
  },
  "a time in the past": {
    value: { ...GOOD, flows: [{ ...FLOW, atMs: -1 }] },
    path: "flows[0].atMs",
  },
  "a flow before its container": {
    value: { ...GOOD, containers: [{ id: "web", ports: "31000", startAtMs: 5 }] },
    path: "flows[0].atMs",
  },
  "an event before its container": {
    value: {
      ...GOOD,
      containers: [{ id: "web", ports: "31000", startAtMs: 5 }],
      flows: [{ ...FLOW, atMs: 5 }],
      events: [{ event: "stop", atMs: 4, container: "web" }],
    },
    path: "events[0].atMs",
  },
  "an unknown event": {
    value: { ...GOOD, events: [{ event: "explode", atMs: 1 }] },
    path: "events[0].event",
  },
  "an unknown flow in an expectation": {
    value: { ...GOOD, expect: [{ expect: "arrives", flow: "g" }] },
    path: "expect[0].flow",
  },
  "no expectation at all": { value: { ...GOOD, expect: [] }, path: "expect" },
  "two flows of one name": { value: { ...GOOD, flows: [FLOW, FLOW] }, path: "flows[1].name" },
};

for (const [name, { value, path }] of Object.entries(FAULTS)) {
  Deno.test(`checkScenario() refuses ${name}, with its path`, () => {
    const error = assertThrows(() => checkScenario(value), ScenarioError);
    assertEquals(error.path, path);
    assert(error.message.startsWith(`${path}: `), error.message);
  });
}

Deno.test("checkScenario() fills in what a scenario leaves out", () => {
  const { seed, host, machines, flows } = checkScenario(GOOD);
  assertEquals([seed, host.address], [1, "10.77.0.2/24"]);
  assertEquals(machines, [{ name: "outside", address: "10.77.0.1/24" }]);
  assertEquals(flows[0]?.limitMs, 60_000);
});

Deno.test("parseScenario() says where text is no JSON", () => {
  const error = assertThrows(() => parseScenario("{"), ScenarioError);
  assert(error.message.startsWith("It is no JSON"), error.message);
});

Deno.test("the JSON Schema beside the scenarios is the one that checks them", async () => {
  const file = new URL("../../../sim/scenario/scenario.schema.json", import.meta.url);
  assertEquals(JSON.parse(await Deno.readTextFile(file)), scenarioJsonSchema());
});
