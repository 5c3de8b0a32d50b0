/** Folder of inputs at which a parser once crashed or hung; every run replays them first. */
export const CORPUS: URL = new URL("corpus/", import.meta.url);

/** An input that is kept. */
export interface Kept {
  /** Name of the parser. */
  readonly parser: string;
  /** The input. */
  readonly text: string;
}

/**
 * Reads the corpus.
 *
 * @param folder Where it is.
 */
export async function readCorpus(folder: URL = CORPUS): Promise<Kept[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) if (name.endsWith(".json")) names.push(name);
  return await Promise.all(
    names.sort().map(async (name): Promise<Kept> => {
      const { parser, text } = JSON.parse(await Deno.readTextFile(new URL(name, folder)));
      return { parser: String(parser), text: String(text) };
    }),
  );
}

/**
 * Keeps an input for every later run.
 *
 * @param kept The input.
 * @returns Name of its file.
 */
export async function keep(kept: Kept): Promise<string> {
  const json = JSON.stringify(kept, undefined, 2) + "\n";
  const hash = new Uint8Array(
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode(json)),
  );
  const name = `${kept.parser.replace(/\W+/g, "_")}_${hash.slice(0, 4).toHex()}.json`;
  await Deno.writeTextFile(new URL(name, CORPUS), json);
  return name;
}
