import type { Output } from "../../src/kernel/kernel_network.ts";
import { inWordsOf } from "../support/kernel_traits.ts";
import { QdiscHandles } from "../support/qdisc_handles.ts";
import { Normaliser } from "../support/transcript.ts";
import { runOnHost } from "./host_side.ts";
import { kernelTraits } from "./kernels.ts";
import { type Command, lineOf, type Sequence } from "./sequence.ts";
import { modelledPart } from "./sim_side.ts";

/** A command that the simulator answers in another way than the real kernel. */
export interface Divergence {
  /** All commands up to this one. */
  readonly sequence: Sequence;
  readonly command: Command;
  /** What the real kernel answered to each command. */
  readonly truth: readonly Output[];
  /** Its answer to this one. */
  readonly expected: Output;
  /** What the simulator answered to this one. */
  readonly actual: Output;
}

/** What a comparison came to. */
export interface Comparison {
  /** Commands that were run on both, up to the first difference. */
  readonly compared: Sequence;
  /** Commands that the simulator does not model. */
  readonly refused: Sequence;
  /** The first difference, if there is one. */
  readonly divergence: Divergence | undefined;
}

/**
 * Runs a sequence on both kernels.
 *
 * @param sequence The commands.
 */
export async function compare(sequence: Sequence): Promise<Comparison> {
  const modelled = await modelledPart(sequence);
  const truth = normaliseAll(
    modelled.sequence,
    await runOnHost(modelled.sequence, modelled.answers),
  );
  const actual = normaliseAll(
    modelled.sequence,
    modelled.answers.map((answer) => ({
      ...answer,
      stderr: inWordsOf(answer.stderr, kernelTraits()),
    })),
  );
  const at = truth.findIndex((answer, i) => !isSame(answer, actual[i]));
  const [command, expected, told] = [modelled.sequence[at], truth[at], actual[at]];
  if (command === undefined || expected === undefined || told === undefined) {
    return { compared: modelled.sequence, refused: modelled.refused, divergence: undefined };
  }
  const upTo = modelled.sequence.slice(0, at + 1);
  return {
    compared: upTo,
    refused: modelled.refused,
    divergence: {
      sequence: upTo,
      command,
      truth: truth.slice(0, at + 1),
      expected,
      actual: told,
    },
  };
}

/** How long ago an action was made and used; told only once a clock tick has passed. */
const TIMES = / (installed|used|firstused) \d+ sec/g;

/** Commands about neighbours. */
const NEIGHBOURS =
  /^ip(?: -n \S+| -\S+)* n(e|ei|eig|eigh|eighb|eighbo|eighbou|eighbour|eighbor)?\b/;

/** Sorts what the kernel lists in the order of a hash that differs from boot to boot. */
function sortEntries(text: string): string {
  if (!text.startsWith("[{")) return text.split("\n").sort().join("\n");
  const entries: unknown[] = JSON.parse(text);
  return `${JSON.stringify(entries.map((entry) => JSON.stringify(entry)).sort())}\n`;
}

/**
 * Takes what differs from run to run out of answers: MAC addresses that no command gave and what is
 * made of them, qdisc handles that the kernel chose, times that passed, the order of neighbours.
 *
 * @param sequence The commands.
 * @param answers An answer for each.
 */
export function normaliseAll(sequence: Sequence, answers: readonly Output[]): Output[] {
  const normaliser = new Normaliser(new Map());
  const handles = new QdiscHandles();
  return answers.map(({ stdout, stderr, status }, i) => {
    const command = sequence[i];
    if (command !== undefined) normaliser.learn([lineOf(command), ...command.stdin].join("\n"));
    const normalise = (text: string) =>
      handles.normalise(normaliser.normalise(text.replace(TIMES, "")));
    const isOrdered = command === undefined || !NEIGHBOURS.test(command.words.join(" "));
    const listed = isOrdered ? stdout : sortEntries(stdout);
    return { stdout: normalise(listed), stderr: normalise(stderr), status };
  });
}

function isSame(a: Output, b: Output | undefined): boolean {
  return a.stdout === b?.stdout && a.stderr === b.stderr && a.status === b.status;
}
