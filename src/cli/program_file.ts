import { EXIT, ExitWith } from "./exit.ts";

/**
 * Finds the file behind a program's name, as a shell would, before anything is changed for it.
 *
 * @param name A name to look up in PATH, or a path.
 * @param path The value of PATH.
 * @returns The file's path.
 * @throws {ExitWith} With status 127 if there is none, 126 if it cannot be executed.
 */
export function findProgram(name: string, path: string): string {
  const candidates = name.includes("/")
    ? [name]
    : path.split(":").map((folder) => `${folder === "" ? "." : folder}/${name}`);
  let denied = false;
  for (const file of candidates) {
    const info = fileInfo(file);
    if (info === undefined || info.isDirectory) continue;
    if (((info.mode ?? 0) & 0o111) !== 0) return file;
    denied = true;
  }
  throw denied
    ? new ExitWith(EXIT.notExecutable, `"${name}" is not executable; give it the x permission`)
    : new ExitWith(EXIT.noProgram, `There is no program "${name}"; check its spelling and PATH`);
}

function fileInfo(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined; // Whatever keeps it from being seen keeps it from being run.
  }
}
