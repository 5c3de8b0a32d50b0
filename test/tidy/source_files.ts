/** A file of the tree. */
export interface SourceFile {
  /** Path from the top of the tree. */
  readonly path: string;
  /** Its content. */
  readonly text: string;
}

const ROOT = new URL("../../", import.meta.url);

/** Folders whose TypeScript is ours. */
const FOLDERS = ["src", "sim", "test", "bench", "types"];

/** Reads every TypeScript file of the tree. */
export async function readSources(): Promise<SourceFile[]> {
  const files = await Promise.all(FOLDERS.map((folder) => readFolder(`${folder}/`)));
  const main = { path: "mod.ts", text: await Deno.readTextFile(new URL("mod.ts", ROOT)) };
  return [main, ...files.flat()];
}

async function readFolder(folder: string): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
    const path = folder + name;
    if (isDirectory) files.push(...await readFolder(`${path}/`));
    else if (name.endsWith(".ts")) {
      files.push({ path, text: await Deno.readTextFile(new URL(path, ROOT)) });
    }
  }
  return files;
}
