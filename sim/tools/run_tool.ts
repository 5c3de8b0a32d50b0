import type { Output, Tool } from "../../src/kernel/kernel_network.ts";
import type { NetworkNamespace } from "../model/namespace.ts";
import { Console, ToolExit } from "./console.ts";
import { runEthtool } from "./ethtool/ethtool.ts";
import { runIp } from "./ip/ip.ts";
import { runMount } from "./mount.ts";
import { NotModelled, STATUS_NOT_MODELLED } from "./not_modelled.ts";
import { runSs } from "./ss/ss.ts";
import { runSysctl } from "./sysctl.ts";
import { runTc } from "./tc/tc.ts";
import type { Surroundings, ToolRun } from "./tool_run.ts";

/** The tools that the simulator speaks. */
const TOOLS: Readonly<Record<Tool, (run: ToolRun) => number>> = {
  ip: runIp,
  tc: runTc,
  ss: runSs,
  ethtool: runEthtool,
  sysctl: runSysctl,
  mount: runMount,
};

/** How a tool is started. */
export interface ToolStart {
  readonly tool: Tool;
  readonly args: readonly string[];
  /** Where it starts. */
  readonly namespace: NetworkNamespace;
  /** All of its standard input; empty when left out. */
  readonly stdin?: string;
  /** Files and programs around it; when left out, the files of its machine and no programs. */
  readonly surroundings?: Surroundings;
}

/** @param name Any word. @returns Whether it is a tool that the simulator speaks. */
export function isTool(name: string): name is Tool {
  return Object.hasOwn(TOOLS, name);
}

/**
 * Runs a tool to its end.
 *
 * @param start The tool, its arguments and where it starts.
 * @returns What it answers; status 96 where it was asked for what is not modelled.
 */
export function runTool(start: ToolStart): Output {
  const { tool, args, namespace, stdin = "", surroundings = filesOf(namespace) } = start;
  const console = new Console(tool);
  const answer = (status: number): Output => {
    const { stdout, stderr } = console;
    return { status: status & 0xff, stdout, stderr };
  };
  try {
    const execute: ToolRun["execute"] = ([name = "", ...rest], inside) =>
      isTool(name)
        ? runTool({ tool: name, args: rest, namespace: inside, surroundings })
        : surroundings.execute([name, ...rest], inside);
    const { readFile } = surroundings;
    return answer(TOOLS[tool]({ args, stdin, namespace, console, execute, readFile }));
  } catch (error) {
    if (error instanceof ToolExit) return answer(error.status);
    if (!(error instanceof NotModelled)) throw error;
    console.complain(`${error.message}\n`);
    return answer(STATUS_NOT_MODELLED);
  }
}

function filesOf({ machine: { files } }: NetworkNamespace): Surroundings {
  return {
    readFile: (path) => {
      const node = path === "" ? undefined : files.find(path);
      if (node === undefined) return undefined;
      // A folder can be opened like a file, and then there is nothing to read.
      return node.kind === "file" ? files.readFile(path) : "";
    },
    execute: () => undefined,
  };
}
