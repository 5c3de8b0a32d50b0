import type { Output, Tool } from "../../src/kernel/kernel_network.ts";
import { type LinuxErrno, strerror } from "../model/refusal.ts";

/** The caller was killed. Nothing that it does after this has any effect. */
export class SimulatedCrash extends Error {
  /** Makes a crash. */
  constructor() {
    super("the caller was killed");
    this.name = "SimulatedCrash";
  }
}

/** One command, one line of a batch, or one operation on a file. */
export interface Step {
  /** Its words, the tool or the operation first; in a namespace with the tool's own option. */
  readonly words: readonly string[];
  /** Whether it may alter the kernel. */
  readonly effect: "read" | "change";
}

/** What happens at a step. */
export type FaultOutcome =
  /** The caller dies: it gets a {@linkcode SimulatedCrash}, now and at every later call. */
  | { readonly kind: "crash" }
  /** The tool does not end in time, which the caller sees as a `KernelError`. */
  | { readonly kind: "timeout" }
  /** The tool is killed: it says no more, and the rest of its batch is not read. */
  | { readonly kind: "killed" }
  /** The step fails as if the kernel had refused it. */
  | { readonly kind: "refused"; readonly errno: LinuxErrno }
  /** The tool answers this, be it true or not. */
  | { readonly kind: "answer"; readonly output: Output }
  /** Something else happens meanwhile, such as the end of a process; the step itself goes on. */
  | { readonly kind: "event"; readonly act: () => void };

/** A rule: which steps, and what happens at them. */
export interface Fault {
  /** Which steps: by their words joined by blanks, or by any test. */
  readonly match: RegExp | ((step: Step) => boolean);
  /** Which of the matching steps, from 1; every one when left out. */
  readonly nth?: number;
  /** Whether it happens before or after the step took effect. */
  readonly when: "before" | "after";
  /** What happens. */
  readonly outcome: FaultOutcome;
}

/**
 * A rule that kills the caller.
 *
 * @param steps How many changes take effect before it dies; those that only read do not count.
 */
export function crashAfter(steps: number): Fault {
  const match = ({ effect }: Step) => effect === "change";
  return { match, nth: steps + 1, when: "before", outcome: { kind: "crash" } };
}

/** What is known of a tool that was ended by SIGKILL. */
export const KILLED: Output = { status: 137, stdout: "", stderr: "" };

/** Tools that tell a refusal as netlink's answer. */
const NETLINK_TOOLS: ReadonlySet<string> = new Set<Tool>(["ip", "tc"]);

/**
 * What a tool answers where the kernel refuses.
 *
 * @param tool The tool.
 * @param errno The kernel's reason.
 */
export function refusalOf(tool: string, errno: LinuxErrno): Output {
  const speaker = NETLINK_TOOLS.has(tool) ? "RTNETLINK answers" : tool;
  const stderr = `${speaker}: ${strerror(errno)}\n`;
  return { status: NETLINK_TOOLS.has(tool) ? 2 : 1, stdout: "", stderr };
}
