import { readCorpus } from "./corpus.ts";
import { type Failure, Feeder } from "./feeder.ts";

/** How many inputs are fed between two words about how far it is. */
const CHUNK = 50_000;

/** What a campaign came to. */
export interface CampaignReport {
  /** Inputs that were parsed. */
  readonly inputs: number;
  /** Parsers that they were for. */
  readonly parsers: number;
  /** Inputs of the corpus among them. */
  readonly kept: number;
  /** What went wrong; the same seed and number give it again. */
  readonly failures: readonly Failure[];
}

/** Most failures after which a campaign ends. */
const FAILURES_MAX = 25;

/**
 * Replays the corpus, and then feeds the inputs of a seed.
 *
 * @param seed Chooses the inputs.
 * @param inputs How many.
 * @param onProgress Hears how many have been fed.
 */
export async function fuzz(
  seed: number,
  inputs: number,
  onProgress: (done: number) => void = () => {},
): Promise<CampaignReport> {
  let feeder = await Feeder.start();
  const parsers = feeder.parsers.length;
  const failures: Failure[] = [];
  const note = async (failure: Failure) => {
    failures.push(failure);
    if (failure.kind === "crash") return;
    feeder[Symbol.dispose]();
    feeder = await Feeder.start();
  };
  const corpus = await readCorpus();
  for (const { parser, text } of corpus) {
    if (!feeder.parsers.includes(parser)) {
      await note({ kind: "crash", number: 0, parser, text, message: `${parser} is not there` });
      continue;
    }
    const failure = await feeder.feed({ kind: "one", parser, text });
    if (failure !== undefined) await note({ ...failure, parser, text });
  }
  for (let begin = 0; begin < inputs && failures.length < FAILURES_MAX;) {
    const end = Math.min(inputs, Math.floor(begin / CHUNK + 1) * CHUNK);
    const failure = await feeder.feed({ kind: "range", seed, begin, end });
    if (failure !== undefined) await note(failure);
    begin = failure === undefined ? end : failure.number + 1;
    onProgress(begin);
  }
  feeder[Symbol.dispose]();
  return { inputs: inputs + corpus.length, parsers, kept: corpus.length, failures };
}
