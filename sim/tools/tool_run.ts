import type { NetworkNamespace } from "../model/namespace.ts";
import type { Console } from "./console.ts";

/** How a program that a tool started has ended. */
export interface ProgramEnd {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What is around a tool besides its kernel. */
export interface Surroundings {
  /**
   * Reads a file, for a batch.
   *
   * @param path The file, as the user named it.
   * @returns What it holds; undefined where there is no such file.
   */
  readFile(path: string): string | undefined;
  /**
   * Runs a program that is none of the simulator's tools, for `ip netns exec`.
   *
   * @param words The program and its arguments.
   * @param namespace Where it runs.
   * @returns How it ended; undefined where there is no such program.
   */
  execute(words: readonly string[], namespace: NetworkNamespace): ProgramEnd | undefined;
}

/** How a tool was started. */
export interface ToolRun extends Surroundings {
  /** Its arguments, without its name. */
  readonly args: readonly string[];
  /** All of its standard input. */
  readonly stdin: string;
  /** Where it starts. */
  readonly namespace: NetworkNamespace;
  /** Where it writes. */
  readonly console: Console;
}
