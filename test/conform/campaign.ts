import { type Entry, keep, readCorpus, sequenceOf, transcriptOf } from "./corpus.ts";
import { compare, type Comparison, type Divergence } from "./divergence.ts";
import { gapOf, type KnownGap } from "./known_gaps.ts";
import { listingsAfter } from "./listings.ts";
import { countCommands, makeSequence } from "./sequence.ts";
import { countFrames, makePacketSequence } from "./packets/packet_sequence.ts";
import { shrink } from "./shrink.ts";

/** How far a campaign goes; it ends with the first limit that it meets. */
export interface Limits {
  /** Seed of the first sequence of commands; the next one's is one more. */
  readonly seed: number;
  /** Seed of the first sequence of frames. */
  readonly frameSeed: number;
  /** Most random sequences. */
  readonly runs: number;
  /** Most random commands. */
  readonly commands: number;
  /** Most random frames. */
  readonly frames: number;
  /** Longest time, in milliseconds. */
  readonly timeMs: number;
  /** Divergences after which it gives up. */
  readonly divergences: number;
  /** Whether divergences are shrunk and kept; else they are told of as they were found. */
  readonly isShrunk: boolean;
}

/** What a campaign came to. */
export interface Tally {
  /** Random sequences that were run. */
  sequences: number;
  /** Random commands that both kernels answered alike. */
  compared: number;
  /** Listings of a whole state that both gave alike. */
  listings: number;
  /** Commands that the simulator does not model, and that were left out. */
  notModelled: number;
  /** Random sequences of frames that were run. */
  packetSequences: number;
  /** Random frames that went the same ways on both, and were counted alike. */
  frames: number;
  /** Sequences of the corpus that were run. */
  corpus: number;
  /** Times that each known gap was met; what stands behind one is not compared. */
  readonly gaps: Map<KnownGap, number>;
  /** Divergences that nothing explains, each as a transcript of what the real kernel answered. */
  readonly unexplained: string[];
}

/** Sequences that run at the same time: two, since each waits for processes most of the time. */
const WORKERS = 2;

/**
 * Runs the corpus and then random sequences on both kernels.
 *
 * @param limits How far it goes.
 * @param header Kernel and versions of the tools, for the transcripts.
 * @param say Told about each divergence at once.
 */
export async function runCampaign(
  limits: Limits,
  header: string,
  say: (text: string) => void,
): Promise<Tally> {
  const tally = newTally();
  const judge = async (found: Comparison, shrunk: () => Promise<Divergence>) => {
    if (found.divergence === undefined) return;
    const gap = gapOf(found.divergence);
    if (gap !== undefined) {
      tally.gaps.set(gap, (tally.gaps.get(gap) ?? 0) + 1);
      return;
    }
    const divergence = limits.isShrunk ? await shrunk() : found.divergence;
    const text = transcriptOf(divergence, header);
    tally.unexplained.push(text);
    say(`${text}# The simulator answers:\n${answerOf(divergence)}`);
  };
  const isOver = () => tally.unexplained.length >= limits.divergences;
  await inParallel(await readCorpus(), isOver, async (entry: Entry) => {
    tally.corpus++;
    const found = await compare(sequenceOf(entry));
    await judge(found, () => Promise.resolve(found.divergence ?? unreachable()));
  });
  const endMs = performance.now() + limits.timeMs;
  const isDone = () => isOver() || performance.now() >= endMs || tally.compared >= limits.commands;
  await inParallel(seeds(limits.seed, limits.runs), isDone, async (seed) => {
    const sequence = makeSequence(seed);
    const listings = listingsAfter(sequence);
    const found = await compare([...sequence, ...listings]);
    tally.sequences++;
    tally.notModelled += found.refused.length;
    // The simulator models every listing, so that none of them is left out.
    const isListing = (i: number) => i >= found.compared.length - listings.length;
    const isWhole = found.divergence === undefined;
    tally.compared += countCommands(found.compared.filter((_, i) => !isWhole || !isListing(i)));
    if (isWhole) tally.listings += listings.length;
    await judge(found, async () => {
      say(`# A divergence with the seed ${seed}:\n`);
      const divergence = await shrink(found.divergence ?? unreachable());
      if (gapOf(divergence) === undefined) {
        say(`# Kept as ${await keep(divergence, transcriptOf(divergence, header))}\n`);
      }
      return divergence;
    });
  });
  const areFramesDone = () =>
    isOver() || performance.now() >= endMs || tally.frames >= limits.frames;
  await inParallel(seeds(limits.frameSeed, limits.runs), areFramesDone, async (seed) => {
    const found = await compare(makePacketSequence(seed));
    tally.packetSequences++;
    if (found.divergence === undefined) tally.frames += countFrames(found.compared);
    await judge(found, async () => {
      say(`# Frames went other ways with the seed ${seed}:\n`);
      return await shrink(found.divergence ?? unreachable());
    });
  });
  return tally;
}

function newTally(): Tally {
  return {
    sequences: 0,
    compared: 0,
    listings: 0,
    notModelled: 0,
    packetSequences: 0,
    frames: 0,
    corpus: 0,
    gaps: new Map(),
    unexplained: [],
  };
}

function* seeds(first: number, count: number): Generator<number> {
  for (let i = 0; i < count; i++) yield first + i;
}

async function inParallel<T>(
  items: Iterable<T>,
  isDone: () => boolean,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const work = async () => {
    while (!isDone()) {
      const next = iterator.next();
      if (next.done === true) return;
      await act(next.value);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
}

function answerOf({ actual: { stdout, stderr, status } }: Divergence): string {
  const lines = (text: string, sign: string) =>
    text.replace(/\n$/, "").split("\n").filter((line) => line !== "")
      .map((line) => `#   ${sign} ${line}\n`).join("");
  return `${lines(stdout, ">")}${lines(stderr, "!")}#   ? ${status}\n`;
}

function unreachable(): never {
  throw new Error("A divergence is shrunk only where there is one");
}
