import type { Tool } from "../../src/kernel/kernel_network.ts";

/** Exit status of a command that the simulator does not know; no real tool answers it. */
export const STATUS_NOT_MODELLED = 96;

/** The simulator does not model what a command asks for. Nothing has changed. */
export class NotModelled extends Error {
  /**
   * @param tool The tool that was asked.
   * @param what What it was asked for, such as `qdisc "cake"`.
   */
  constructor(tool: Tool, what: string) {
    super(`simulator: ${tool}: ${what} is not modelled`);
    this.name = "NotModelled";
  }
}
