import { Machine } from "../../sim/model/machine.ts";
import { Datapath } from "../../sim/path/datapath.ts";
import { Ipv4Stack } from "../../sim/path/ipv4_stack.ts";
import { makeLinkQueues } from "../../sim/qdisc/link_queues.ts";
import { SimKernel } from "../../sim/sim_kernel.ts";
import { SeededRandom } from "../../sim/time/seeded_random.ts";
import { VirtualClock } from "../../sim/time/virtual_clock.ts";
import { STATUS_NOT_MODELLED } from "../../sim/tools/not_modelled.ts";
import type { Output, Tool } from "../../src/kernel/kernel_network.ts";
import { kernelTraits } from "./kernels.ts";
import { type Aftermath, LinkWatch, type Noticed } from "./notice.ts";
import type { Command, Sequence } from "./sequence.ts";

/** Status of a command at which the simulator itself broke; no tool can answer it. */
export const STATUS_BROKEN = -1;

/** What the simulator answers, and what its machine went through. */
export type SimAnswer = Output & Aftermath;

/**
 * Runs a sequence on a fresh simulated machine that has what the kernel has.
 *
 * @param sequence The commands.
 * @returns An answer for each command.
 */
export async function runOnSimulator(sequence: Sequence): Promise<SimAnswer[]> {
  const clock = new VirtualClock();
  const { features, cpuCount } = kernelTraits();
  const random = new SeededRandom(1);
  const machine = new Machine({ clock, random, features, cpuCount, isSandboxed: true });
  const kernel = new SimKernel(machine);
  const datapath = new Datapath({
    clock,
    makeQueues: makeLinkQueues,
    makeStack: (context, namespace) => new Ipv4Stack(context, namespace),
  });
  const watch = new LinkWatch(machine);
  const answers: SimAnswer[] = [];
  for (const command of sequence) {
    const isAboutFrames = command.words[0] === "frames";
    const answer = isAboutFrames
      ? sendFrames(command, machine, datapath)
      : await runOne(kernel, command);
    const aftermath = watch.look();
    for (const noticed of aftermath.noticed) await notice(kernel, noticed);
    answers.push({ ...answer, ...aftermath });
  }
  return answers;
}

/** Asks for links as the host's side does: what is asked for gets numbers. */
async function notice(kernel: SimKernel, { namespace, links }: Noticed): Promise<void> {
  const stdin = links.map((link) => `link show dev ${link}\n`).join("");
  const where = namespace === undefined ? [] : ["-n", namespace];
  const args = [...where, "-force", "-batch", "-"];
  await kernel.execute({ tool: "ip", args, stdin, effect: "read" });
}

/** How long frames are given to come to rest, in nanoseconds of the simulation. */
const REST_NS = 1_000_000_000;

function sendFrames({ stdin }: Command, { home }: Machine, datapath: Datapath): Output {
  for (const line of stdin) {
    const [name = "", hex = ""] = line.split(" ");
    const link = home.linkByName(name);
    if (link !== undefined) datapath.send(datapath.newPacket(Uint8Array.fromHex(hex), link));
    datapath.clock.runUntil(() => false, datapath.clock.nowNs + REST_NS);
  }
  return { stdout: "", stderr: "", status: 0 };
}

async function runOne(kernel: SimKernel, { words, stdin }: Command): Promise<Output> {
  const [tool = "", ...args] = words;
  if (!isTool(tool)) throw new TypeError(`A sequence cannot run "${tool}"`);
  try {
    const input = stdin.map((line) => `${line}\n`).join("");
    return await kernel.execute({ tool, args, stdin: input, effect: "change" });
  } catch (error) {
    const what = error instanceof Error ? error.stack ?? error.message : String(error);
    return { stdout: "", stderr: `the simulator broke: ${what}\n`, status: STATUS_BROKEN };
  }
}

function isTool(word: string): word is Tool {
  return ["ip", "tc", "ss", "sysctl"].includes(word);
}

/** What of a sequence can be compared. */
export interface Modelled {
  /** The commands that the simulator models, in order. */
  readonly sequence: Sequence;
  /** Its answers to them. */
  readonly answers: readonly SimAnswer[];
  /** Commands that it refused; they are not run on the real kernel either. */
  readonly refused: Sequence;
}

/**
 * Finds the part of a sequence that the simulator models. What it refuses is taken out, and the
 * rest run again, since a batch may have done something before it came to what is not modelled.
 *
 * @param sequence Any sequence.
 */
export async function modelledPart(sequence: Sequence): Promise<Modelled> {
  const refused: Command[] = [];
  let kept = sequence;
  while (true) {
    const answers = await runOnSimulator(kept);
    const first = answers.findIndex(isRefusal);
    if (first === -1) return { sequence: kept, answers, refused };
    // What comes behind the first refusal saw the state that it left, unless it was no batch.
    const isOut = (i: number) => i === first || (isOneCommand(kept[i]) && isRefusal(answers[i]));
    refused.push(...kept.filter((_, i) => isOut(i)));
    kept = kept.filter((_, i) => !isOut(i));
  }
}

function isOneCommand(command: Command | undefined): boolean {
  return command?.stdin.length === 0;
}

/** A program that the machine may have, and the simulator has not: a misspelt word can name one. */
const OTHER_PROGRAM = /^exec of "(?!nonesuch")/m;

function isRefusal(answer: Output | undefined): boolean {
  if (answer === undefined) return false;
  const { status, stderr } = answer;
  return status === STATUS_NOT_MODELLED || stderr.includes("simulator: ") ||
    OTHER_PROGRAM.test(stderr);
}
