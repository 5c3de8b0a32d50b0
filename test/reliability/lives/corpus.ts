import type { Script } from "./play.ts";

/** Folder of lives that once ended as a violation. */
const CORPUS = new URL("corpus/", import.meta.url);

/** Reads the corpus, in the order of the files' names. */
export async function readCorpus(): Promise<{ readonly name: string; readonly script: Script }[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(CORPUS)) {
    if (name.endsWith(".json")) names.push(name);
  }
  return await Promise.all(
    names.sort().map(async (name) => {
      const script: Script = JSON.parse(await Deno.readTextFile(new URL(name, CORPUS)));
      return { name, script };
    }),
  );
}

/**
 * Keeps a life for every later run.
 *
 * @param seed Seed that it came from.
 * @param script The life.
 * @returns Name of its file.
 */
export async function keep(seed: number, script: Script): Promise<string> {
  const name = `${script.kind}_${seed}.json`;
  await Deno.writeTextFile(new URL(name, CORPUS), JSON.stringify(script, undefined, 2) + "\n");
  return name;
}
