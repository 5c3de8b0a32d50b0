import { FLAGS } from "./flags.ts";

/**
 * Reads isolator options from a config file: a JSON object whose keys are the flags' names.
 *
 * @param text Content of the file.
 * @returns Texts by flag name.
 * @throws {SyntaxError} If it is no such object, names an unknown option, or gives one a value that
 *   is no text, number or truth value.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * const options = parseConfig('{"ephemeral_ports_per_container": 64}');
 * assertEquals(options.get("ephemeral_ports_per_container"), "64");
 * ```
 */
export function parseConfig(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const [key, value] of Object.entries(parseObject(text))) {
    const name = key.replaceAll("-", "_");
    if (!FLAGS.some((flag) => flag.name === name)) {
      throw new SyntaxError(`There is no option "${key}"; see "berth run --help"`);
    }
    if (!["string", "number", "boolean"].includes(typeof value)) {
      throw new SyntaxError(`"${key}" must be a text, a number, true or false`);
    }
    values.set(name, String(value));
  }
  return values;
}

function parseObject(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`It is no JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new SyntaxError('It must be an object such as {"resources": "ports:[31000-32000]"}');
}
