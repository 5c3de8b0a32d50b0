import type { NetworkNamespace } from "../model/namespace.ts";
import type { Console } from "./console.ts";

/** How a tool was started. */
export interface ToolRun {
  /** Its arguments, without its name. */
  readonly args: readonly string[];
  /** All of its standard input. */
  readonly stdin: string;
  /** Where it starts. */
  readonly namespace: NetworkNamespace;
  /** Where it writes. */
  readonly console: Console;
  /** Runs another tool, for `ip netns exec`; undefined where there is no such tool. */
  readonly execute: (
    words: readonly string[],
    namespace: NetworkNamespace,
  ) => { readonly status: number; readonly stdout: string; readonly stderr: string } | undefined;
}
