import { parsePorts } from "../../src/ports/mod.ts";
import { SCENARIO, type Scenario } from "./schema.ts";
import { formatPath, ScenarioError } from "./scenario_error.ts";

/** Name of the machine that the containers are on. */
export const HOST = "host";

/**
 * Reads a scenario file.
 *
 * @param text Its content, JSON.
 * @returns The scenario, checked and complete.
 * @throws {ScenarioError} If it cannot be run, with the place in the file.
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 *
 * const text = '{"title": "t", "about": "a", "flaws": [], "expect": []}';
 * assertThrows(() => parseScenario(text), ScenarioError, "flaws");
 * ```
 */
export function parseScenario(text: string): Scenario {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ScenarioError("", `It is no JSON: ${reason}`);
  }
  return checkScenario(value);
}

/**
 * Checks a scenario.
 *
 * @param value Anything.
 * @returns The scenario, complete.
 * @throws {ScenarioError} If it cannot be run.
 */
export function checkScenario(value: unknown): Scenario {
  const parsed = SCENARIO.safeParse(value);
  if (!parsed.success) throw firstFault(parsed.error.issues);
  const scenario = parsed.data;
  for (const check of CHECKS) check(scenario);
  return scenario;
}

/** What a schema library finds wrong in one place. */
interface Issue {
  readonly code?: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly note?: string;
}

function firstFault(issues: readonly Issue[]): ScenarioError {
  const [issue] = issues;
  if (issue === undefined) return new ScenarioError("", "It is no scenario");
  const { code, path, message, keys } = issue;
  const [unknown] = keys ?? [];
  if (code === "unrecognized_keys" && unknown !== undefined) {
    return new ScenarioError(
      formatPath([...path, unknown]),
      "there is no such key; see sim/scenario/scenario.schema.json for those there are",
    );
  }
  return new ScenarioError(formatPath(path), message);
}

/** What a schema cannot say: how the parts of a scenario fit together. */
const CHECKS: readonly ((scenario: Scenario) => void)[] = [
  checkPlaces,
  checkPorts,
  checkFlows,
  checkEvents,
  checkExpectations,
];

function checkPlaces({ machines, containers }: Scenario): void {
  const seen = new Set([HOST]);
  const names = [
    ...machines.map(({ name }, i) => ({ name, path: `machines[${i}].name` })),
    ...containers.map(({ id }, i) => ({ name: id, path: `containers[${i}].id` })),
  ];
  for (const { name, path } of names) {
    if (seen.has(name)) {
      throw new ScenarioError(path, `"${name}" is taken already; choose another name`);
    }
    seen.add(name);
  }
}

function checkPorts({ containers, events }: Scenario): void {
  containers.forEach(({ ports }, i) => checkPortText(ports, `containers[${i}].ports`));
  events.forEach((event, i) => {
    if (event.event !== "update" || event.ports === undefined) return;
    checkPortText(event.ports, `events[${i}].ports`);
  });
}

function checkPortText(text: string, path: string): void {
  try {
    parsePorts(text);
  } catch (error) {
    throw new ScenarioError(path, error instanceof Error ? error.message : String(error));
  }
}

function checkFlows({ flows, machines, containers }: Scenario): void {
  const places = [HOST, ...machines.map(({ name }) => name), ...containers.map(({ id }) => id)];
  const names = new Set<string>();
  flows.forEach((flow, i) => {
    if (names.has(flow.name)) {
      throw new ScenarioError(`flows[${i}].name`, `"${flow.name}" is taken already`);
    }
    names.add(flow.name);
    for (const end of ["from", "to"] as const) {
      requireOne(flow[end], places, `flows[${i}].${end}`, "machine or container");
      requireStarted(flow[end], flow.atMs, containers, `flows[${i}].atMs`);
    }
  });
}

function checkEvents({ events, machines, containers }: Scenario): void {
  const ids = containers.map(({ id }) => id);
  const machineNames = [HOST, ...machines.map(({ name }) => name)];
  events.forEach((event, i) => {
    if ("container" in event) {
      requireOne(event.container, ids, `events[${i}].container`, "container");
      requireStarted(event.container, event.atMs, containers, `events[${i}].atMs`);
    }
    if ("of" in event) requireOne(event.of, machineNames, `events[${i}].of`, "machine");
  });
}

function checkExpectations({ expect, flows, containers }: Scenario): void {
  const flowNames = flows.map(({ name }) => name);
  const ids = containers.map(({ id }) => id);
  expect.forEach((expectation, i) => {
    const path = `expect[${i}]`;
    if ("flow" in expectation) {
      requireOne(expectation.flow, flowNames, `${path}.flow`, "flow");
    }
    if ("flows" in expectation) {
      expectation.flows.forEach((name, j) =>
        requireOne(name, flowNames, `${path}.flows[${j}]`, "flow")
      );
    }
    if ("container" in expectation) {
      requireOne(expectation.container, ids, `${path}.container`, "container");
    }
  });
}

/** What happens to a container lies behind its start. */
function requireStarted(
  name: string,
  atMs: number,
  containers: Scenario["containers"],
  path: string,
): void {
  const startAtMs = containers.find(({ id }) => id === name)?.startAtMs ?? 0;
  if (atMs >= startAtMs) return;
  throw new ScenarioError(path, `"${name}" starts later, at ${startAtMs} ms; choose that or later`);
}

function requireOne(
  name: string,
  known: readonly string[],
  path: string,
  what: string,
): void {
  if (known.includes(name)) return;
  const choice = known.length === 0 ? "there is none yet" : `choose from ${known.join(", ")}`;
  throw new ScenarioError(path, `there is no ${what} "${name}"; ${choice}`);
}
