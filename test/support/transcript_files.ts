const FOLDER = new URL("../transcripts/", import.meta.url);

/** Folders of transcripts: those of a cloud's kernel, and those of the lab's. */
const FOLDERS = ["", "lab/"];

/** @returns The names of all transcripts, such as `link` and `lab/fq_codel`. */
export async function transcriptNames(): Promise<string[]> {
  const names: string[] = [];
  for (const folder of FOLDERS) {
    for await (const { name } of Deno.readDir(new URL(folder, FOLDER))) {
      if (name.endsWith(".txt")) names.push(folder + name.replace(".txt", ""));
    }
  }
  return names.sort();
}

/** @param name The name of a transcript. @returns Its text. */
export function readTranscript(name: string): Promise<string> {
  return Deno.readTextFile(new URL(`${name}.txt`, FOLDER));
}
