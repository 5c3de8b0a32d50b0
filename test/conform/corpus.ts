import { formatTranscript, parseTranscript, type Step } from "../support/transcript.ts";
import type { Divergence } from "./divergence.ts";
import { commandOf, lineOf, type Sequence } from "./sequence.ts";
import { topic } from "./shrink.ts";

/** Folder of the sequences that once showed a divergence, with what the real kernel answered. */
export const CORPUS: URL = new URL("corpus/", import.meta.url);

/** A sequence of the corpus. */
export interface Entry {
  /** Name of its file. */
  readonly name: string;
  /** The whole file. */
  readonly text: string;
}

/**
 * Reads the corpus.
 *
 * @param folder Where it is.
 */
export async function readCorpus(folder: URL = CORPUS): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".txt")) {
      entries.push({ name, text: await Deno.readTextFile(new URL(name, folder)) });
    }
  }
  return entries.sort((a, b) => a.name < b.name ? -1 : 1);
}

/**
 * Reads the commands of an entry.
 *
 * @param entry The entry.
 */
export function sequenceOf({ text }: Entry): Sequence {
  return parseTranscript(text).flatMap((step) =>
    step.kind === "command" ? [commandOf(step.run.line, step.run.stdin)] : []
  );
}

/**
 * Writes a divergence as a transcript of what the real kernel answered: a ready test case.
 *
 * @param divergence The divergence.
 * @param header Kernel and versions of the tools.
 */
export function transcriptOf({ sequence, truth }: Divergence, header: string): string {
  const steps: Step[] = sequence.map((command, i) => ({
    kind: "command",
    run: {
      line: lineOf(command),
      stdin: command.stdin,
      stdout: truth[i]?.stdout ?? "",
      stderr: truth[i]?.stderr ?? "",
      status: truth[i]?.status ?? 0,
    },
  }));
  return formatTranscript([{ kind: "comment", text: header }, ...steps]);
}

/**
 * Keeps a divergence for every later run.
 *
 * @param divergence The divergence.
 * @param text It, as a transcript.
 * @returns Name of its file.
 */
export async function keep(divergence: Divergence, text: string): Promise<string> {
  const name = `${topic(divergence.command).replace(" ", "_")}_${await digest(text)}.txt`;
  await Deno.writeTextFile(new URL(name, CORPUS), text);
  return name;
}

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(hash).slice(0, 4)].map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
