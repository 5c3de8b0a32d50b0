import type { Invocation, Tool } from "./kernel_network.ts";

/** The option with which a tool enters a named namespace by itself. */
const NAMESPACE_OPTION: Partial<Record<Tool, string>> = { ip: "-n", tc: "-n", ss: "-N" };

/**
 * Spells an invocation as the words of the process to start.
 *
 * `ip`, `tc` and `ss` enter a namespace themselves; every other tool is started through
 * `ip netns exec`.
 *
 * @param invocation The tool, its arguments and where it works.
 * @returns The program name and its arguments.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(
 *   commandLine({ tool: "tc", args: ["qdisc", "show"], namespace: "42", effect: "read" }),
 *   ["tc", "-n", "42", "qdisc", "show"],
 * );
 * ```
 */
export function commandLine(invocation: Invocation): string[] {
  const { tool, args, namespace } = invocation;
  if (namespace === undefined) return [tool, ...args];
  const option = NAMESPACE_OPTION[tool];
  return option === undefined
    ? ["ip", "netns", "exec", namespace, tool, ...args]
    : [tool, option, namespace, ...args];
}
