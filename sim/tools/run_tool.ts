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
import type { ToolRun } from "./tool_run.ts";

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
export function runTool({ tool, args, namespace, stdin = "" }: ToolStart): Output {
  const console = new Console(tool);
  const answer = (status: number): Output => {
    const { stdout, stderr } = console;
    return { status: status & 0xff, stdout, stderr };
  };
  try {
    const execute: ToolRun["execute"] = ([name = "", ...rest], inside) =>
      isTool(name) ? runTool({ tool: name, args: rest, namespace: inside }) : undefined;
    return answer(TOOLS[tool]({ args, stdin, namespace, console, execute }));
  } catch (error) {
    if (error instanceof ToolExit) return answer(error.status);
    if (!(error instanceof NotModelled)) throw error;
    console.complain(`${error.message}\n`);
    return answer(STATUS_NOT_MODELLED);
  }
}
