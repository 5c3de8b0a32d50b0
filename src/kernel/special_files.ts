import { KernelError } from "./kernel_error.ts";
import { runTool } from "./process.ts";

/** How many files one process reads, so that its arguments stay far below what the kernel takes. */
const FILES_AT_ONCE = 1000;

/** Reads one file as it is. The path is whole, since dax has a built-in command of that name. */
const READ_ONE = ["/usr/bin/cat"];

/** Reads many, with the file's name before each line. */
const READ_MANY = ["/usr/bin/grep", "--text", "--with-filename", "--regexp=", "--"];

/** Somebody who waits for a file. */
type Waiting = PromiseWithResolvers<string>;

/**
 * Reads files of `/proc` and `/sys`, which Deno itself opens only for those who may do anything at
 * all. What is asked for in one turn of the event loop is read by one process.
 */
export class SpecialFiles {
  readonly #timeoutMs: number;
  #waiting = new Map<string, Waiting>();

  /**
   * Makes a reader.
   *
   * @param timeoutMs Time limit of one process in milliseconds.
   */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Reads a file.
   *
   * @param path Absolute path.
   * @throws {KernelError} If it cannot be read.
   */
  read(path: string): Promise<string> {
    if (this.#waiting.size === 0) queueMicrotask(() => this.#readAll());
    const waiting = this.#waiting.get(path) ?? Promise.withResolvers<string>();
    this.#waiting.set(path, waiting);
    return waiting.promise;
  }

  #readAll(): void {
    const all = [...this.#waiting];
    this.#waiting = new Map();
    for (let begin = 0; begin < all.length; begin += FILES_AT_ONCE) {
      const some = new Map(all.slice(begin, begin + FILES_AT_ONCE));
      const reading = some.size === 1 ? this.#readOne(some) : this.#readMany(some);
      reading.catch((error) => some.forEach(({ reject }) => reject(error)));
    }
  }

  async #readOne(files: ReadonlyMap<string, Waiting>): Promise<void> {
    for (const [path, { resolve }] of files) {
      const command = [...READ_ONE, path];
      const { status, stdout, stderr } = await this.#run(command);
      if (status !== 0) throw new KernelError({ command, status, stderr });
      resolve(stdout);
    }
  }

  async #readMany(files: ReadonlyMap<string, Waiting>): Promise<void> {
    const { status, stdout, stderr } = await this.#run([...READ_MANY, ...files.keys()]);
    const texts = linesByFile(stdout);
    const complaints = stderr.split("\n");
    for (const [path, { resolve, reject }] of files) {
      const complaint = complaints.find((line) => line.includes(` ${path}: `));
      if (complaint === undefined) resolve(texts.get(path) ?? "");
      else {
        const command = [...READ_ONE, path];
        reject(new KernelError({ command, status, stderr: complaint }));
      }
    }
  }

  #run(words: readonly string[]) {
    return runTool(words, { stdin: "", timeoutMs: this.#timeoutMs });
  }
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
