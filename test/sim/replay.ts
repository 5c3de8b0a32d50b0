import { Machine } from "../../sim/model/machine.ts";
import { SimKernel } from "../../sim/sim_kernel.ts";
import { SeededRandom } from "../../sim/time/seeded_random.ts";
import { VirtualClock } from "../../sim/time/virtual_clock.ts";
import type { Output, Tool } from "../../src/kernel/kernel_network.ts";
import { CLOUD_KERNEL, inWordsOf, LAB_KERNEL } from "../support/kernel_traits.ts";
import { QdiscHandles } from "../support/qdisc_handles.ts";
import { Normaliser, parseTranscript, splitWords } from "../support/transcript.ts";
import { ReplayedSockets } from "./replayed_sockets.ts";
import { ReplayedTraffic } from "./replayed_traffic.ts";

/** A command whose answer differs from the recorded one. */
export interface Divergence {
  /** The command, as the transcript has it. */
  readonly line: string;
  /** What the real kernel answered. */
  readonly expected: Output;
  /** What the simulator answers. */
  readonly actual: Output;
}

/** What a replay came to. */
export interface Replay {
  /** Commands that were compared. */
  readonly commands: number;
  /** Those that differ. */
  readonly divergences: readonly Divergence[];
}

/** Process ids that cannot be taken for any other number in a listing. */
const FIRST_PID = 770_001;

/** Kernels that transcripts were recorded on. */
const KERNELS = { cloud: CLOUD_KERNEL, lab: LAB_KERNEL };

/**
 * Runs a transcript's commands on a fresh simulated machine and compares every answer.
 *
 * @param text The transcript.
 * @param kind The kernel that it was recorded on.
 */
export async function replay(text: string, kind: keyof typeof KERNELS): Promise<Replay> {
  const clock = new VirtualClock();
  const random = new SeededRandom(1);
  const traits = KERNELS[kind];
  const { features, cpuCount } = traits;
  const machine = new Machine({ clock, random, features, cpuCount, isSandboxed: true });
  const kernel = new SimKernel(machine, { checksInvariants: true });
  const pids = new Map<string, number>();
  const normaliser = new Normaliser(pids);
  const handles = { recorded: new QdiscHandles(), simulated: new QdiscHandles() };
  const sockets = new ReplayedSockets(machine);
  const traffic = new ReplayedTraffic(machine, clock);
  const divergences: Divergence[] = [];
  let commands = 0;
  for (const step of parseTranscript(text)) {
    if (step.kind === "process") {
      const pid = FIRST_PID + pids.size;
      pids.set(step.name, machine.startProcess({ namespace: "new", pid }).pid);
    } else if (step.kind === "kill") {
      const process = machine.processes.get(pids.get(step.name) ?? 0);
      if (process !== undefined) machine.endProcess(process);
    } else if (step.kind === "socket") {
      sockets.carryOut(step);
    } else if (step.kind === "send") {
      normaliser.sent();
      traffic.send(step.datagrams);
    } else if (step.kind === "wait") {
      traffic.wait(step.milliseconds);
    } else if (step.kind === "command") {
      commands++;
      const { line, stdin, ...recorded } = step.run;
      const expected = {
        stdout: handles.recorded.normalise(recorded.stdout),
        stderr: handles.recorded.normalise(recorded.stderr),
        status: recorded.status,
      };
      const insert = (words: string) =>
        words.replace(/\{(\w+)\}/g, (_, name) => `${pids.get(name)}`);
      const input = stdin.map((each) => insert(each) + "\n").join("");
      if (line.startsWith("ss ")) sockets.learn(recorded.stdout);
      normaliser.learn(line + input);
      const answer = await run(kernel, splitWords(insert(line)), input);
      const actual = {
        stdout: handles.simulated.normalise(normaliser.normalise(answer.stdout)),
        stderr: handles.simulated.normalise(
          normaliser.normalise(inWordsOf(answer.stderr, traits)),
        ),
        status: answer.status,
      };
      if (!isSame(expected, actual)) divergences.push({ line, expected, actual });
    }
  }
  return { commands, divergences };
}

function run(kernel: SimKernel, words: readonly string[], stdin: string): Promise<Output> {
  const [tool = "", ...args] = words;
  if (!isTool(tool)) throw new TypeError(`A transcript cannot run "${tool}"`);
  return kernel.execute({ tool, args, stdin, effect: "change" });
}

function isTool(word: string): word is Tool {
  return ["ip", "tc", "ss", "ethtool", "sysctl", "mount"].includes(word);
}

function isSame(a: Output, b: Output): boolean {
  return a.stdout === b.stdout && a.stderr === b.stderr && a.status === b.status;
}
