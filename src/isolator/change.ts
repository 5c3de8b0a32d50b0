import { type Command, toInvocation } from "../kernel/command.ts";
import { commandLine } from "../kernel/command_line.ts";
import { setSysctls, type Sysctls } from "../routing/sysctl.ts";

/** One step of a plan. Plans are lists of these, whether they are then applied or printed. */
export type Change =
  /** A command of `ip`, `tc` or another tool. */
  | { readonly kind: "command"; readonly command: Command; readonly counter?: string }
  /** Settings in a namespace, each read back after it was written. */
  | {
    readonly kind: "settings";
    /** Name of the namespace; the kernel's own when left out. */
    readonly namespace?: string;
    /** Settings that must take. */
    readonly required: Sysctls;
    /** Settings that a namespace may not have of its own. */
    readonly optional: Sysctls;
  }
  /** A folder. */
  | { readonly kind: "folder"; readonly path: string }
  /** A symbolic link. */
  | { readonly kind: "symlink"; readonly path: string; readonly target: string }
  /** The removal of a symbolic link. */
  | { readonly kind: "unlink"; readonly path: string };

/**
 * Makes a step of a command.
 *
 * @param command The command.
 * @param counter What its failure counts as, without the metric's ending; nothing when left out.
 */
export function step(command: Command, counter?: string): Change {
  return { kind: "command", command, ...(counter === undefined ? {} : { counter }) };
}

/**
 * Puts commands into a namespace.
 *
 * @param namespace Name of the namespace.
 * @param commands Commands that name none.
 */
export function inNamespace(namespace: string, commands: readonly Command[]): Command[] {
  return commands.map((command) => ({ ...command, namespace }));
}

/**
 * Makes the command that carries out a settings step.
 *
 * @param change The step.
 */
export function settingsCommand(change: Extract<Change, { kind: "settings" }>): Command {
  const all = new Map([...change.optional, ...change.required]);
  const { tool, words } = setSysctls(all, [...all.keys()]);
  // -e passes over keys that a namespace other than the host's does not have.
  const { namespace } = change;
  return { tool, words: ["-e", ...words], ...(namespace === undefined ? {} : { namespace }) };
}

/**
 * Spells a step as the command line that would do the same by hand.
 *
 * @param change The step.
 * @returns Its words.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(changeWords({ kind: "unlink", path: "/run/x" }), ["rm", "/run/x"]);
 * ```
 */
export function changeWords(change: Change): string[] {
  switch (change.kind) {
    case "command":
      return commandLine(toInvocation(change.command, "change"));
    case "settings":
      return commandLine(toInvocation(settingsCommand(change), "change"));
    case "folder":
      return ["mkdir", "-p", change.path];
    case "symlink":
      return ["ln", "-s", change.target, change.path];
    case "unlink":
      return ["rm", change.path];
  }
}
