import { parseTranscript, type RecordedRun } from "../../support/transcript.ts";
import { readTranscript, transcriptNames } from "../../support/transcript_files.ts";
import { HeardKernel } from "./heard_kernel.ts";
import { lookAround, smallHost } from "./small_host.ts";

/** What tools and files say when all is well: recordings, and what a simulated host says. */
export class Samples {
  readonly #runs: readonly RecordedRun[];
  readonly #said: readonly (readonly [asked: string, text: string])[];

  private constructor(
    runs: readonly RecordedRun[],
    said: readonly (readonly [asked: string, text: string])[],
  ) {
    this.#runs = runs;
    this.#said = said;
  }

  /** Reads all recordings, and looks around on simulated hosts of both layouts. */
  static async gather(): Promise<Samples> {
    const texts = await Promise.all((await transcriptNames()).map(readTranscript));
    const runs = texts.flatMap(parseTranscript)
      .flatMap((step) => step.kind === "command" ? [step.run] : []);
    const said: [string, string][] = [];
    for (const layout of ["hashed", "linear"] as const) {
      const { kernel, options } = await smallHost(layout);
      const heard = new HeardKernel(kernel, (asked, text) => {
        said.push([asked, text]);
        return text;
      });
      await lookAround(heard, options);
    }
    return new Samples(runs, said);
  }

  /** Command lines of the recordings, with their batches below them. */
  get commands(): readonly string[] {
    return this.#runs.map(({ line, stdin }) => [line, ...stdin].join("\n"));
  }

  /** What the recorded tools complained of. */
  get complaints(): readonly string[] {
    return [...new Set(this.#runs.map(({ stderr }) => stderr))].filter((text) => text !== "");
  }

  /**
   * Picks what was answered to certain commands, or read from certain files.
   *
   * @param asked Which.
   * @throws {Error} If there is nothing of the kind.
   */
  answers(asked: RegExp): string[] {
    const recorded = this.#runs.filter(({ line }) => asked.test(line)).map(({ stdout }) => stdout);
    const said = this.#said.filter(([what]) => asked.test(what)).map(([, text]) => text);
    const texts = [...new Set([...recorded, ...said])].filter((text) => text !== "");
    if (texts.length === 0) throw new Error(`nobody ever answered ${asked}`);
    return texts;
  }
}
