import { loadMachine } from "../../../sim/dump/load.ts";
import type { NetworkNamespace } from "../../../sim/model/namespace.ts";
import { ALL_FEATURES } from "../../../sim/model/features.ts";
import { type Machine, Simulation } from "../../../sim/mod.ts";
import { NotModelled } from "../../../sim/tools/not_modelled.ts";
import { runTool } from "../../../sim/tools/run_tool.ts";
import type { Surroundings } from "../../../sim/tools/tool_run.ts";
import type { Output, Tool } from "../../kernel/kernel_network.ts";

/** Tools that a simulated host puts in the place of the real ones. */
export const SIMULATED_TOOLS: readonly Tool[] = ["ip", "tc", "ss", "sysctl", "ethtool"];

/** One run of a tool, as the program asks for it that stands in the tool's place. */
export interface ToolRequest {
  readonly tool: Tool;
  readonly args: readonly string[];
  readonly stdin: string;
  /** Inode number of the namespace that it runs in; undefined for the host's own. */
  readonly namespace: number | undefined;
  /** Nanoseconds since the command began. */
  readonly atNs: number;
}

/** What a tool comes to: an answer, or a real program to become, in a namespace. */
export type ToolAnswer =
  | { readonly kind: "exit"; readonly output: Output }
  | {
    readonly kind: "exec";
    readonly words: readonly string[];
    readonly namespace: NetworkNamespace;
  };

/** Thrown out of `ip netns exec` towards its caller: the tool ends by becoming the program. */
class Become extends Error {
  readonly words: readonly string[];
  readonly namespace: NetworkNamespace;

  constructor(words: readonly string[], namespace: NetworkNamespace) {
    super("A tool becomes another program");
    this.words = words;
    this.namespace = namespace;
  }
}

/** A host in memory, with nothing but its loopback link, whose tools real programs use. */
export class SimulatedHost {
  readonly #simulation: Simulation;
  /** The machine that it is. */
  readonly machine: Machine;

  /**
   * @param dump What the host was before, as a dump; a new one when left out.
   * @throws {SyntaxError} If it is none.
   */
  constructor(dump?: string) {
    // The same host goes on in the same way, and another one in another: MAC addresses differ.
    const simulation = new Simulation({ seed: dump === undefined ? 1 : digest(dump) });
    this.#simulation = simulation;
    this.machine = dump === undefined
      ? simulation.addMachine({ name: "host", features: ALL_FEATURES })
      : loadMachine(dump, simulation);
  }

  /**
   * Answers a tool.
   *
   * @param request The tool; the clock moves on to its time.
   * @param readFile Reads a file that it names; undefined where there is none.
   */
  answer(request: ToolRequest, readFile: (path: string) => string | undefined): ToolAnswer {
    const { clock } = this.#simulation;
    clock.runTo(Math.max(request.atNs, clock.nowNs));
    const { machine } = this;
    const { tool, args, stdin } = request;
    const namespace = request.namespace === undefined
      ? machine.home
      : machine.namespaceByInode(request.namespace);
    if (namespace === undefined) {
      return failure(`${tool}: the namespace of this program has gone\n`);
    }
    const execute: Surroundings["execute"] = (words, inside) => {
      // A batch would go on behind the program, and what it has printed would be lost.
      if (isBatch(args)) throw new NotModelled(tool, `the program "${words[0]}" in a batch`);
      throw new Become(words, inside);
    };
    try {
      const surroundings = { readFile, execute };
      const output = runTool({ tool, args, stdin, namespace, surroundings });
      return { kind: "exit", output };
    } catch (error) {
      if (!(error instanceof Become)) throw error;
      return { kind: "exec", words: error.words, namespace: error.namespace };
    }
  }

  /**
   * Knows of a real program that is in a namespace, and keeps that alive.
   *
   * @param name The program's name.
   * @param pid Its process id.
   * @param namespace Where it is.
   * @returns Ends it.
   */
  enter(name: string, pid: number, namespace: NetworkNamespace): () => void {
    const { machine } = this;
    const own = machine.processes.has(pid) ? {} : { pid };
    const process = machine.startProcess({ name, namespace, ...own });
    return () => machine.endProcess(process);
  }
}

/** A number below 2^32 made of a text, by the method of Fowler, Noll and Vo. */
function digest(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** The tools take any beginning of `-batch` from two characters on. */
function isBatch(args: readonly string[]): boolean {
  return args.some((word) => word.length > 1 && "-batch".startsWith(word));
}

function failure(stderr: string): ToolAnswer {
  return { kind: "exit", output: { status: 1, stdout: "", stderr } };
}
