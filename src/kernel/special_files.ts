/**
 * Reads files and links of `/proc` and `/sys`, which Deno itself opens only for those who may do
 * anything at all. The programs' paths are whole, since dax has built-in commands of their names.
 *
 * @module
 */

import { KernelError } from "./kernel_error.ts";
import { runTool, type ToolResult } from "./process.ts";
import type { Readings } from "./read_together.ts";

/** Reads one file as it is. */
const READ_FILE = ["/usr/bin/cat", "--"];

/** Reads many files, with the file's name before each line. */
const READ_FILES = ["/usr/bin/grep", "--text", "--with-filename", "--regexp=", "--"];

/** Reads links, one a line. */
const READ_LINKS = ["/usr/bin/readlink", "--verbose", "--"];

/**
 * Reads files.
 *
 * @param paths Absolute paths, all different.
 * @param timeoutMs Time limit of the process in milliseconds.
 */
export async function readSpecialFiles(
  paths: readonly string[],
  timeoutMs: number,
): Promise<Readings> {
  const [only, ...more] = paths;
  if (only !== undefined && more.length === 0) {
    const result = await runTool([...READ_FILE, only], { stdin: "", timeoutMs });
    return new Map([[only, refusalOf(only, result) ?? result.stdout]]);
  }
  const result = await runTool([...READ_FILES, ...paths], { stdin: "", timeoutMs });
  const texts = linesByFile(result.stdout);
  return new Map(paths.map((path) => [path, refusalOf(path, result) ?? texts.get(path) ?? ""]));
}

/**
 * Reads where links lead.
 *
 * @param paths Absolute paths, all different.
 * @param timeoutMs Time limit of the process in milliseconds.
 */
export async function readSpecialLinks(
  paths: readonly string[],
  timeoutMs: number,
): Promise<Readings> {
  const result = await runTool([...READ_LINKS, ...paths], { stdin: "", timeoutMs });
  const targets = result.stdout.split("\n").values();
  return new Map(paths.map((path) => {
    return [path, refusalOf(path, result) ?? targets.next().value ?? ""];
  }));
}

/** Finds what a program complained of a path; it names the path, and goes on to the next. */
function refusalOf(path: string, { status, stderr }: ToolResult): KernelError | undefined {
  if (status === 0) return undefined;
  const complaint = stderr.split("\n").find((line) => line.includes(` ${path}: `));
  return complaint === undefined
    ? undefined
    : new KernelError({ command: ["read", path], status, stderr: complaint });
}

/** Puts lines of the form `path:line` together again; no path of these folders has a colon. */
function linesByFile(text: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const line of text.split("\n").slice(0, -1)) {
    const colon = line.indexOf(":");
    const path = line.slice(0, colon);
    files.set(path, `${files.get(path) ?? ""}${line.slice(colon + 1)}\n`);
  }
  return files;
}
