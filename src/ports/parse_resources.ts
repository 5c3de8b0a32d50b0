import { IntervalSet } from "./interval_set.ts";
import { parsePorts } from "./parse_ports.ts";

/** What of a host's resources matters to its network. */
export interface Resources {
  /** The ports that containers may ask for; empty where none are named. */
  readonly ports: IntervalSet;
  /** The ports that containers get ephemeral ranges from; empty where none are named. */
  readonly ephemeralPorts: IntervalSet;
  /** The number of CPUs, from 0, possibly with a fraction; absent where it is not named. */
  readonly cpus?: number;
}

/**
 * Reads a host's resources: `ports:[31000-32000];ephemeral_ports:[32768-57344];cpus:4`.
 *
 * Other resources, such as `mem` and `disk`, need a well-formed value and are passed over. Blanks
 * may
 * stand around names, values and the punctuation.
 *
 * @param text Names and values, separated by semicolons, in any order.
 * @returns The ports, ephemeral ports and CPUs that it names.
 * @throws {SyntaxError} If the text is malformed, names a resource twice, or gives one of these
 * three a value of the wrong kind.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const resources = parseResources("ports:[31000-32000];ephemeral_ports:[32768-57343];mem:512");
 * assertEquals(resources.ports.size, 1_001);
 * assertEquals(resources.ephemeralPorts.toString(), "32768-57343");
 * assertEquals(resources.cpus, undefined);
 * ```
 */
export function parseResources(text: string): Resources {
  const values = new Map<string, string>();
  for (const resource of text.replace(/\s*([;:,[\]{}-])\s*/g, "$1").trim().split(";")) {
    const [name, value] = splitResource(resource);
    if (values.has(name)) {
      throw new SyntaxError(`The resource "${name}" is named twice; name it once`);
    }
    values.set(name, value);
  }
  const cpus = values.get("cpus");
  return {
    ports: parsePortResource("ports", values.get("ports")),
    ephemeralPorts: parsePortResource("ephemeral_ports", values.get("ephemeral_ports")),
    ...(cpus === undefined ? {} : { cpus: parseCpus(cpus) }),
  };
}

/** Matches `name:`, then a number, `[ranges]` or `{items}`. */
const RESOURCE = /^([A-Za-z_][\w.-]*):(\d+(?:\.\d+)?|\[[^[\]{}]*\]|\{[^[\]{}]*\})$/;

function splitResource(resource: string): [name: string, value: string] {
  const [, name, value] = RESOURCE.exec(resource) ?? [];
  if (name === undefined || value === undefined) {
    throw new SyntaxError(
      `${JSON.stringify(resource)} is no resource; ` +
        'write a list such as "ports:[31000-32000];cpus:4"',
    );
  }
  return [name, value];
}

function parsePortResource(name: string, value: string | undefined): IntervalSet {
  if (value === undefined || value === "[]") return IntervalSet.of();
  if (!value.startsWith("[")) {
    throw new SyntaxError(
      `The resource "${name}" is ${value}; write its ports in brackets, such as [31000-32000]`,
    );
  }
  return parsePorts(value.slice(1, -1));
}

function parseCpus(value: string): number {
  const cpus = Number(value);
  if (Number.isFinite(cpus)) return cpus;
  throw new SyntaxError(`The resource "cpus" is ${value}; write one number, such as cpus:4`);
}
